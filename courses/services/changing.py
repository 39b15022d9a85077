"""Taking a course from state to state; every change is an event in its history."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from courses import rules
from courses.assessments.dues import refresh_dues
from courses.events import record_event
from courses.models import Course, CourseEvent

Status, Kind = Course.Status, CourseEvent.Kind
Reason = Course.StopReason


class CourseNotInState(Conflict):
    """The course is in a state from which it cannot come into the one that is wanted."""

    code = "course-not-in-state"


@transaction.atomic
def activate_course(*, course: Course, by: Membership, now: datetime) -> None:
    """Put a draft course under way; raise CourseNotInState when it is no draft."""
    _change_state(course, by, Status.ACTIVE, came_from={Status.DRAFT})
    record_event(course=course, kind=Kind.ACTIVATED, by=by, now=now)
    refresh_dues(course=course, now=now)


@transaction.atomic
def pause_course(
    *, course: Course, until: date, by: Membership, reason: str, now: datetime
) -> None:
    """Halt an active course until a day (DOMAIN 8.40).

    Raises CourseNotInState, or DomainError without a reason or for a day that has come.
    """
    if until <= now.astimezone(course.site.zone).date():
        raise DomainError("The pause ends on a later day than today.", field="until")
    _change_state(course, by, Status.PAUSED, reason=reason, paused_until=until)
    detail = {"until": until.isoformat()}
    record_event(course=course, kind=Kind.PAUSED, by=by, reason=reason, now=now, detail=detail)


@transaction.atomic
def resume_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """Go on with a paused course; raise CourseNotInState when it is not paused."""
    _change_state(course, by, Status.ACTIVE, came_from={Status.PAUSED}, paused_until=None)
    record_event(course=course, kind=Kind.RESUMED, by=by, reason=reason, now=now)


@transaction.atomic
def reopen_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """Go on with an interrupted course, as a clinician decided; raise CourseNotInState."""
    _change_state(course, by, Status.ACTIVE, came_from={Status.INTERRUPTED}, reason=reason)
    record_event(course=course, kind=Kind.RESUMED, by=by, reason=reason, now=now)


@transaction.atomic
def interrupt_course(*, course: Course, by: Membership | None, reason: str, now: datetime) -> None:
    """Note that a course has lapsed (DOMAIN 2.7); raise CourseNotInState when it is not open."""
    _change_state(course, by, Status.INTERRUPTED, paused_until=None)
    record_event(course=course, kind=Kind.INTERRUPTED, by=by, reason=reason, now=now)


@transaction.atomic
def complete_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """End an active course as planned; raise CourseNotInState when it is not active."""
    _change_state(course, by, Status.COMPLETED)
    record_event(course=course, kind=Kind.COMPLETED, by=by, reason=reason, now=now)
    refresh_dues(course=course, now=now)


@transaction.atomic
def stop_course(
    *,
    course: Course,
    by: Membership,
    reason: str,
    now: datetime,
    code: str = Reason.OTHER,
) -> None:
    """End a course early for a coded reason, which “other” explains in words.

    Raises CourseNotInState, or DomainError without the words.
    """
    if code == Reason.OTHER and not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    said = reason.strip() or Reason(code).label
    _change_state(course, by, Status.STOPPED, reason=said, stop_reason=code, paused_until=None)
    detail = {"code": code}
    kind = Kind.SWITCHED if code == Reason.SWITCHED else Kind.STOPPED
    record_event(course=course, kind=kind, by=by, reason=reason, now=now, detail=detail)
    refresh_dues(course=course, now=now)


def _change_state(
    course: Course,
    by: Membership | None,
    to: str,
    *,
    came_from: set[str] | None = None,
    reason: str = "",
    **also: Any,
) -> None:
    """Inside a transaction: the update itself asks for the old state, so one rival wins."""
    if rules.needs_reason(to) and not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    because(reason)
    before = rules.states_before(to) if came_from is None else came_from
    own = by.organization_id if by else course.organization_id
    rows = Course.objects.filter(pk=course.pk, organization_id=own, status__in=before)
    changed = rows.update(status=to, **also)
    course.refresh_from_db(fields=["status", *also])
    if not changed:
        raise CourseNotInState(f"This course is {course.get_status_display().lower()}.")
