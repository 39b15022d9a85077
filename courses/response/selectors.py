"""Reads: how courses do against their baselines, and what is asked of clinicians about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from courses.instruments import instrument
from courses.models import Baseline, Course, Review
from courses.response.history import History, histories
from courses.response.measures import limits_for, measures_of
from courses.response.rules import (
    RELAPSE_LABELS,
    STATUS_LABELS,
    Limits,
    Reading,
    Relapse,
    Status,
    Trend,
    baseline_among,
    best_of,
    is_low_baseline,
    is_remission,
    is_worse_by_mcid,
    overlaps,
    percent_change,
    plain,
    relapse_flags,
    shown_percent,
    status_of,
    trend_of,
)

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BaselinePoint:
    """What later scores are compared with; before the first dose it may still change."""

    on: date
    total: Decimal
    is_frozen: bool
    # A clinician rated it in place of a missing score, and why.
    is_rated: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a course does by one instrument, under one version of the thresholds."""

    course_id: UUID
    instrument: str
    limits: Limits
    thresholds_number: int
    baseline: BaselinePoint | None
    readings: tuple[Reading, ...]
    induction_ended_on: date | None
    status: Status
    relapse: tuple[Relapse, ...]

    @property
    def instrument_name(self) -> str:
        """What people call the instrument."""
        return instrument(self.instrument).name

    @property
    def latest(self) -> Reading | None:
        """The last reading since the first dose."""
        return self.readings[-1] if self.readings else None

    @property
    def best(self) -> Reading | None:
        """The best reading since induction ended; none before."""
        if self.induction_ended_on is None:
            return None
        return best_of(one for one in self.readings if one.on > self.induction_ended_on)

    @property
    def status_label(self) -> str:
        """The status in words."""
        return STATUS_LABELS[self.status]

    @property
    def percent_change(self) -> Decimal | None:
        """The fall from baseline in percent, unrounded; negative where it rose."""
        if self.baseline is None or self.latest is None:
            return None
        return percent_change(self.baseline.total, self.latest.total)

    @property
    def shown_change(self) -> Decimal | None:
        """The percentage as people read it."""
        return shown_percent(self.percent_change)

    @property
    def absolute_change(self) -> Decimal | None:
        """Points up (positive) or down since baseline."""
        if self.baseline is None or self.latest is None:
            return None
        return self.latest.total - self.baseline.total

    @property
    def is_remission(self) -> bool:
        """Whether the latest score is in remission, whatever the baseline."""
        return self.latest is not None and is_remission(self.latest.total, self.limits)

    @property
    def is_low_baseline(self) -> bool:
        """Whether the baseline is too low to tell a response by."""
        return self.baseline is not None and is_low_baseline(self.baseline.total, self.limits)

    @property
    def is_worse_by_mcid(self) -> bool:
        """Whether the latest score is worse than baseline by a change that matters."""
        if self.baseline is None or self.latest is None:
            return False
        return is_worse_by_mcid(self.baseline.total, self.latest.total, self.limits)

    @property
    def trend(self) -> Trend:
        """The last score against the one before, the baseline where there is only one."""
        return trend_of(self._with_baseline, self.limits)

    @property
    def overlaps(self) -> bool:
        """Whether the last two scores look back on the same days."""
        return overlaps(self._with_baseline, self.limits)

    @property
    def _with_baseline(self) -> list[Reading]:
        began = self.baseline
        first = [Reading(began.on, LONG_AGO, began.total)] if began else []
        return [*first, *self.readings]

    @property
    def relapse_labels(self) -> list[str]:
        """The signs of relapse in words."""
        return [RELAPSE_LABELS[flag] for flag in self.relapse]

    @property
    def numbers(self) -> dict[str, Any]:
        """What a review keeps of it."""
        began, latest = self.baseline, self.latest
        change = self.shown_change
        return {
            "instrument": self.instrument,
            "status": self.status.value,
            "baseline": plain(began.total) if began else None,
            "baseline_on": began.on.isoformat() if began else None,
            "latest": plain(latest.total) if latest else None,
            "latest_on": latest.on.isoformat() if latest else None,
            "percent": None if change is None else str(change),
            "is_remission": self.is_remission,
            "relapse": [flag.value for flag in self.relapse],
        }


