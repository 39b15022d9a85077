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

import numpy as np

from scheduling.planner.arrange import Route, arrange
from scheduling.planner.course import CourseGraph, Key
from scheduling.planner.doses import State
from scheduling.planner.model import Course, Placed, Weights
from scheduling.planner.options import Day
from scheduling.planner.tables import FloatArray, Tables
from scheduling.planner.talks import Preparation


def best_placement(tables: Tables, course: Course) -> Placed | None:
    """The cheapest plan of the course in these tables; None when there is none."""
    graph = CourseGraph(tables, course)
    route = None if graph.hopeless else cheapest_route(graph)
    return arrange(graph, route) if route else None


def cheapest_route(graph: CourseGraph) -> Route | None:
    """The cheapest route over all leads and first days; None when there is none."""
    anybody = _LeadSearch(graph, None, replace(graph.weights, therapist=0))
    rest = anybody.cheapest_rest()
    searches = [_LeadSearch(graph, lead, graph.weights) for lead in graph.leads()]
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
        route = searches[number].route(row)
        if route is not None and (best is None or route.cost < best.cost):
            best = route
    return best


class _LeadSearch:
    """The search for one lead therapist."""

    def __init__(self, graph: CourseGraph, lead: str | None, weights: Weights) -> None:
        self.graph, self.lead = graph, lead
        self.days = graph.dose_days[0]
        self.follow_ups = graph.follow_ups_with(lead, weights)
        self.preparation = Preparation.of(graph.preps, lead, weights, graph.doses[0], self.days)
        self.entry = graph.entry_cost() + self.preparation.cost(self.days)
        self.path = graph.dose_path(self.follow_ups)

    def cheapest_rest(self) -> FloatArray:
        """Per day of dose 1, what the doses and all that follows them cost without spans."""
        return np.asarray(self.path.to_go()[0].cost.min(axis=(1, 2)))

    def route(self, row: int) -> Route | None:
        """The cheapest route with dose 1 on the day of that place, if there is one."""
        path = self.path.starting(self.days[row])
        to_go = path.to_go()
        cost = float(self.entry[row] + to_go[0].cost.min(initial=np.inf))
        if cost == np.inf:
            return None
        states = path.walk(to_go)
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
