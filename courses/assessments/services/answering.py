"""Answering on the screen: starting, saving item by item, finishing, breaking off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, DomainError
from clinic.models import Membership, Patient
from courses.assessments.selectors import course_of_new_score
from courses.assessments.services.results import (
    AnswersRefused,
    Given,
    ItemsMissing,
    clean_answers,
    follow,
    instrument_of,
    raise_alerts,
    result_of,
    write_result,
)
from courses.instruments import Instrument, UnknownInstrument, answer_fault, instrument
from courses.models import Assessment, Course, SafetyAlert

__all__ = ["ItemsMissing"]


class AssessmentEnded(Conflict):
    """The assessment takes no more answers: it is finished or was broken off."""

    code = "assessment-ended"


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft after an answer was saved, and the alerts that it stands for."""

    assessment: Assessment
    alerts: list[SafetyAlert] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finish:
    """How a draft is finished: by its total alone, taken at another time, with gaps …"""

    total: int | None = None
    taken_at: datetime | None = None
    language: str = ""
    variant: str = ""
    accept_missing: bool = False


def known_instrument(code: str) -> Instrument:
    """The instrument of this code; DomainError (field `instrument`) when there is none."""
    try:
        return instrument(code)
    except UnknownInstrument as exc:
        raise DomainError("There is no such instrument.", field="instrument") from exc


@transaction.atomic
def start_assessment(
    *,
    patient: Patient,
    code: str,
    by: Membership,
    now: datetime,
    course: Course | None = None,
    mode: str = "",
    language: str = "",
    variant: str = "",
    point: str = "",
) -> Assessment:
    """Begin answering, or go on with today's draft of the same kind; an older one is broken off.

    Raises DomainError for what the instrument does not have: a text that ships, a language.
    """
    used = known_instrument(code)
    mode = mode or (Assessment.Mode.FULL if used.may_ship else Assessment.Mode.ITEMS)
    language = language or language_for(used, patient, mode)
    check_kind(used, mode=mode, language=language, variant=variant)
    course = course_for_score(patient, course)
    wanted = Assessment(
        organization_id=by.organization_id,
        patient=patient,
        course=course,
        instrument=used.code,
        instrument_version=used.version,
        variant=variant,
        language=language,
        mode=mode,
        point=point,
        taken_at=now,
        started_at=now,
        entered_by=by,
    )
    return _today_s_draft(wanted, now) or _begin(wanted)


def _today_s_draft(wanted: Assessment, now: datetime) -> Assessment | None:
    """Inside a transaction: the draft to go on with; one that does not suit is broken off."""
    rows = Assessment.objects.drafts().select_for_update(no_key=True, of=("self",))
    draft = rows.filter(patient=wanted.patient, instrument=wanted.instrument).first()
    if draft is None:
        return None
    zone = (wanted.course or wanted.patient).site.zone
    is_of_today = draft.started_at.astimezone(zone).date() == now.astimezone(zone).date()
    if is_of_today and _kind(draft) == _kind(wanted):
        return draft
    _end_draft(draft, now)
    return None


def _kind(assessment: Assessment) -> tuple[object, ...]:
    return (
        assessment.course_id,
        assessment.instrument_version,
        assessment.mode == Assessment.Mode.FULL,
        assessment.language,
        assessment.variant,
    )


def _begin(wanted: Assessment) -> Assessment:
    """Inside a transaction: keep the draft, or give back the one that a rival has just begun."""
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name != "assessment_one_draft":
            raise
        rows = Assessment.objects.drafts()
        return rows.get(patient=wanted.patient, instrument=wanted.instrument)
    return wanted


def language_for(used: Instrument, patient: Patient, mode: str) -> str:
    """The patient's language, where the text ships in it; else the first that it ships in."""
    if mode != Assessment.Mode.FULL or patient.language in used.languages:
        return patient.language
    return used.languages[0] if used.languages else patient.language


def check_kind(used: Instrument, *, mode: str, language: str, variant: str) -> None:
    """Raise DomainError for a way of asking that the instrument does not have (DOMAIN 5.1, 8.39)"""
    if mode == Assessment.Mode.FULL and not used.may_ship:
        raise DomainError(f"The text of {used.name} does not ship: enter its scores.", field="mode")
    if mode == Assessment.Mode.FULL and language not in used.languages:
        raise DomainError(
            f"{used.name} ships in no validated translation into this language.", field="language"
        )
    if mode == Assessment.Mode.FULL and variant:
        raise DomainError("The text that ships asks about the usual period.", field="variant")
    if variant and variant not in {one.code for one in used.variants}:
        raise DomainError(f"{used.name} is not asked about such a period.", field="variant")


