"""Whether a course is cleared for a dose on a day, and for how long (DOMAIN 3.3); pure.

The words name no condition and no drug: the front desk reads them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from courses.screening.ages import OF_AGE, birthday, may_have_dose


@dataclass(frozen=True, slots=True)
class Clearance:
    """Whether doses may be given and booked as firm, and why not."""

    is_cleared: bool
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the clearance of a course goes by; `status` is empty where nobody screened yet."""

    status: str
    birth_date: date
    decided_on: date | None = None
    expires_on: date | None = None
    # Of this course.
    last_dose_on: date | None = None
    # The last days of overrides, and the days of conditions that are not met.
    overrides_end: Sequence[date] = ()
    conditions_due: Sequence[date] = ()
    # A lapse is longer than this, and longer than the protocol's own gap to the next dose.
    lapse_days: int = 28
    is_in_progress: bool = False


_WORDS = {
    "": ("NOT_SCREENED", "Not screened yet."),
    "IN_PROGRESS": ("SCREENING_OPEN", "Screening is under way."),
    "DEFERRED": ("DEFERRED", "Screening is deferred."),
    "NOT_ELIGIBLE": ("NOT_ELIGIBLE", "Not cleared for treatment."),
    "EXPIRED": ("RESCREEN", "A new screening is needed."),
    "SUPERSEDED": ("RESCREEN", "A new screening is needed."),
}


def clearance_of(standing: Standing, on: date) -> Clearance:
    """Whether a dose may be given on that local date (DOMAIN 3.3, 8.41, 8.46)."""
    if standing.status in _WORDS:
        is_open = standing.is_in_progress and standing.status in ("", "EXPIRED", "SUPERSEDED")
        code, text = _WORDS["IN_PROGRESS" if is_open else standing.status]
        return Clearance(False, code, text)
    if fault := _first_fault(standing, on):
        return Clearance(False, *fault)
    return Clearance(True, "CLEARED", _until(standing))


def _first_fault(standing: Standing, on: date) -> tuple[str, str] | None:
    if not may_have_dose(standing.birth_date, on):
        day = birthday(standing.birth_date, OF_AGE)
        return "MINOR", f"No dose before {day:%-d %B %Y}."
    if ended := expiry(standing, on):
        return ended, "The screening has run out: a new one is needed."
    if any(day < on for day in standing.overrides_end):
        return "OVERRIDE_ENDED", "A prescriber’s decision has run out: a new screening is needed."
    if any(day < on for day in standing.conditions_due):
        return "CONDITION_OVERDUE", "A condition of the screening is overdue."
    return None


def expiry(standing: Standing, on: date) -> str | None:
    """NO_DOSE or LAPSE where the decision no longer holds on that day; None where it does."""
    if not _has_dose_since(standing):
        is_over = standing.expires_on is not None and on > standing.expires_on
        return "NO_DOSE" if is_over else None
    last = standing.last_dose_on or on
    return "LAPSE" if on - last > timedelta(days=standing.lapse_days) else None


def _has_dose_since(standing: Standing) -> bool:
    """Whether a dose was given under this decision; one before it does not count."""
    last, decided = standing.last_dose_on, standing.decided_on
    return last is not None and decided is not None and last >= decided


def _until(standing: Standing) -> str:
    if _has_dose_since(standing) or standing.expires_on is None:
        return "Cleared for treatment."
    return f"Cleared for treatment; the first dose by {standing.expires_on:%-d %B %Y}."


def lapse_days(rescreen_days: int, planned_gap: int | None) -> int:
    """How long a gap may be before it is a lapse: never shorter than what the protocol plans."""
    return max(rescreen_days, planned_gap or 0)
