"""What stands between a visit and its dose: the course's blockers, and what is known since."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from courses.doses.selectors import doses_of_patient
from courses.models import Dose
from courses.readiness import Blocker, blockers
from courses.selectors import definition_of
from sessions.models import Session


def visit_blockers(visit: Session, *, now: datetime) -> list[Blocker]:
    """Why the dose of this visit cannot begin; nothing for another kind of visit."""
    if visit.kind != Session.Kind.DOSING:
        return []
    found = blockers(course=visit.course, on=visit.local_date, now=now)
    return [*found, *_elsewhere(visit)]


def _elsewhere(visit: Session) -> Iterator[Blocker]:
    """A dose at another clinic of which nobody knew when the visit was booked (DOMAIN 8.21)."""
    gap = timedelta(days=definition_of(visit.course.protocol_version).min_gap_days)
    day = visit.local_date
    since = doses_of_patient(visit.patient).filter(
        source=Dose.Source.OUTSIDE, recorded_at__gt=visit.scheduled_at
    )
    for dose in since.filter(on__gt=day - gap, on__lt=day + gap):
        yield Blocker(
            "GAP",
            f"A dose at another clinic on {dose.on:%-d %B %Y} is nearer than the minimum gap.",
        )
