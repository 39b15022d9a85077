"""Which state of a visit may follow which while the patient is there.

Booking, moving, cancelling and missing change what a visit claims: they are scheduling's.
"""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

_WITH_OBSERVATION = ("PLANNED", "ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE")
_CONVERSATION = ("PLANNED", "ARRIVED", "IN_PROGRESS", "DONE")

STEPS: Mapping[str, tuple[str, ...]] = {
    "dosing": _WITH_OBSERVATION,
    "prep": _CONVERSATION,
    "integration": _CONVERSATION,
}


def status_before(kind: str, status: str) -> str | None:
    """The state from which a visit of this kind comes into `status`; None where none leads."""
    return {later: earlier for earlier, later in pairwise(STEPS[kind])}.get(status)


def next_status(kind: str, status: str) -> str | None:
    """The state that comes next for a visit of this kind; None at the end or off the way."""
    return dict(pairwise(STEPS[kind])).get(status)


def has_come(day: date, *, today: date) -> bool:
    """Whether a visit's local date has come, so that its patient can have arrived."""
    return day <= today
