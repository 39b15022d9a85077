"""Calling off what is booked ahead of a course that rests, ends or is held."""

from collections.abc import Sequence
from datetime import datetime

from clinic.audit.context import because
from clinic.models import Membership
from courses.models import Course, CourseEvent
from courses.services import record_event
from reminders.services import announce_cancellation, withdraw_reminders
from scheduling.models import Proposal
from scheduling.services.changing import COURSE_CHANGED, Why, release_visit
from scheduling.services.claiming import lock_parties
from scheduling.services.foretelling import foretell_doses
from sessions.models import Session


def call_off(
    *,
    course: Course,
    by: Membership | None,
    reason: str,
    now: datetime,
    doses_only: bool = False,
    is_told: bool = True,
) -> list[Session]:
    """Inside a transaction that has locked the course: cancel its visits that are still ahead.

    The patient is told once of all of them. Visits that have begun, or whose patient is here,
    stay: who is with the patient decides. With `doses_only` other talks stay than the ones after
    those doses. Open proposals are discarded. Gives back what was called off.
    """
    _discard_proposals(course, now)
    lock_parties(patient_id=course.patient_id)
    gone = _ahead(course, now, doses_only=doses_only)
    because(reason)
    for visit in gone:
        release_visit(visit, why=Why(COURSE_CHANGED, text=reason), now=now)
    _note(course, gone, by, reason, now)
    if is_told:
        announce_cancellation(visits=gone, now=now)
    else:
        for visit in gone:
            withdraw_reminders(visit=visit)
    foretell_doses(course, now=now)
    return gone


def _discard_proposals(course: Course, now: datetime) -> None:
    Proposal.objects.filter(course=course, status__in=Proposal.OPEN).update(
        status=Proposal.Status.DISCARDED, finished_at=now
    )


def _ahead(course: Course, now: datetime, *, doses_only: bool) -> list[Session]:
    rows = Session.objects.planned().filter(course=course, ends_at__gt=now)
    locked = rows.select_for_update(no_key=True, of=("self",))
    visits = list(
        locked.select_related("organization", "site", "course", "patient").order_by(
            "starts_at", "pk"
        )
    )
    if not doses_only:
        return visits
    seqs = {visit.seq for visit in visits if visit.kind == Session.Kind.DOSING}
    return [visit for visit in visits if _hangs_on(visit, seqs)]


def _hangs_on(visit: Session, seqs: set[int]) -> bool:
    return visit.kind != Session.Kind.PREPARATION and visit.seq in seqs


def _note(
    course: Course, gone: Sequence[Session], by: Membership | None, reason: str, now: datetime
) -> None:
    if not gone:
        return
    detail = {"visits": len(gone), "ids": [str(visit.pk) for visit in gone]}
    kind = CourseEvent.Kind.CALLED_OFF
    record_event(course=course, kind=kind, by=by, now=now, reason=reason, detail=detail)
