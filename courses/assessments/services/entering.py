"""Entering what was answered elsewhere: items or the total, from paper or another system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from clinic.models import Membership, Patient
from courses.assessments.services.answering import (
    check_kind,
    check_taken,
    course_for_score,
    known_instrument,
    language_for,
)
from courses.assessments.services.results import (
    AnswersRefused,
    Before,
    Given,
    clean_answers,
    follow,
    raise_alerts,
    result_of,
    write_result,
)
from courses.instruments import Instrument, answer_fault
from courses.models import Assessment, Course


@dataclass(frozen=True, slots=True)
class Entry:
    """What was answered, when and how; a total may stand alone, with safety items beside it."""

    answers: Mapping[str, int | str | None] = field(default_factory=dict)
    total: int | None = None
    taken_at: datetime | None = None
    language: str = ""
    variant: str = ""
    point: str = ""
    accept_missing: bool = False


@transaction.atomic
def enter_scores(
    *,
    patient: Patient,
    code: str,
    entry: Entry,
    by: Membership,
    now: datetime,
    course: Course | None = None,
) -> Assessment:
    """Record a finished score at once; raise as `complete_assessment` does."""
    used = known_instrument(code)
    row = Assessment(patient=patient, course=course_for_score(patient, course))
    fill(row, used, entry, by=by, now=now)
    keep(row, by=by, now=now)
    return row


def fill(
    row: Assessment,
    used: Instrument,
    entry: Entry,
    *,
    by: Membership,
    now: datetime,
    before: Before | None = None,
) -> None:
    """Put an entry and its result on a row that is not saved yet."""
    mode = Assessment.Mode.ITEMS if entry.total is None else Assessment.Mode.TOTAL
    language = entry.language or language_for(used, row.patient, mode)
    check_kind(used, mode=mode, language=language, variant=entry.variant)
    check_taken(entry.taken_at, now)
    faults = {key: answer_fault(used, key, answer) for key, answer in entry.answers.items()}
    if faults := {key: fault for key, fault in faults.items() if fault}:
        raise AnswersRefused(faults)
    row.organization_id = by.organization_id
    row.instrument, row.instrument_version = used.code, used.version
    row.mode, row.language, row.variant, row.point = mode, language, entry.variant, entry.point
    row.taken_at, row.started_at, row.entered_by = entry.taken_at or now, now, by
    row.answers = clean_answers(used, entry.answers)
    given = Given(row.answers, entry.total)
    result = result_of(used, given, accept_missing=entry.accept_missing)
    write_result(row, result, now=now, before=before)


def keep(row: Assessment, *, by: Membership, now: datetime) -> None:
    """Save the row, tell of what is unsafe in it, and let follow what follows."""
    row.save(force_insert=True)
    raise_alerts(row, by=by, now=now)
    follow(row, by=by, now=now)
