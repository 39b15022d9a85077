"""What follows from a screening's decision and its end: doses become firm, wait, or are called off.

Each in one transaction, so that no dose is ever firm that nobody is cleared for (DOMAIN 3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from clinic.models import Membership
from clinic.tenancy import organization_ids, tenant
from courses.events import record_event
from courses.holds.services import release_hold
from courses.models import Course, CourseEvent, Hold, Screening
from courses.screening.selectors import ToExpire, run_out
from courses.screening.services import (
    OPEN,
    NewCondition,
    end_decision,
    write_decision,
)
from courses.services import stop_course
from reminders.services import announce_booking, withdraw_all_reminders
from scheduling.services.calling_off import call_off
from sessions.models import Session, SessionQuerySet

Ended, Kind = Screening.Ended, CourseEvent.Kind
# What course, visit and front desk show; the findings stay with the screening.
NOT_CLEARED = "Not cleared for treatment."
RAN_OUT = "The screening has run out."
SCREENED_AGAIN = "Screened again: cleared."
STOPS = {
    Ended.PREGNANCY: Course.StopReason.MEDICAL,
    Ended.PSYCHIATRIC: Course.StopReason.ADVERSE_EVENT,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision, and the visits that became firm, wait now, or were called off."""

    screening: Screening
    confirmed: list[Session] = field(default_factory=list)
    waiting: list[Session] = field(default_factory=list)
    released: list[Session] = field(default_factory=list)

    @property
    def is_stopped(self) -> bool:
        """Whether the course ended with it."""
        return self.screening.course.status == Course.Status.STOPPED


@transaction.atomic
def decide_screening(
    *,
    screening: Screening,
    outcome: str,
    note: str,
    conditions: Sequence[NewCondition],
    by: Membership,
    now: datetime,
    keep_open: bool = False,
) -> Decided:
    """Decide a screening; doses are confirmed, wait or are called off with it, told in one e-mail.

    Not eligible stops the course, unless `keep_open` leaves it for another screening. Raises what
    `write_decision` refuses; then nothing changed.
    """
    course = lock_course(screening.course_id)
    screening.course = course
    write_decision(
        screening=screening, outcome=outcome, note=note, conditions=conditions, by=by, now=now
    )
    detail = {"screening": str(screening.pk)}
    record_event(course=course, kind=Kind.SCREENED, by=by, now=now, detail=detail)
    if screening.is_in_force:
        _release_rescreen(course, by, now)
        return Decided(screening, confirmed=confirm_doses(course, by, now))
    if screening.status == Screening.Status.DEFERRED:
        return Decided(screening, waiting=hold_back(course))
    return Decided(screening, released=_release(course, by, now, keep_open=keep_open))


def _release_rescreen(course: Course, by: Membership, now: datetime) -> None:
    """What waited for this screening waits no more (DOMAIN 8.41); other holds end elsewhere."""
    waiting = Hold.objects.open().filter(course=course, kind=Hold.Kind.RESCREEN)
    for hold in waiting.select_related("course"):
        release_hold(hold=hold, by=by, reason=SCREENED_AGAIN, now=now)


def lock_course(course_id: UUID) -> Course:
    """Inside a transaction: rivals queue at the course, as who accepts a proposal does."""
    rows = Course.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "organization", "patient", "site", "protocol_version__protocol"
    )
    return rows.get(pk=course_id)


def _planned(course: Course) -> SessionQuerySet:
    """Doses to come, and the talks after them."""
    rows = Session.objects.planned().filter(course=course).exclude(kind="prep")
    return rows.select_related("site", "course", "patient").order_by("starts_at", "pk")


def confirm_doses(course: Course, by: Membership, now: datetime) -> list[Session]:
    """Inside a transaction: provisional visits that lie ahead become firm, and the patient is
    told of them."""
    held = list(_planned(course).filter(is_provisional=True, starts_at__gt=now))
    if not held:
        return []
    rows = Session.objects.filter(pk__in=[visit.pk for visit in held])
    rows.update(is_provisional=False, scheduled_at=now)
    for visit in held:
        visit.is_provisional, visit.scheduled_at = False, now
    announce_booking(visits=held, now=now)
    detail = {"visits": len(held)}
    record_event(course=course, kind=Kind.CONFIRMED, by=by, now=now, detail=detail)
    return held


def hold_back(course: Course) -> list[Session]:
    """Inside a transaction: firm visits to come wait, and their reminders are taken back. What
    confirms them later is about a version of its own."""
    firm = list(_planned(course).filter(is_provisional=False))
    rows = Session.objects.filter(pk__in=[visit.pk for visit in firm])
    rows.update(is_provisional=True, version=F("version") + 1)
    withdraw_all_reminders(visits=firm)
    return firm


def _release(course: Course, by: Membership, now: datetime, *, keep_open: bool) -> list[Session]:
    """The course is stopped and its visits to come are called off; where it is kept open, its
    doses and the talks after them."""
    stops = not keep_open and course.status in OPEN
    gone = call_off(course=course, by=by, reason=NOT_CLEARED, now=now, doses_only=not stops)
    hold_back(course)
    if stops:
        stop_course(course=course, by=by, reason="", now=now, code=_stop_code(course))
    return gone


def _stop_code(course: Course) -> str:
    """Why the course ends: what interrupted it, else the decision itself (DOMAIN 8.25, 8.69)."""
    latest = None
    if course.status == Course.Status.INTERRUPTED:
        latest = course.rescreen_reasons.filter(kind__in=STOPS).order_by("-recorded_at").first()
    return str(STOPS[Ended(latest.kind)] if latest else Course.StopReason.NOT_ELIGIBLE)


def expire_screenings(*, now: datetime) -> int:
    """End decisions that no longer hold, of every organisation; how many (DOMAIN 3.3)."""
    return sum(_expire(organization_id, now) for organization_id in organization_ids())


def _expire(organization_id: UUID, now: datetime) -> int:
    with tenant(organization_id):
        found = run_out(organization_id, now)
        for one in found:
            _end(one, now)
    return len(found)


@transaction.atomic
def _end(one: ToExpire, now: datetime) -> None:
    """Without a dose the visits are called off; after a lapse, or while somebody screens again,
    they wait."""
    course = lock_course(one.screening.course_id)
    is_screened_again = Screening.objects.open().filter(course=course).exists()
    if one.why == Ended.NO_DOSE and not is_screened_again:
        call_off(course=course, by=None, reason=RAN_OUT, now=now, doses_only=True)
    # What is left lies behind, or waits for the new screening.
    hold_back(course)
    if end_decision(course=course, why=one.why, now=now):
        detail = {"screening": str(one.screening.pk)}
        record_event(course=course, kind=Kind.SCREENING_OVER, by=None, now=now, detail=detail)
