"""Response, remission and relapse of a course (DOMAIN 2.8, 2.9, 5.1): pure, days are arguments.

All instruments here are better when lower. Values are compared unrounded; only what is shown is
rounded to one decimal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

TENTH = Decimal("0.1")


class Status(StrEnum):
    """What the latest score says against the baseline."""

    RESPONSE = "RESPONSE"
    PARTIAL = "PARTIAL"
    NON_RESPONSE = "NON_RESPONSE"
    WORSE = "WORSE"
    UNDEFINED = "UNDEFINED"
    NO_BASELINE = "NO_BASELINE"
    NO_SCORE = "NO_SCORE"


STATUS_LABELS = {
    Status.RESPONSE: "Response",
    Status.PARTIAL: "Partial response",
    Status.NON_RESPONSE: "No response",
    Status.WORSE: "Worse",
    Status.UNDEFINED: "Not defined",
    Status.NO_BASELINE: "No baseline",
    Status.NO_SCORE: "No score yet",
}


class Trend(StrEnum):
    """The last score against the one before it, by the smallest change that matters."""

    BETTER = "BETTER"
    STEADY = "STEADY"
    WORSE = "WORSE"
    UNKNOWN = "UNKNOWN"


class Relapse(StrEnum):
    """Why a course is flagged (DOMAIN 2.9)."""

    RISE = "RISE"
    RESPONSE_LOST = "RESPONSE_LOST"
    NEW_SI = "NEW_SI"


RELAPSE_LABELS = {
    Relapse.RISE: "Risen from the best score since induction",
    Relapse.RESPONSE_LOST: "Response lost on repeated scores",
    Relapse.NEW_SI: "New or more suicidal thoughts",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one instrument is judged by; where a number is missing, that is not judged."""

    response_percent: Decimal
    partial_percent: Decimal
    remission_max: Decimal | None = None
    mcid: Decimal | None = None
    recall_days: int | None = None
    # Relapse by a rise: so much from the best, and at least so high.
    relapse_rise: Decimal | None = None
    relapse_floor: Decimal | None = None
    relapse_repeat_days: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One complete score: its local date, its moment, its total."""

    on: date
    taken_at: datetime
    total: Decimal


def percent_change(baseline: Decimal, current: Decimal) -> Decimal | None:
    """The fall from baseline in percent, negative where it rose; None at 0 (DOMAIN 5.1)."""
    if baseline == 0:
        return None
    return (baseline - current) * 100 / baseline


def shown_percent(change: Decimal | None) -> Decimal | None:
    """As people read it: one decimal, halves up."""
    return None if change is None else change.quantize(TENTH, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """A number without needless zeros: 12, 3.5."""
    whole = number.to_integral_value()
    return f"{whole if whole == number else number.normalize():f}"


def status_of(baseline: Decimal, current: Decimal, limits: Limits) -> Status:
    """What a score is against its baseline (DOMAIN 5.1); undefined at a low one (8.37)."""
    if baseline == 0 or is_low_baseline(baseline, limits):
        return Status.UNDEFINED
    # Multiplied out, so that nothing is rounded before it is compared.
    fall = (baseline - current) * 100
    if fall < 0:
        return Status.WORSE
    if fall >= limits.response_percent * baseline:
        return Status.RESPONSE
    return Status.PARTIAL if fall >= limits.partial_percent * baseline else Status.NON_RESPONSE


def is_remission(current: Decimal, limits: Limits) -> bool:
    """Whether the score is under the scale's cut-off, whatever the baseline (DOMAIN 1)."""
    return limits.remission_max is not None and current <= limits.remission_max


def is_low_baseline(baseline: Decimal, limits: Limits) -> bool:
    """Whether the baseline is in remission already: show the absolute change (DOMAIN 8.37)."""
    return limits.remission_max is not None and baseline <= limits.remission_max


def is_worse_by_mcid(baseline: Decimal, current: Decimal, limits: Limits) -> bool:
    """Whether it rose by at least the smallest change that matters (DOMAIN 2.8, 8.35)."""
    return limits.mcid is not None and current - baseline >= limits.mcid


def trend_of(readings: Sequence[Reading], limits: Limits) -> Trend:
    """The last reading against the one before."""
    if len(readings) < 2 or limits.mcid is None:
        return Trend.UNKNOWN
    rise = readings[-1].total - readings[-2].total
    if abs(rise) < limits.mcid:
        return Trend.STEADY
    return Trend.WORSE if rise > 0 else Trend.BETTER


def overlaps(readings: Sequence[Reading], limits: Limits) -> bool:
    """Whether the last two look back on the same days, so that they are not independent (5.8)."""
    if len(readings) < 2 or limits.recall_days is None:
        return False
    return (readings[-1].on - readings[-2].on).days < limits.recall_days


def baseline_among(
    readings: Iterable[Reading], *, before: datetime, dose_on: date, window_days: int
) -> Reading | None:
    """The last complete score before the first dose, within the window (DOMAIN 5.1, 8.38)."""
    earliest = dose_on - timedelta(days=window_days)
    fit = [one for one in readings if one.taken_at <= before and one.on >= earliest]
    return max(fit, key=lambda one: one.taken_at, default=None)


def best_of(readings: Iterable[Reading]) -> Reading | None:
    """The lowest, the latest of equal ones."""
    return min(readings, key=lambda one: (one.total, -one.taken_at.timestamp()), default=None)


def relapse_flags(
    *, baseline: Decimal, readings: Sequence[Reading], induction_ended: date | None, limits: Limits
) -> tuple[Relapse, ...]:
    """Signs of relapse in the readings since induction (DOMAIN 2.9); none while it goes on.

    `readings` are those after the first dose, oldest first.
    """
    if induction_ended is None:
        return ()
    after = [one for one in readings if one.on > induction_ended]
    if not after:
        return ()
    found = []
    if _has_risen(after, limits):
        found.append(Relapse.RISE)
    if _has_lost_response(baseline, readings, after, limits):
        found.append(Relapse.RESPONSE_LOST)
    return tuple(found)


def _has_risen(after: Sequence[Reading], limits: Limits) -> bool:
    best = best_of(after)
    if best is None or limits.relapse_rise is None or limits.relapse_floor is None:
        return False
    latest = after[-1].total
    return latest - best.total >= limits.relapse_rise and latest >= limits.relapse_floor


def _has_lost_response(
    baseline: Decimal, readings: Sequence[Reading], after: Sequence[Reading], limits: Limits
) -> bool:
    def responds(one: Reading) -> bool:
        return status_of(baseline, one.total, limits) == Status.RESPONSE

    if is_low_baseline(baseline, limits) or baseline == 0 or not any(map(responds, readings)):
        return False
    lost: list[Reading] = []
    for one in reversed(after):
        if responds(one):
            break
        lost.append(one)
    return len(lost) > 1 and (lost[0].on - lost[-1].on).days >= limits.relapse_repeat_days


def add_workdays(day: date, number: int) -> date:
    """The date so many working days (Monday to Friday) later."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5
    return day
