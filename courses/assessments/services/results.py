"""What every finished score has: its result, what is unsafe in it, and what follows from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic.errors import DomainError
from clinic.models import Membership
from courses.alerts.services import raise_alert
from courses.assessments import rules
from courses.assessments.dues import fulfil
from courses.assessments.selectors import languages_before
from courses.consequences import after_answers, after_score
from courses.doses.selectors import doses_of
from courses.instruments import (
    Answers,
    AnswersInvalid,
    Instrument,
    Score,
    instrument,
    safety_findings,
    score,
    score_of_total,
)
from courses.models import Assessment, SafetyAlert


class ItemsMissing(DomainError):
    """Items have no answer; `details` names them. It can be finished all the same, knowingly."""

    status = 422
    code = "items-missing"


class AnswersRefused(DomainError):
    """Answers that the instrument does not have; `details` says by item what is wrong."""

    code = "answers-refused"

    def __init__(self, faults: Mapping[str, str]) -> None:
        first = next(iter(faults))
        details = [{"item": key, "fault": fault} for key, fault in faults.items()]
        super().__init__(faults[first], field=first, details=details)


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody answered: items, or the total with safety items beside it."""

    answers: Answers
    total: int | None = None


def instrument_of(assessment: Assessment) -> Instrument:
    """The instrument in the version that was answered."""
    return instrument(assessment.instrument, assessment.instrument_version)


def result_of(used: Instrument, given: Given, *, accept_missing: bool) -> Score:
    """The score; raise AnswersRefused, or ItemsMissing unless missing ones are accepted."""
    try:
        if given.total is None:
            result = score(used, given.answers)
        else:
            result = score_of_total(used, given.total, given.answers)
    except AnswersInvalid as exc:
        raise AnswersRefused(exc.faults) from exc
    if result.missing and not accept_missing:
        raise ItemsMissing(
            "Some questions have no answer.",
            details=[{"item": key, "fault": "No answer."} for key in result.missing],
        )
    return result


@dataclass(frozen=True, slots=True)
class Before:
    """What came before a score: languages of the patient's earlier ones, doses of its course."""

    languages: Collection[str]
    doses: int | None


def write_result(
    assessment: Assessment, result: Score, *, now: datetime, before: Before | None = None
) -> None:
    """Put the result on the row; what is not valid keeps its answers and has no total.

    `before` is for who knows it of many scores; it is looked up for one.
    """
    before = before or _before(assessment)
    flags = set(result.flags)
    if rules.is_mixed(before.languages, assessment.language):
        flags.add(rules.LANGUAGE_MIXED)
    assessment.status = Assessment.Status.COMPLETE
    assessment.ended_at = now
    assessment.is_valid = result.is_complete
    assessment.total = result.total
    assessment.band = result.band
    assessment.subscales = {code: _plain(value) for code, value in result.subscales.items()}
    assessment.flags = sorted(flags)
    assessment.dose_seq = before.doses


def _plain(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def _before(assessment: Assessment) -> Before:
    return Before(languages_before(assessment), _doses_before(assessment))


def _doses_before(assessment: Assessment) -> int | None:
    if assessment.course is None:
        return None
    return doses_of(assessment.course).filter(given_at__lte=assessment.taken_at).count()


def raise_alerts(assessment: Assessment, *, by: Membership, now: datetime) -> list[SafetyAlert]:
    """Tell of every safety rule that the answers so far meet (DOMAIN 5.9); again, tells no more.

    What is unsafe needs no valid total: what follows from it follows here.
    """
    raised = [
        raise_alert(
            patient=assessment.patient,
            course=assessment.course,
            rule=finding.rule,
            level=finding.level,
            source_id=assessment.pk,
            by=by,
            now=now,
        )
        for finding in safety_findings(instrument_of(assessment), assessment.answers)
    ]
    if raised and assessment.course is not None:
        after_answers(course=assessment.course, assessment=assessment, by=by, now=now)
    return raised


def follow(assessment: Assessment, *, by: Membership, now: datetime) -> None:
    """Let everything follow that a finished score sets off."""
    if assessment.course is None:
        return
    if assessment.is_valid:
        fulfil(assessment=assessment, now=now)
        after_score(course=assessment.course, assessment=assessment, by=by, now=now)


def clean_answers(used: Instrument, answers: Mapping[str, Any]) -> dict[str, int | str]:
    """The answers in the instrument's order, without empty ones."""
    return {item.key: answers[item.key] for item in used.items if answers.get(item.key) is not None}
