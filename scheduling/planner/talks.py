"""Preparation and integration: visits that doses notice by their day alone.

For such a visit only its cheapest choice on each day matters. An integration visit therefore
becomes part of what the days between two doses cost, and all preparation together becomes part
of what the day of dose 1 costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scheduling.planner.model import Weights
from scheduling.planner.options import Day, Options, off_lead
from scheduling.planner.tables import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Talk:
    """One preparation or integration visit with the days that its rule allows."""

    options: Options
    days: tuple[int, int]

    def by_day(self, lead: str | None, weights: Weights, first: Day, last: Day) -> FloatArray:
        """The cheapest choice on each of the days first to last."""
        cost = np.full(last - first + 1, np.inf)
        part = self.options.between(first, last)
        if not part.none:
            cheapest = (part.cost + off_lead(part, lead, weights)).min(axis=0)
            np.minimum.at(cost, part.day - first, cheapest)
        return cost

    def choice(self, lead: str | None, weights: Weights, day: Day) -> tuple[int, int]:
        """(minute, team) of the cheapest choice of a day; of equals the earliest, then first."""
        part = self.options.between(day, day)
        cost = (part.cost + off_lead(part, lead, weights)).T
        column, team = divmod(int(cost.argmin()), cost.shape[1])
        return int(part.minute[column]), team


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The integration visit after a dose, for one lead: [days after the dose, day of the dose]."""

    offsets: range
    cost: FloatArray
    first: Day
    needs_gap: bool

    @classmethod
    def of(
        cls, talk: Talk, lead: str | None, weights: Weights, dose: Options, days: range
    ) -> "FollowUp":
        """Its cost for a dose on any of these days."""
        offsets = range(max(talk.days[0], 1), talk.days[1] + 1)
        if talk.options.locked and dose.locked:
            day = int(talk.options.day[0] - dose.day[0])
            offsets = range(day, day + 1)
        cost = np.full((len(offsets), len(days)), np.inf)
        if offsets:
            own = talk.by_day(lead, weights, days[0] + offsets[0], days[-1] + offsets[-1])
            cost = sliding_window_view(own, len(days)) + np.zeros_like(cost)
            cost += weights.integ_day * (np.array(offsets)[:, None] - talk.days[0])
        return cls(offsets, cost, days[0], needs_gap=not talk.options.locked)

    def within(self, gap: int, next_locked: bool) -> int:
        """How many of the offsets end before a dose that many days later."""
        if next_locked and not self.needs_gap:
            return len(self.offsets)
        return sum(offset < gap for offset in self.offsets)

    def cheapest(self, allowed: int) -> FloatArray:
        """Per day of the dose, the best of the first `allowed` offsets."""
        best: FloatArray = self.cost[:allowed].min(axis=0, initial=np.inf)
        return best

    def day(self, dose_day: Day, allowed: int) -> Day:
        """The day that costs least; of equals the first."""
        return dose_day + self.offsets[int(self.cost[:allowed, dose_day - self.first].argmin())]


@dataclass(frozen=True, slots=True)
class Preparation:
    """All preparation visits for one lead: the cheapest days for each day of dose 1."""

    first: Day
    """The first day that any preparation can have."""
    dose_first: Day
    totals: tuple[FloatArray, ...]
    """Per visit [day of dose 1, its day]: the cheapest up to and including it."""

    @classmethod
    def of(
        cls, talks: Sequence[Talk], lead: str | None, weights: Weights, dose: Options, days: range
    ) -> "Preparation":
        """Everything that must come before dose 1, for dose 1 on any of these days."""
        own = [int(t.options.day[0]) for t in talks if t.options.locked]
        first = min([days[0], *own, *(days[0] - talk.days[1] for talk in talks)])
        last = max([days[-1], *own])
        before = np.zeros((len(days), last - first + 1))
        totals: list[FloatArray] = []
        for number, talk in enumerate(talks):
            if number:
                locked = talk.options.locked and talks[number - 1].options.locked
                before = _cheapest_before(totals[-1], locked)
            allowed = _allowed(talk, dose, np.array(days), np.arange(first, last + 1))
            totals.append(before + allowed + talk.by_day(lead, weights, first, last))
        return cls(first, days[0], tuple(totals))

    def cost(self, days: range) -> FloatArray:
        """What all preparation costs for each day of dose 1."""
        if not self.totals:
            return np.zeros(len(days))
        best: FloatArray = self.totals[-1].min(axis=1)
        return best

    def days(self, dose_day: Day) -> list[Day]:
        """The cheapest day of each preparation visit, in order."""
        chosen: list[Day] = []
        for total in reversed(self.totals):
            row = total[dose_day - self.dose_first]
            before = row[: chosen[0] - self.first] if chosen else row
            row = before if np.isfinite(before).any() else row  # locked visits may share a day
            chosen.insert(0, self.first + int(row.argmin()))
        return chosen


def _allowed(talk: Talk, dose: Options, dose_days: IntArray, days: IntArray) -> FloatArray:
    """[day of dose 1, day]: nought where the rule lets the visit be, else infinite."""
    ahead = np.subtract.outer(dose_days, days)
    fine = (ahead >= max(talk.days[0], 1)) & (ahead <= talk.days[1])
    if talk.options.locked and dose.locked:
        fine[:] = True
    return np.where(fine, 0.0, np.inf)


def _cheapest_before(total: FloatArray, both_locked: bool) -> FloatArray:
    """The cheapest on any earlier day; two locked visits are taken in whatever order they are."""
    if both_locked:
        return np.broadcast_to(total.min(axis=1, keepdims=True), total.shape)
    running = np.minimum.accumulate(total, axis=1)
    return np.hstack([np.full((len(total), 1), np.inf), running[:, :-1]])
