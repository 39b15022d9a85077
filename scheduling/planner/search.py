"""The exact plan of one course: a shortest path.

Everybody else's visits stand still, so what a plan of this course costs splits into

  * costs of a single visit - is its time preferred, is its day full, has it moved;
  * costs of two consecutive doses - days between them, time of day, change of nurse;

once two things are settled: who the lead therapist is, and on which day dose 1 is (a span such as
"dose 6 within 21 days of dose 1" counts from it). For one such pair:

  1. `options`  lists every legal (start, people) for each visit by itself;
  2. `talks`    boils each preparation and integration visit down to a cost per day, which joins
                the cost of dose 1's day or of the days between two doses;
  3. `doses`    finds the cheapest path over (day, start, nurse) from the last dose backwards;
  4. walking forwards again along the cheapest choices gives the plan.

Few pairs need this. One path without spans, on which anybody may count as the lead, gives for all
first days at once a cost that no pair can undercut; pairs are tried in the order of these bounds
until the next bound is no better than the best plan found.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from scheduling.planner.arrange import Draft, Route, draft, placed
from scheduling.planner.course import CourseGraph, Frame, Key
from scheduling.planner.doses import DosePath, Layer, State
from scheduling.planner.model import Course, Placed, Weights
from scheduling.planner.options import Day
from scheduling.planner.tables import BoolArray, FloatArray, Tables
from scheduling.planner.talks import FollowUp, Preparation

FIRST_LOOK = 4
"""How many first days are searched before the others."""


def best_placement(tables: Tables, course: Course) -> Placed | None:
    """The cheapest plan of the course in these tables; None when there is none."""
    found = best_draft(Frame(tables, course))
    dosing = {tables.date_of(day): int(n) for day, n in enumerate(tables.dosing)}
    return placed(tables, found, dosing) if found else None


def best_draft(frame: Frame, floor: FloatArray | None = None) -> Draft | None:
    """The same in the terms of the tables, as they stand now.

    The floor says per day of dose 1 what the course costs at least. With it a few promising first
    days are searched, and then only if need be all whose floor lies below what was found.
    """
    days = frame.dose_days[0]
    if floor is None:
        return _draft(frame, days)
    cut = sorted(floor.tolist())[min(FIRST_LOOK, len(floor)) - 1] if len(floor) else 0.0
    promising = _hull(days, floor <= cut)
    found = _draft(frame, promising)
    needed = _hull(days, floor < (found.cost if found else np.inf))
    if needed.start >= promising.start and needed.stop <= promising.stop:
        return found
    return _draft(frame, needed)


def _hull(days: range, wanted: BoolArray) -> range:
    """The days from the first wanted one to the last."""
    rows = np.flatnonzero(wanted)
    return days[rows[0] : rows[-1] + 1] if rows.size else days[:0]


def floor_of(frame: Frame) -> FloatArray:
    """Per day of dose 1, what the course costs at least in these tables, spans aside."""
    graph = CourseGraph(frame)
    days = graph.dose_days[0]
    if graph.hopeless:
        return np.full(len(days), np.inf)
    anybody = _LeadSearch(graph, None, replace(graph.weights, therapist=0))
    return anybody.entry + anybody.cheapest_rest()


def _draft(frame: Frame, first_days: range) -> Draft | None:
    graph = CourseGraph(frame, first_days)
    route = None if graph.hopeless else cheapest_route(graph)
    return draft(graph, route) if route else None


def cheapest_route(graph: CourseGraph) -> Route | None:
    """The cheapest route over all leads and first days; None when there is none."""
    anybody = _LeadSearch(graph, None, replace(graph.weights, therapist=0))
    rest = anybody.cheapest_rest()
    leads = graph.leads()
    searches = [_LeadSearch(graph, lead, graph.weights) for lead in leads]
    pairs = sorted(
        (bound, row, number)
        for number, search in enumerate(searches)
        for row, bound in enumerate((search.entry + rest).tolist())
        if bound < np.inf
    )
    best: Route | None = None
    for bound, row, number in pairs:
        if best is not None and bound >= best.cost:
            break
        route = anybody.unbound_route(row) if graph.talkless else None
        route = replace(route, lead=leads[number]) if route else searches[number].route(row)
        if route is not None and (best is None or route.cost < best.cost):
            best = route
    return best


class _LeadSearch:
    """The search for one lead therapist."""

    def __init__(self, graph: CourseGraph, lead: str | None, weights: Weights) -> None:
        self.graph, self.lead, self.weights = graph, lead, weights
        self.days = graph.dose_days[0]
        self.preparation = Preparation.of(graph.preps, lead, weights, graph.doses[0], self.days)
        self.entry = graph.entry_cost() + self.preparation.cost(self.days)

    @cached_property
    def follow_ups(self) -> dict[int, FollowUp]:
        """The integration visits with this lead."""
        return self.graph.follow_ups_with(self.lead, self.weights)

    @cached_property
    def path(self) -> DosePath:
        """The doses with this lead."""
        return self.graph.dose_path(self.follow_ups)

    @cached_property
    def rest(self) -> list[Layer]:
        """Per dose and state the cost of all that follows, on any first day, without spans."""
        return self.path.to_go()

    def cheapest_rest(self) -> FloatArray:
        """Per day of dose 1, what the doses and all that follows them cost without spans."""
        return np.asarray(self.rest[0].cost.min(axis=(1, 2)))

    def route(self, row: int) -> Route | None:
        """The cheapest route with dose 1 on the day of that place, if there is one."""
        path = self.path.starting(self.days[row])
        to_go = path.to_go()
        cost = float(self.entry[row] + to_go[0].cost.min(initial=np.inf))
        if cost == np.inf:
            return None
        states = path.walk(to_go)
        return Route(cost, self.lead, states, self._talk_days(states))

    def unbound_route(self, row: int) -> Route | None:
        """The same from the rest already known, where its days happen to keep every span."""
        day = self.days[row]
        states = self.path.walk([self.rest[0].between(day, day), *self.rest[1:]])
        if not self.path.keeps_spans(states):
            return None
        cost = float(self.entry[row] + self.rest[0].between(day, day).cost.min())
        return Route(cost, self.lead, states, self._talk_days(states))

    def _talk_days(self, states: Sequence[State]) -> dict[Key, Day]:
        days: dict[Key, Day] = {
            ("prep", seq): day for seq, day in enumerate(self.preparation.days(states[0].day), 1)
        }
        for seq, follow_up in self.follow_ups.items():
            gap = states[seq].day - states[seq - 1].day if seq < len(states) else None
            allowed = self.graph.allowed_offsets(follow_up, seq, gap)
            days["integration", seq] = follow_up.day(states[seq - 1].day, allowed)
        return days