def standing_of(courses: Iterable[Course], now: datetime) -> dict[UUID, Standing]:
    """How each course does now, by its id, in a fixed number of queries (DOMAIN 5.1, 2.9)."""
    return {pk: standing_in(history) for pk, history in histories(courses, now).items()}


def standing_in(history: History) -> Standing:
    """How the course of a history does."""
    code = measure_of(history)
    limits = limits_for(code, history.thresholds)
    baseline = _baseline(history, code)
    readings = tuple(history.since_first_dose(code))
    return Standing(
        course_id=history.course.pk,
        instrument=code,
        limits=limits,
        thresholds_number=history.thresholds.number,
        baseline=baseline,
        readings=readings,
        induction_ended_on=history.induction_ended_on,
        status=_status(history, baseline, readings, limits),
        relapse=_relapse(history, baseline, readings, limits),
    )


def measure_of(history: History) -> str:
    """The instrument that the course is judged by: of those with a baseline the one asked for,
    else what a clinician rated in its place (DOMAIN 8.36), else another of the same illness."""
    wanted = measures_of(history.definition, history.course.indication)
    known = history.frozen or history.baselines or history.scores
    if wanted[0] in known:
        return wanted[0]
    rated = {code for code, row in history.baselines.items() if code in known and row.rated_by_id}
    fitting = (*(code for code in wanted if code in rated), *sorted(rated), *wanted)
    return next((code for code in fitting if code in known), wanted[0])


def _baseline(history: History, code: str) -> BaselinePoint | None:
    row = history.baselines.get(code)
    if row and (row.frozen_at or not history.scores.get(code)):
        return _point(history, row)
    return None if history.first_dose else candidate_of(history, code)


def _point(history: History, row: Baseline) -> BaselinePoint:
    day = row.taken_at.astimezone(history.course.site.zone).date()
    is_rated = row.rated_by_id is not None
    return BaselinePoint(day, row.total, row.frozen_at is not None, is_rated, row.reason)


def candidate_of(history: History, code: str) -> BaselinePoint | None:
    """Before the first dose: the score that would be the baseline as things are."""
    readings = history.scores.get(code, [])
    if not readings:
        return None
    last = readings[-1]
    return BaselinePoint(last.on, last.total, is_frozen=False)


def _status(
    history: History,
    baseline: BaselinePoint | None,
    readings: tuple[Reading, ...],
    limits: Limits,
) -> Status:
    if history.first_dose is None:
        return Status.NO_SCORE
    if baseline is None:
        return Status.NO_BASELINE
    if not readings:
        return Status.NO_SCORE
    return status_of(baseline.total, readings[-1].total, limits)


def _relapse(
    history: History,
    baseline: BaselinePoint | None,
    readings: tuple[Reading, ...],
    limits: Limits,
) -> tuple[Relapse, ...]:
    ended = history.induction_ended_on
    kinds = {review.kind for review in history.open_reviews}
    new_si = (Relapse.NEW_SI,) if ended and Review.Kind.SUICIDALITY in kinds else ()
    if baseline is None:
        return new_si
    found = relapse_flags(
        baseline=baseline.total, readings=readings, induction_ended=ended, limits=limits
    )
    return (*found, *new_si)


def baseline_in_window(history: History, code: str, *, before: datetime, on: date) -> Any:
    """The last complete score of an instrument before a first dose (DOMAIN 5.1, 8.38)."""
    days = history.thresholds.baseline_window_days
    return baseline_among(history.scores.get(code, []), before=before, dose_on=on, window_days=days)
