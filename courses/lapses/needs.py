"""What has to be there before a decision after a lapse lets doses go on (DOMAIN 2.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from clinic.consents.selectors import has_consent
from clinic.models import ConsentKind
from courses.assessments.selectors import complete_scores
from courses.instruments import instrument
from courses.lapses.rules import begins_anew
from courses.lapses.selectors import Lapse
from courses.models import Course, Dose, LapseDecision
from courses.protocols.clinical import MissedRow
from courses.screening.selectors import standing_screening
from courses.selectors import definition_of


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that the row asks for, in words, and whether it is there.

    Without one that `bars` no decision lets doses go on; the others come before the dose.
    """

    code: str
    text: str
    is_met: bool
    bars: bool


def needs_of(course: Course, lapse: Lapse, *, now: datetime) -> list[Need]:
    """What the lapse's row asks for, as it stands now."""
    codes = lapse.row.needs if lapse.row else []
    return [_need(code, course, lapse.last, now) for code in codes]


def needs_in_words(row: MissedRow) -> list[str]:
    """What the row asks for, before anything is known of a lapse."""
    return [_NEEDS[code][0] for code in row.needs]


def missing_for(course: Course, lapse: Lapse, option: str, *, now: datetime) -> list[Need]:
    """What the option waits for; a course of its own and a new screening bring their own."""
    if begins_anew(option) or option == LapseDecision.Option.RESCREEN:
        return []
    return [need for need in needs_of(course, lapse, now=now) if need.bars and not need.is_met]


def has_new_screening(course: Course, since: Dose) -> bool:
    """Whether a screening that clears the course was decided since that dose."""
    found = standing_screening(course)
    is_cleared = found is not None and found.is_in_force
    return bool(is_cleared and found and found.decided_at and found.decided_at > _end_of(since))


def _end_of(dose: Dose) -> datetime:
    """When it was given; of a dose elsewhere the end of its day."""
    zone = dose.patient.site.zone
    return dose.given_at or datetime.combine(dose.on + timedelta(days=1), time(), zone)


def _has_score(course: Course, last: Dose, now: datetime) -> bool:
    """By a scale that tells of response: PHQ-9, QIDS and their like."""
    since = _end_of(last)
    return any(
        since < point.taken_at <= now and instrument(point.instrument).response_percent is not None
        for point in complete_scores([course])
    )


def _has_consent(course: Course, last: Dose, now: datetime) -> bool:
    definition = definition_of(course.protocol_version)
    kind = ConsentKind.TREATMENT
    drug, route = definition.drug, definition.route
    return has_consent(course.patient, kind, on=now, drug=drug, route=route)


def _is_screened(course: Course, last: Dose, now: datetime) -> bool:
    return has_new_screening(course, last)


def _on_the_day(course: Course, last: Dose, now: datetime) -> bool:
    return False


# What each is called, whether the decision waits for it, and whether it is there.
_NEEDS: dict[str, tuple[str, bool, Callable[[Course, Dose, datetime], bool]]] = {
    "SCORE": ("a complete score since the last dose", True, _has_score),
    "CONSENT": ("a current consent to this drug and route", True, _has_consent),
    "RESCREEN": (
        "a new screening that clears, or doses are held until there is one", False, _is_screened
    ),
    "SAME_DAY_SCREEN": ("the whole same-day check before the dose", False, _on_the_day),
}  # fmt: skip


def _need(code: str, course: Course, last: Dose, now: datetime) -> Need:
    text, bars, is_met = _NEEDS[code]
    return Need(code, text, is_met(course, last, now), bars)
