"""What follows from a screening's decision and its end: doses become firm, wait, or are called off.

Each in one transaction, so that no dose is ever firm that nobody is cleared for (DOMAIN 3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from clinic.models import Membership, Patient
from clinic.tenancy import organization_ids, tenant
from courses.checks.catalogue import check_of
from courses.checks.rules import second_in_a_row
from courses.checks.selectors import results_of
from courses.checks.services import record_check
from courses.events import record_event
from courses.holds.services import open_hold
from courses.models import CheckResult, Course, CourseEvent, Diagnosis, Finding, Hold, Screening
from courses.screening.catalogue import by_code
from courses.screening.selectors import ToExpire, current_findings, run_out, standing_screening
from courses.screening.services import (
    Answer,
    NewCondition,
    add_rescreen_reason,
    end_decision,
    record_diagnosis,
    save_answers,
    write_decision,
)
from courses.services import interrupt_course, stop_course
from reminders.services import announce_booking, withdraw_all_reminders
from scheduling.services.calling_off import call_off
from sessions.models import Session, SessionQuerySet

Ended, Kind = Screening.Ended, CourseEvent.Kind
# What course, visit and front desk show; the findings stay with the screening.
NOT_CLEARED = "Not cleared for treatment."
RAN_OUT = "The screening has run out."
# After these nothing goes on until a clinician has looked: the course is interrupted.
INTERRUPTS = frozenset({Ended.PREGNANCY, Ended.PSYCHIATRIC})
STOPS = {
    Ended.PREGNANCY: Course.StopReason.MEDICAL,
    Ended.PSYCHIATRIC: Course.StopReason.ADVERSE_EVENT,
}
HOLDS = {
    Ended.PREGNANCY: Hold.Kind.PREGNANCY,
    Ended.DRUG_SCREEN: Hold.Kind.DRUG_SCREEN,
    Ended.ADMISSION: Hold.Kind.HOSPITAL,
    Ended.PSYCHIATRIC: Hold.Kind.PSYCHIATRIC,
    Ended.URINARY: Hold.Kind.URINARY,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision, and the visits that became firm, wait now, or were called off."""

    screening: Screening
    confirmed: list[Session] = field(default_factory=list)
    waiting: list[Session] = field(default_factory=list)
    released: list[Session] = field(default_factory=list)


@transaction.atomic
def decide_screening(
    *,
    screening: Screening,
    outcome: str,
    note: str,
    conditions: Sequence[NewCondition],
    by: Membership,
    now: datetime,
) -> Decided:
    """Decide a screening; doses are confirmed, wait or are called off with it, told in one e-mail.

    Raises what `write_decision` refuses; then nothing changed.
    """
    course = _lock(screening.course_id)
    screening.course = course
    write_decision(
        screening=screening, outcome=outcome, note=note, conditions=conditions, by=by, now=now
    )
    detail = {"screening": str(screening.pk)}
    record_event(course=course, kind=Kind.SCREENED, by=by, now=now, detail=detail)
    if screening.is_in_force:
        return Decided(screening, confirmed=_confirm(course, by, now))
    if screening.status == Screening.Status.DEFERRED:
        return Decided(screening, waiting=_hold_back(course))
    return Decided(screening, released=_release(course, by, now))


def _lock(course_id: UUID) -> Course:
    """Inside a transaction: rivals queue at the course, as who accepts a proposal does."""
    rows = Course.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "organization", "patient", "site", "protocol_version__protocol"
    )
    return rows.get(pk=course_id)


def _planned(course: Course) -> SessionQuerySet:
    """Doses to come, and the talks after them."""
    rows = Session.objects.planned().filter(course=course).exclude(kind="prep")
    return rows.select_related("site", "course", "patient").order_by("starts_at", "pk")


def _confirm(course: Course, by: Membership, now: datetime) -> list[Session]:
    """Provisional visits that still lie ahead become firm, and the patient is told of them."""
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


def _hold_back(course: Course) -> list[Session]:
    """Firm visits to come wait; their reminders are taken back. A later version confirms them."""
    firm = list(_planned(course).filter(is_provisional=False))
    rows = Session.objects.filter(pk__in=[visit.pk for visit in firm])
    rows.update(is_provisional=True, version=F("version") + 1)
    withdraw_all_reminders(visits=firm)
    return firm


def _release(course: Course, by: Membership, now: datetime) -> list[Session]:
    """Doses to come and their talks are called off; a course that waited for this is stopped."""
    code = _stop_code(course)
    gone = call_off(course=course, by=by, reason=NOT_CLEARED, now=now, doses_only=not code)
    _hold_back(course)
    if code:
        stop_course(course=course, by=by, reason="", now=now, code=code)
    return gone


