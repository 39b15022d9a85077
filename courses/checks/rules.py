"""What check is due when, at baseline and again (DOMAIN 2.11); pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from courses.checks.catalogue import REPEATS, Check, shipped

# Results that say that the check was done; a refusal does not.
COUNTS = frozenset({"NORMAL", "ABNORMAL", "POSITIVE", "DONE"})


@dataclass(frozen=True, slots=True)
class Known:
    """What decides which checks a course needs; None is not known."""

    on: date
    age: int
    thresholds: Any
    has_cardiac_history: bool | None = None
    could_be_pregnant: bool | None = None
    # The day of the last result of each kind that counts.
    done: Mapping[str, date] = field(default_factory=dict)
    # The day of the last positive result of each kind.
    positive: Mapping[str, date] = field(default_factory=dict)
    is_maintenance: bool = False
    doses_last_month: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """How one check stands: `is_needed` at all, done when, due when, in words how often.

    `prompted_on` is the day of what made it due at once.
    """

    check: Check
    is_needed: bool
    done_on: date | None
    due_on: date | None
    often: str
    prompted_on: date | None = None

    def is_due(self, on: date) -> bool:
        """Whether it has to be done by that day."""
        return self.is_needed and self.due_on is not None and self.due_on <= on


def checks_due(known: Known) -> list[Due]:
    """Every check with when it is due, in the order of the table (DOMAIN 2.11)."""
    return [_due(check, known) for check in shipped().checks]


def missing_at_baseline(known: Known) -> list[Check]:
    """Checks that are needed for a decision and not there, or too old (DOMAIN 2.11)."""
    return [one.check for one in checks_due(known) if one.is_due(known.on)]


def _due(check: Check, known: Known) -> Due:
    done_on = known.done.get(check.kind)
    needed, prompted_on = is_needed(check, known), _prompted(check, known)
    due_on = prompted_on or (known.on if done_on is None else _next(check, done_on, known))
    return Due(
        check, needed, done_on, due_on if needed else None, _often(check, known), prompted_on
    )


def _prompted(check: Check, known: Known) -> date | None:
    """The day on which another check's result asked for this one, until it is done (8.70)."""
    day = known.positive.get(check.prompted_by or "")
    done_on = known.done.get(check.kind)
    return day if day and (done_on is None or done_on < day) else None


def is_needed(check: Check, known: Known) -> bool:
    """Whether the patient needs this check; not known counts as yes (DOMAIN 2.11)."""
    if check.when == "AGE_OR_HEART":
        return known.age >= known.thresholds.ecg_age or known.has_cardiac_history is not False
    if check.when == "COULD_BE_PREGNANT":
        return known.could_be_pregnant is not False
    return True


def _next(check: Check, done_on: date, known: Known) -> date | None:
    rule = check.repeat
    if rule.how == "EACH_MAINTENANCE_VISIT":
        return known.on if known.is_maintenance and done_on < known.on else None
    if rule.threshold is None or not _repeats(check, known):
        return None
    return done_on + timedelta(days=int(getattr(known.thresholds, rule.threshold)))


def _repeats(check: Check, known: Known) -> bool:
    many = known.doses_last_month > known.thresholds.liver_doses_per_month
    in_maintenance = known.is_maintenance or (check.repeat.or_many_doses and many)
    return check.repeat.how == "ALWAYS" or in_maintenance


def _often(check: Check, known: Known) -> str:
    rule = check.repeat
    if rule.threshold is None:
        return REPEATS[rule.how]
    days = int(getattr(known.thresholds, rule.threshold))
    return f"every {days} days" + (" in maintenance" if rule.how == "MAINTENANCE" else "")


def second_in_a_row(results: Mapping[date, str], on: date) -> bool:
    """Whether a positive result that day follows a positive one: then doses are held (8.70)."""
    before = [day for day in results if day < on]
    return bool(before) and results.get(on) == "POSITIVE" and results[max(before)] == "POSITIVE"