def course_for_score(patient: Patient, course: Course | None) -> Course | None:
    """The course that a score belongs to: the one named, else the one that it is taken for."""
    if course is None:
        return course_of_new_score(patient)
    if course.patient_id != patient.pk:
        raise DomainError("This course is another patient’s.", field="course")
    return course


def save_item(
    *, assessment: Assessment, item: str, answer: int | str | None, by: Membership, now: datetime
) -> Saved:
    """Save one answer, or take it back with None, and tell at once of what is unsafe in it.

    That holds whether or not the rest is ever answered (DOMAIN 5.9, 8.33). Raises
    AssessmentEnded, and AnswersRefused for an answer that the item does not have.
    """
    return save_items(assessment=assessment, answers={item: answer}, by=by, now=now)


@transaction.atomic
def save_items(
    *,
    assessment: Assessment,
    answers: Mapping[str, int | str | None],
    by: Membership,
    now: datetime,
) -> Saved:
    """Save several answers as `save_item` saves one; what is not named stays as it was."""
    draft = locked_draft(assessment, by)
    used = instrument_of(draft)
    faults = {key: answer_fault(used, key, answer) for key, answer in answers.items()}
    if faults := {key: fault for key, fault in faults.items() if fault}:
        raise AnswersRefused(faults)
    draft.answers = clean_answers(used, {**draft.answers, **answers})
    draft.save(update_fields=["answers"])
    return Saved(draft, raise_alerts(draft, by=by, now=now))


def locked_draft(assessment: Assessment, by: Membership) -> Assessment:
    """Inside a transaction: the row, for this one to change; AssessmentEnded unless a draft."""
    rows = Assessment.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("patient__site", "course__site", "course__protocol_version")
    found = rows.get(pk=assessment.pk, organization_id=by.organization_id)
    if found.status != Assessment.Status.DRAFT:
        raise AssessmentEnded(f"This one is {found.get_status_display().lower()}.")
    return found


@transaction.atomic
def complete_assessment(
    *, assessment: Assessment, by: Membership, now: datetime, finish: Finish = Finish()
) -> Assessment:
    """Finish a draft: compute its result and let follow what follows from it.

    Raises AssessmentEnded, ItemsMissing unless gaps are accepted, and AnswersRefused for a total
    that cannot be. With too many gaps the answers stay and there is no total (DOMAIN 5.2).
    """
    draft = locked_draft(assessment, by)
    used = instrument_of(draft)
    check_taken(finish.taken_at, now)
    draft.taken_at = finish.taken_at or now
    draft.language = finish.language or draft.language
    draft.variant = finish.variant or draft.variant
    if finish.total is not None:
        draft.mode = Assessment.Mode.TOTAL
    check_kind(used, mode=draft.mode, language=draft.language, variant=draft.variant)
    given = Given(draft.answers, finish.total)
    result = result_of(used, given, accept_missing=finish.accept_missing)
    write_result(draft, result, now=now)
    draft.save()
    raise_alerts(draft, by=by, now=now)
    follow(draft, by=by, now=now)
    return draft


def answer_draft(
    *,
    assessment: Assessment,
    answers: Mapping[str, int | str | None],
    finish: Finish,
    by: Membership,
    now: datetime,
) -> Assessment:
    """Save every answer, then finish the draft; raises as both do.

    What was saved stays where it cannot be finished, and what is unsafe in it is told of.
    """
    # Two transactions on purpose: a refusal to finish takes back neither answer nor alert.
    save_items(assessment=assessment, answers=answers, by=by, now=now)
    return complete_assessment(assessment=assessment, by=by, now=now, finish=finish)


def check_taken(taken_at: datetime | None, now: datetime) -> None:
    """Raise DomainError (field `taken_at`) for a time to come."""
    if taken_at and taken_at > now:
        raise DomainError("This is in the future.", field="taken_at")


@transaction.atomic
def abandon_assessment(*, assessment: Assessment, by: Membership, now: datetime) -> Assessment:
    """Break off a draft: its answers stay, and so do alerts. Raises AssessmentEnded."""
    draft = locked_draft(assessment, by)
    _end_draft(draft, now)
    return draft


def _end_draft(draft: Assessment, now: datetime) -> None:
    draft.status, draft.ended_at = Assessment.Status.ABANDONED, now
    draft.save(update_fields=["status", "ended_at"])
