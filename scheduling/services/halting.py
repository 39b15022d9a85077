"""Courses that rest, end or are held, with what is booked ahead of them: one transaction each."""

from datetime import date, datetime

from django.db import transaction

from clinic.errors import Conflict
from clinic.models import Membership
from courses.holds.services import open_hold
from courses.lapses.rules import begins_anew
from courses.lapses.services import decide_lapse, note_lapse
from courses.models import Course, Hold, LapseDecision, ProtocolVersion
from courses.services import (
    begin_following_course,
    complete_course,
    pause_course,
    stop_course,
)
from courses.services.following import CLOSES
from scheduling.services.calling_off import call_off
from sessions.models import Session

# What visits and the front desk show; why the course rests or ends stays with the course.
PAUSED, STOPPED = "The course is paused.", "The course is stopped."


class DosesAhead(Conflict):
    """Doses of the course are booked, so it is not complete."""

    code = "doses-ahead"


@transaction.atomic
def halt_course(
    *, course: Course, until: date, by: Membership, reason: str, now: datetime
) -> list[Session]:
    """Pause the course and call off what is booked; on resuming it is planned anew.

    Raises CourseNotInState or DomainError; then nothing changed. Gives back what was called off.
    """
    pause_course(course=course, until=until, by=by, reason=reason, now=now)
    return call_off(course=course, by=by, reason=PAUSED, now=now)


@transaction.atomic
def end_course(
    *, course: Course, code: str, by: Membership, reason: str, now: datetime
) -> list[Session]:
    """Stop the course for good and call off what is booked; raises what `stop_course` refuses."""
    stop_course(course=course, code=code, by=by, reason=reason, now=now)
    return call_off(course=course, by=by, reason=STOPPED, now=now)


@transaction.atomic
def finish_course(*, course: Course, by: Membership, reason: str, now: datetime) -> None:
    """Complete the course; raise DosesAhead while doses are booked, or CourseNotInState.

    Conversations that are booked stay.
    """
    complete_course(course=course, by=by, reason=reason, now=now)
    ahead = Session.objects.filter(course=course, kind=Session.Kind.DOSING)
    if ahead.filter(status__in=[Session.Status.PLANNED, Session.Status.ARRIVED]).exists():
        raise DosesAhead("Doses are still booked: cancel them first, or stop the course.")


@transaction.atomic
def hold_course(
    *,
    course: Course,
    kind: str,
    by: Membership,
    reason: str,
    now: datetime,
    calls_off: bool = True,
) -> Hold:
    """Hold the course's doses and, unless they may wait, call the booked ones off (DOMAIN 8.25)."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    hold = open_hold(course=course, kind=kind, by=by, reason=reason, now=now)
    if calls_off:
        said = "Doses are held."
        call_off(course=course, by=by, reason=said, now=now, doses_only=True)
    return hold


@transaction.atomic
def interrupt_if_lapsed(*, course: Course, on: date, now: datetime) -> bool:
    """Do what the table says of a dose on that date; what is interrupted is called off too.

    Whether the course was interrupted by it.
    """
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    course.refresh_from_db(fields=["status"])
    if course.status != Course.Status.ACTIVE:
        return False
    note_lapse(course=course, on=on, by=None, now=now)
    if course.status != Course.Status.INTERRUPTED:
        return False
    call_off(course=course, by=None, reason="Too long without a dose.", now=now)
    return True


@transaction.atomic
def settle_lapse(
    *, course: Course, on: date, option: str, by: Membership, reason: str, now: datetime
) -> LapseDecision:
    """Carry out a decision after a lapse; what begins anew leaves nothing booked behind.

    Raises what `decide_lapse` refuses.
    """
    decision = decide_lapse(course=course, on=on, option=option, by=by, reason=reason, now=now)
    if begins_anew(option):
        call_off(course=course, by=by, reason="Begun anew as another course.", now=now)
    return decision


@transaction.atomic
def follow_course(
    *,
    course: Course,
    relation: str,
    protocol_version: ProtocolVersion,
    earliest_on: date,
    latest_first_on: date,
    by: Membership,
    reason: str,
    now: datetime,
) -> Course:
    """Begin the course that goes on from this one; a switch calls off what is booked.

    Raises what `begin_following_course` refuses.
    """
    follower = begin_following_course(
        course=course,
        relation=relation,
        protocol_version=protocol_version,
        earliest_on=earliest_on,
        latest_first_on=latest_first_on,
        by=by,
        reason=reason,
        now=now,
    )
    if relation in CLOSES:
        call_off(course=course, by=by, reason="Goes on as another course.", now=now)
    return follower