def _stop_code(course: Course) -> str:
    """Why a course that a finding interrupted is stopped now (DOMAIN 8.25, 8.69)."""
    if course.status != Course.Status.INTERRUPTED:
        return ""
    latest = course.rescreen_reasons.filter(kind__in=STOPS).order_by("-recorded_at").first()
    return str(STOPS[Ended(latest.kind)]) if latest else ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something after which a course is screened again (DOMAIN 3.3)."""

    kind: str
    on: date
    code: str = ""
    note: str = ""


@transaction.atomic
def report_happening(
    *, course: Course, what: Happening, by: Membership | None, now: datetime
) -> bool:
    """Keep what happened: the decision ends, doses are held and wait; whether a decision ended.

    `by` is None where a rule found it. DOMAIN 8.25, 8.26, 8.27, 8.68, 8.69, 8.70.
    """
    course = _lock(course.pk)
    reason = add_rescreen_reason(
        course=course, kind=what.kind, on=what.on, code=what.code, note=what.note, by=by, now=now
    )
    if course.status not in _UNDER_WAY:
        return False
    _hold_back(course)
    ended = end_decision(course=course, why=what.kind, now=now)
    if ended:
        detail = {"reason": str(reason.pk)}
        record_event(course=course, kind=Kind.SCREENING_OVER, by=by, now=now, detail=detail)
    hold = HOLDS.get(Ended(what.kind), Hold.Kind.RESCREEN)
    open_hold(course=course, kind=hold, by=by, now=now)
    if what.kind in INTERRUPTS and course.status != Course.Status.DRAFT:
        interrupt_course(course=course, by=by, reason="", now=now)
    return ended


_UNDER_WAY = (Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.PAUSED)


@transaction.atomic
def answer_checklist(
    *, screening: Screening, answers: Sequence[Answer], by: Membership, now: datetime
) -> list[Finding]:
    """Keep answers; what is newly found while an earlier decision holds ends that at once.

    Raises what `save_answers` refuses.
    """
    course = _lock(screening.course_id)
    screening.course = course
    standing = standing_screening(course)
    saved = save_answers(screening=screening, answers=answers, by=by, now=now)
    if standing is None or not standing.is_in_force:
        return saved
    known = current_findings(standing)
    for row in saved:
        if row.answer == Finding.Answer.YES and _is_news(row, known.get(row.code)):
            happening = Happening(_kind_of(row.code), _today(course, now), row.code)
            report_happening(course=course, what=happening, by=by, now=now)
    return saved


def _is_news(row: Finding, before: Finding | None) -> bool:
    excludes = row.weight != Finding.Weight.NONE
    return excludes and (before is None or before.answer != Finding.Answer.YES)


def _kind_of(code: str) -> str:
    """Why a course is screened again when this is found."""
    if code.startswith("DI_"):
        return str(Ended.MEDICATION)
    entry = by_code().get(code)
    return str(Ended(entry.ends)) if entry and entry.ends else str(Ended.DIAGNOSIS)


def _today(course: Course, now: datetime) -> date:
    return now.astimezone(course.site.zone).date()


def _running(patient: Patient) -> list[Course]:
    rows = Course.objects.filter(patient=patient, status__in=_UNDER_WAY)
    return list(rows.select_related("site").order_by("pk"))


@transaction.atomic
def note_check(
    *,
    patient: Patient,
    kind: str,
    on: date,
    result: str,
    by: Membership,
    now: datetime,
    note: str = "",
    document: str = "",
) -> CheckResult:
    """Keep the result of a check; one that excludes holds the patient's courses (DOMAIN 8.25,
    8.26), urinary symptoms on the second time in a row (8.70). Raises what `record_check` does."""
    row = record_check(
        patient=patient, kind=kind, on=on, result=result, by=by, now=now, note=note,
        document=document,
    )  # fmt: skip
    if ended := _ends(row):
        for course in _running(patient):
            happening = Happening(ended, on, check_of(kind).finds.get(result, ""))
            report_happening(course=course, what=happening, by=by, now=now)
    return row


def _ends(row: CheckResult) -> str:
    """Why courses are screened again after this result; nothing where they are not."""
    if row.result != CheckResult.Result.POSITIVE:
        return ""
    if row.kind == CheckResult.Kind.URINARY_SYMPTOMS:
        rows = results_of(row.patient).filter(kind=row.kind).reverse()
        by_day = dict(rows.values_list("on", "result"))
        return str(Ended.URINARY) if second_in_a_row(by_day, row.on) else ""
    kinds = {"DRUG_SCREEN": Ended.DRUG_SCREEN, "PREGNANCY": Ended.PREGNANCY}
    return str(kinds.get(row.kind, ""))


@transaction.atomic
def note_diagnosis(
    *,
    patient: Patient,
    system: str,
    code: str,
    label: str,
    by: Membership,
    now: datetime,
    is_primary: bool = False,
    diagnosed_on: date | None = None,
) -> Diagnosis:
    """Keep a diagnosis; a new one ends the decisions that did not know it (DOMAIN 3.3).

    Raises what `record_diagnosis` refuses.
    """
    row = record_diagnosis(
        patient=patient, system=system, code=code, label=label, is_primary=is_primary,
        diagnosed_on=diagnosed_on, by=by, now=now,
    )  # fmt: skip
    for course in _running(patient):
        standing = standing_screening(course)
        if standing and standing.is_in_force:
            what = Happening(str(Ended.DIAGNOSIS), _today(course, now))
            report_happening(course=course, what=what, by=by, now=now)
    return row


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
    course = _lock(one.screening.course_id)
    is_screened_again = Screening.objects.open().filter(course=course).exists()
    if one.why == Ended.NO_DOSE and not is_screened_again:
        call_off(course=course, by=None, reason=RAN_OUT, now=now, doses_only=True)
    # What is left lies behind, or waits for the new screening.
    _hold_back(course)
    if end_decision(course=course, why=one.why, now=now):
        detail = {"screening": str(one.screening.pk)}
        record_event(course=course, kind=Kind.SCREENING_OVER, by=None, now=now, detail=detail)
