"""Which right a step of a visit needs."""

from clinic.rights import Right
from sessions.models import Session


def right_of_step(to: str) -> Right:
    """Arriving is noted at the desk; every later step is part of the treatment."""
    return Right.CHECK_IN if to == Session.Status.ARRIVED else Right.RECORD
