"""What stands between a visit and its dose: the course's blockers, and what is known since."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from clinic.models import Membership
from clinic.rights import Right, may
from courses.doses.selectors import doses_of_patient
from courses.models import CapOverride, Dose
from courses.readiness import Blocker, blockers
from courses.selectors import definition_of
from sessions.models import Session

HELD = Blocker("HELD", "Doses are held: ask a clinician.")


def blockers_for(member: Membership, visit: Session, *, now: datetime) -> list[Blocker]:
    """The `visit_blockers` as far as the member may know them: without VIEW_CLINICAL only that
    there are some."""
    found = visit_blockers(visit, now=now)
    is_told = may(member, Right.VIEW_CLINICAL, visit.site)
    return found if is_told or not found else [HELD]


def visit_blockers(visit: Session, *, now: datetime) -> list[Blocker]:
    """Why the dose of this visit cannot begin; nothing for another kind of visit."""
    if visit.kind != Session.Kind.DOSING:
        return []
    found = blockers(course=visit.course, on=visit.local_date, now=now)
    return [*found, *_unprepared(visit), *_elsewhere(visit)]


def _unprepared(visit: Session) -> Iterator[Blocker]:
    """The first dose waits until preparation is complete, where the protocol says so (2.12)."""
    definition = definition_of(visit.course.protocol_version)
    if visit.seq != 1 or not definition.needs_preparation:
        return
    talks = visit.course.visits.filter(kind=Session.Kind.PREPARATION, status=Session.Status.DONE)
    # Number 0 is the evaluation, which prepares nobody.
    done = talks.exclude(seq=0).values("seq").distinct().count()
    if done >= len(definition.preparation):
        return
    said = CapOverride.objects.filter(
        course=visit.course_id, on=visit.local_date, kind=CapOverride.Kind.PREPARATION
    )
    if not said.exists():
        yield Blocker(
            "PREPARATION",
            f"Preparation is not complete: {done} of {len(definition.preparation)} visits took"
            " place.",
            can_override=True,
        )


def _elsewhere(visit: Session) -> Iterator[Blocker]:
    """A dose at another clinic of which nobody knew when the visit was booked (DOMAIN 8.21)."""
    gap = timedelta(days=definition_of(visit.course.protocol_version).min_gap_days)
    day = visit.local_date
    is_elsewhere = Q(source=Dose.Source.OUTSIDE) | ~Q(patient=visit.patient_id)
    since = doses_of_patient(visit.patient).filter(is_elsewhere, recorded_at__gt=visit.scheduled_at)
    for dose in since.filter(on__gt=day - gap, on__lt=day + gap):
        yield Blocker(
            "GAP",
            f"A dose {_where(dose)} on {dose.on:%-d %B %Y} is nearer than the minimum gap.",
        )


def _where(dose: Dose) -> str:
    is_outside = dose.source == Dose.Source.OUTSIDE
    return "at another clinic" if is_outside else "in the person’s other chart"
