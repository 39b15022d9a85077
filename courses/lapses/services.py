"""Asking for a decision after a lapse, and carrying it out."""

from datetime import date, datetime

from django.db import transaction

from clinic.audit.context import because
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from clinic.rights import Right, require
from courses.events import record_event
from courses.holds.services import open_hold, release_hold
from courses.lapses.needs import has_new_screening, missing_for
from courses.lapses.rules import begins_anew, doses_added
from courses.lapses.selectors import Lapse, lapse_of
from courses.models import Course, CourseEvent, Hold, LapseDecision
from courses.protocols.clinical import MissedRow
from courses.response.intervals import step_back
from courses.services.changing import interrupt_course, reopen_course, resume_course
from courses.services.extending import add_doses, check_extension
from courses.services.following import begin_following_course
from courses.thresholds.selectors import thresholds_of

Status = Course.Status
LAPSED = "Too long without a dose."
OPEN_STATES = (Status.ACTIVE, Status.PAUSED)


class NeedsMissing(DomainError):
    """The row asks for something that is not there; `details` says what."""

    code = "needs-missing"


class NoDecisionAsked(Conflict):
    """The lapse on that date asks for no decision, or it was made."""

    code = "no-decision-asked"


# It is part of what somebody else does as a whole: no savepoint of its own.
@transaction.atomic(savepoint=False)
def note_lapse(*, course: Course, on: date, by: Membership | None, now: datetime) -> Lapse | None:
    """Do what the table says of a next dose on that date: hold for a decision, or interrupt.

    Gives back the lapse where it asks for something.
    """
    lapse = lapse_of(course, on=on)
    if lapse is None or course.status not in OPEN_STATES:
        return None
    if lapse.awaits_decision:
        _await(course, lapse, by, now)
    if lapse.interrupts:
        interrupt_course(course=course, by=by, reason=LAPSED, now=now)
    return lapse if lapse.row and lapse.row.asks != "NOTHING" else None


@transaction.atomic
def take_up_course(*, course: Course, by: Membership, reason: str, now: datetime) -> Lapse | None:
    """Resume a paused course by the rules (DOMAIN 8.40, 8.41): a long pause asks for a new
    screening, a lapse for what its table says. Raises CourseNotInState.
    """
    today = now.astimezone(course.site.zone).date()
    paused = _paused_on(course)
    resume_course(course=course, by=by, reason=reason, now=now)
    longest = thresholds_of(course.organization).pause_rescreen_days
    if paused and (today - paused).days > longest:
        kind, said = Hold.Kind.RESCREEN, f"Paused for more than {longest} days."
        open_hold(course=course, kind=kind, by=None, now=now, reason=said)
    return note_lapse(course=course, on=today, by=None, now=now)


def _paused_on(course: Course) -> date | None:
    events = course.events.filter(kind=CourseEvent.Kind.PAUSED).order_by("-at", "-pk")
    latest = events.first()
    return latest.at.astimezone(course.site.zone).date() if latest else None


def _await(course: Course, lapse: Lapse, by: Membership | None, now: datetime) -> Hold:
    kind = Hold.Kind.MISSED_DOSE
    return open_hold(course=course, kind=kind, source_id=lapse.last.pk, by=by, now=now)


@transaction.atomic
def decide_lapse(
    *, course: Course, on: date, option: str, by: Membership, reason: str, now: datetime
) -> LapseDecision:
    """Settle how the course goes on after the lapse, for a next dose on that date (DOMAIN 2.7).

    A restart or re-induction ends the course and begins a linked one. Raises NoDecisionAsked,
    RightMissing, NeedsMissing, or DomainError for an option that the table does not have.
    """
    require(by, Right.DECIDE, course.site)
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    course.refresh_from_db(fields=["status", "dose_count"])
    lapse = _asked(course, on)
    row = _row_with(option, lapse, reason)
    _refuse_without_needs(course, lapse, option, now)
    decision = _record(course, lapse, row, option, by, reason.strip(), now)
    _carry_out(course, decision, row, by, now, on)
    return decision


def _asked(course: Course, on: date) -> Lapse:
    lapse = lapse_of(course, on=on)
    if lapse is None or not lapse.awaits_decision:
        raise NoDecisionAsked("For a dose on that date nothing is to be decided.", field="on")
    return lapse


def _row_with(option: str, lapse: Lapse, reason: str) -> MissedRow:
    if not reason.strip():
        raise DomainError("Please give a reason.", field="reason")
    if lapse.row is None or option not in lapse.row.options:
        raise DomainError("The protocol does not have this option here.", field="option")
    return lapse.row


def _refuse_without_needs(course: Course, lapse: Lapse, option: str, now: datetime) -> None:
    if missing := missing_for(course, lapse, option, now=now):
        words = " and ".join(need.text for need in missing)
        details = [{"code": need.code, "text": need.text} for need in missing]
        raise NeedsMissing(f"Missing for this decision: {words}.", field="option", details=details)


def _record(
    course: Course,
    lapse: Lapse,
    row: MissedRow,
    option: str,
    by: Membership,
    reason: str,
    now: datetime,
) -> LapseDecision:
    because(reason)
    decision = LapseDecision.objects.create(
        organization_id=course.organization_id,
        course=course,
        dose=lapse.last,
        days=lapse.days,
        from_days=row.from_days,
        to_days=row.to_days,
        option=option,
        by=by,
        reason=reason,
        at=now,
    )
    detail = {"decision": str(decision.pk)}
    kind = CourseEvent.Kind.MISSED_DECIDED
    record_event(course=course, kind=kind, by=by, now=now, reason=reason, detail=detail)
    return decision


def _carry_out(
    course: Course,
    decision: LapseDecision,
    row: MissedRow,
    by: Membership,
    now: datetime,
    on: date,
) -> None:
    option, reason = decision.option, decision.reason
    if begins_anew(option):
        _begin_anew(course, by, reason, now, on)
        return
    if course.status == Status.INTERRUPTED:
        reopen_course(course=course, by=by, reason=reason, now=now)
    if more := doses_added(option):
        check_extension(course=course, doses=more)
        add_doses(course, more, by)
    if option == LapseDecision.Option.STEP_BACK:
        step_back(course=course, by=by, reason=reason, now=now)
    if _waits_for_screening(course, decision, row):
        open_hold(course=course, kind=Hold.Kind.RESCREEN, by=by, now=now, reason=reason)
    _release(course, by, reason, now)


def _waits_for_screening(course: Course, decision: LapseDecision, row: MissedRow) -> bool:
    """A screening that was decided since the last dose is new enough for the row, not for the
    one who chose to screen again."""
    if decision.option == LapseDecision.Option.RESCREEN:
        return True
    return "RESCREEN" in row.needs and not has_new_screening(course, decision.dose)


def _begin_anew(course: Course, by: Membership, reason: str, now: datetime, on: date) -> None:
    """The block from its first dose: as a course of its own, so that its numbers stay true."""
    today = now.astimezone(course.site.zone).date()
    begins = max(on, today)
    _release(course, by, reason, now)
    begin_following_course(
        course=course,
        relation=Course.Relation.REINDUCTION,
        protocol_version=course.protocol_version,
        earliest_on=begins,
        latest_first_on=begins + (course.latest_first_on - course.earliest_on),
        by=by,
        reason=reason,
        now=now,
    )


def _release(course: Course, by: Membership, reason: str, now: datetime) -> None:
    waiting = Hold.objects.open().filter(course=course, kind=Hold.Kind.MISSED_DOSE)
    for hold in waiting.select_related("course"):
        release_hold(hold=hold, by=by, reason=reason, now=now)
