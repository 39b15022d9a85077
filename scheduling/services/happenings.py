"""What happens during a course and ends its screening: doses are held and wait (DOMAIN 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from clinic.identity.selectors import of_person
from clinic.models import Membership, Patient
from courses.alerts.services import raise_alert
from courses.checks.catalogue import check_of
from courses.checks.rules import second_in_a_row
from courses.checks.selectors import results_of
from courses.checks.services import record_check
from courses.events import record_event
from courses.holds.services import open_hold
from courses.models import (
    CheckResult,
    Course,
    CourseEvent,
    Diagnosis,
    Finding,
    SafetyAlert,
    Screening,
)
from courses.screening.aftermath import INTERRUPTS, hold_after, is_danger, why_after_check
from courses.screening.catalogue import by_code
from courses.screening.selectors import current_findings, standing_screening
from courses.screening.services import (
    Answer,
    add_rescreen_reason,
    end_decision,
    record_diagnosis,
    save_answers,
)
from courses.services import interrupt_course
from scheduling.services.candidacy import hold_back, lock_course

Ended = Screening.Ended


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
    course = lock_course(course.pk)
    reason = add_rescreen_reason(
        course=course, kind=what.kind, on=what.on, code=what.code, note=what.note, by=by, now=now
    )
    _alarm(course, what.code, reason.pk, by, now)
    if course.status not in _UNDER_WAY:
        return False
    hold_back(course)
    ended = end_decision(course=course, why=what.kind, now=now)
    if ended:
        detail = {"reason": str(reason.pk)}
        record_event(
            course=course, kind=CourseEvent.Kind.SCREENING_OVER, by=by, now=now, detail=detail
        )
    hold, to_do = hold_after(what.kind, what.code)
    open_hold(course=course, kind=hold, by=by, now=now, reason=to_do)
    if what.kind in INTERRUPTS and course.status in _RUNNING:
        interrupt_course(course=course, by=by, reason="", now=now)
    return ended


def _alarm(
    course: Course, code: str, source_id: UUID, by: Membership | None, now: datetime
) -> None:
    """Inside a transaction: what is a danger to life is an alert at high risk, which holds every
    open course of the patient (DOMAIN 3.2, CI_SI_IMMINENT)."""
    if is_danger(code):
        raise_alert(
            patient=course.patient, course=course, rule=code, level=SafetyAlert.Level.HIGH,
            source_id=source_id, by=by, now=now,
        )  # fmt: skip


# Only these can be interrupted; one that is already is held all the same, for it may go on.
_RUNNING = (Course.Status.ACTIVE, Course.Status.PAUSED)
_UNDER_WAY = (Course.Status.DRAFT, *_RUNNING, Course.Status.INTERRUPTED)


@transaction.atomic
def answer_checklist(
    *, screening: Screening, answers: Sequence[Answer], by: Membership, now: datetime
) -> list[Finding]:
    """Keep answers; what is newly found while an earlier decision holds ends that at once.

    A danger is told of whatever was decided. Raises what `save_answers` refuses.
    """
    course = lock_course(screening.course_id)
    screening.course = course
    standing = standing_screening(course)
    holds_good = standing is not None and standing.is_in_force
    known = current_findings(standing) if standing and holds_good else {}
    before = current_findings(screening)
    saved = save_answers(screening=screening, answers=answers, by=by, now=now)
    for row in saved:
        if row.answer != Finding.Answer.YES:
            continue
        if holds_good and _is_news(row, known.get(row.code)):
            happening = Happening(_kind_of(row.code), _today(course, now), row.code)
            report_happening(course=course, what=happening, by=by, now=now)
        elif _is_news(row, before.get(row.code)):
            _alarm(course, row.code, row.pk, by, now)
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
    rows = Course.objects.filter(of_person(patient.pk), status__in=_UNDER_WAY)
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
    why = why_after_check(row.kind, row.result)
    if why != Ended.URINARY:
        return why
    rows = results_of(row.patient).filter(kind=row.kind).reverse()
    by_day = dict(rows.values_list("on", "result"))
    return why if second_in_a_row(by_day, row.on) else ""


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
