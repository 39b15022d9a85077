"""The doses of a course as layers of a graph, and the cheapest way through it.

A state of a layer is (day, start, nurse). Going from one dose to the next costs by the days
between them, the difference in time of day and a change of nurse, so the cheapest continuation
from every state is found backwards, one layer after the other, for all states at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.planner.model import SpanRule, Weights
from scheduling.planner.options import Day, Options
from scheduling.planner.tables import FloatArray, IntArray

TIME_OF_DAY_MAX_GAP = 10
"""Across longer gaps nobody minds another time of day."""


@dataclass(frozen=True, slots=True)
class State:
    day: Day
    start: int
    nurse: int


@dataclass(frozen=True, slots=True)
class Axes:
    """What the numbers of a state stand for."""

    minutes: IntArray
    nurses: tuple[str | None, ...]

    @classmethod
    def over(cls, minutes: Sequence[IntArray], nurses: Sequence[str | None]) -> "Axes":
        """Those that occur in any of the doses."""
        return cls(np.unique(np.concatenate(minutes)), tuple(dict.fromkeys(nurses)))


@dataclass(frozen=True, slots=True)
class Layer:
    """A cost for each state of one dose, [day - first, nurse, start]."""

    first: Day
    cost: FloatArray

    @property
    def last(self) -> Day:
        """The last day of the layer."""
        return self.first + len(self.cost) - 1

    @classmethod
    def of(cls, options: Options, axes: Axes, first: Day, last: Day) -> "Layer":
        """The cheapest team of each nurse at each start."""
        cost = np.full((last - first + 1, len(axes.nurses), len(axes.minutes)), np.inf)
        start = axes.minutes.searchsorted(options.minute)
        nurse = np.array([axes.nurses.index(team.nurse) for team in options.teams], np.int64)
        here = (options.day - first)[None, :], nurse[:, None], start[None, :]
        if len(set(nurse.tolist())) == len(nurse):
            cost[here] = options.cost
        else:
            np.minimum.at(cost, here, options.cost)
        return cls(first, cost)

    def between(self, first: Day, last: Day) -> "Layer":
        """The part that lies on these days; what is not there costs infinitely much."""
        first, last = max(first, self.first), min(last, self.last)
        return Layer(first, self.cost[first - self.first : max(last, first - 1) - self.first + 1])


@dataclass(frozen=True, slots=True)
class Link:
    """What lies between two consecutive doses."""

    gaps: range
    first: Day
    days_cost: FloatArray
    """[gap, day of the earlier dose - first]: distance to the target and the visit between."""
    nurse_change: int
    per_5_minutes: int
    minutes: IntArray

    def step(self, state: State, nurses: int) -> FloatArray:
        """[nurse, start]: what time of day and nurse cost when coming from this state."""
        shift = abs(self.minutes - self.minutes[state.start]) * self.per_5_minutes // 5
        change = np.where(np.arange(nurses) == state.nurse, 0, self.nurse_change)
        cost: FloatArray = np.add.outer(change, shift).astype(float)
        return cost

    def arrivals(self, cost: FloatArray) -> FloatArray:
        """[day, nurse, start]: the cheapest state of the later dose, seen from the earlier one."""
        another = cost.min(axis=1, keepdims=True) + self.nurse_change
        cost = np.minimum(cost, another)
        if self.per_5_minutes:
            return self._from_every_start(cost)
        return np.asarray(cost.min(axis=2, keepdims=True))

    def _from_every_start(self, cost: FloatArray) -> FloatArray:
        distance = (self.minutes - self.minutes[:1]) * self.per_5_minutes
        if (distance % 5).any():  # rounding down is no longer a distance: try every pair
            pairs = abs(np.subtract.outer(self.minutes, self.minutes)) * self.per_5_minutes // 5
            return np.stack([(cost + row).min(axis=2) for row in pairs], axis=2)
        along = distance / 5
        later = np.minimum.accumulate((cost + along)[:, :, ::-1], axis=2)[:, :, ::-1] - along
        earlier = np.minimum.accumulate(cost - along, axis=2) + along
        return np.minimum(later, earlier)

    def before(self, layer: Layer, following: Layer) -> Layer:
        """The cost of each state of the layer and of the best that can follow it."""
        arrivals = self.arrivals(following.cost)
        best = np.full((len(layer.cost), *arrivals.shape[1:]), np.inf)
        for number, gap in enumerate(self.gaps):
            first = max(layer.first, following.first - gap)
            last = min(layer.last, following.last - gap)
            if first <= last:
                here = best[first - layer.first : last - layer.first + 1]
                there = arrivals[first + gap - following.first : last + gap - following.first + 1]
                paid = self.days_cost[number, first - self.first : last - self.first + 1]
                np.minimum(here, there + paid[:, None, None], out=here)
        return Layer(layer.first, layer.cost + best)


def distance_to_target(gaps: range, target2: int, weights: Weights) -> FloatArray:
    """[gap, 1]: what each gap costs for missing its target, which is in half days."""
    return abs(2.0 * np.array(gaps) - target2)[:, None] * weights.gap_halfday


@dataclass(frozen=True, slots=True)
class DosePath:
    """All doses of a course, ready to be walked for one lead therapist."""

    layers: tuple[Layer, ...]
    links: tuple[Link, ...]
    spans: tuple[SpanRule, ...]

    def starting(self, day: Day) -> "DosePath":
        """The same with dose 1 on that day and, counted from it, every span kept."""
        first, last, layers = day, day, [self.layers[0].between(day, day)]
        for number, (link, layer) in enumerate(zip(self.links, self.layers[1:], strict=True), 2):
            ends = [day + span.max_days for span in self.spans if span.to >= number]
            first, last = first + link.gaps.start, min([last + link.gaps.stop - 1, *ends])
            layers.append(layer.between(first, last))
        return DosePath(tuple(layers), self.links, ())

    def keeps_spans(self, states: Sequence[State]) -> bool:
        """Whether the days of these states lie within every span."""
        return all(states[span.to - 1].day - states[0].day <= span.max_days for span in self.spans)

    def to_go(self) -> list[Layer]:
        """Per dose and state the cost of the cheapest rest of the course; spans are ignored."""
        rest = [self.layers[-1]]
        for layer, link in zip(self.layers[-2::-1], self.links[::-1], strict=True):
            rest.insert(0, link.before(layer, rest[0]))
        return rest

    def walk(self, to_go: Sequence[Layer]) -> tuple[State, ...]:
        """The cheapest states, the earliest of equals, so that plans are repeatable."""
        states = [_cheapest_state(to_go[0].first, to_go[0].cost[0])]
        for link, layer in zip(self.links, to_go[1:], strict=True):
            states.append(_next_state(states[-1], link, layer))
        return tuple(states)


def _cheapest_state(day: Day, cost: FloatArray) -> State:
    """The earliest start of the cheapest, then the first nurse."""
    start, nurse = divmod(int(cost.T.argmin()), len(cost))
    return State(day, start, nurse)


def _next_state(state: State, link: Link, layer: Layer) -> State:
    """The cheapest state after this one; of equals the one that comes first."""
    best, found = np.inf, state
    step = link.step(state, layer.cost.shape[1])
    for gap, price in zip(link.gaps, link.days_cost, strict=True):
        row = state.day + gap - layer.first
        if 0 <= row < len(layer.cost):
            cost = layer.cost[row] + step
            total = cost.min() + price[state.day - link.first]
            if total < best:
                best, found = total, _cheapest_state(state.day + gap, cost)
    return found
