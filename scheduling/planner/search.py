"""The exact plan of one course: a shortest path.

Everybody else's visits stand still, so what a plan of this course costs splits into

  * costs of a single visit - is its time preferred, is its day full, has it moved;
  * costs of two consecutive doses - days between them, time of day, change of nurse;

once two things are settled: who the lead therapist is, and, where a span ("dose 6 within 21 days
of dose 1") can bind, on which day dose 1 is. The planner tries these two in loops, and inside:

  1. `options`  lists every legal (start, people) for each visit by itself;
  2. `talks`    boils each preparation and integration visit down to a cost per day, which joins
                the cost of dose 1's day or of the days between two doses;
  3. `doses`    finds the cheapest path over (day, start, nurse) from the last dose backwards;
  4. walking forwards again along the cheapest choices gives the plan.

Where the best path without spans keeps them anyway it is the answer. Otherwise its cost is a lower
bound for that first day, and days are tried in the order of their bounds until none can be better.
"""

from collections.abc import Sequence

import numpy as np

from scheduling.planner.arrange import Route, arrange
from scheduling.planner.course import CourseGraph, Key
from scheduling.planner.doses import State
from scheduling.planner.model import Course, Placed
from scheduling.planner.options import Day
from scheduling.planner.tables import Tables
from scheduling.planner.talks import Preparation


def best_placement(tables: Tables, course: Course) -> Placed | None:
    """The cheapest plan of the course in these tables; None when there is none."""
    graph = CourseGraph(tables, course)
    best: Route | None = None
    for lead in () if graph.hopeless else graph.leads():
        best = _Search(graph, lead).better_than(best)
    return arrange(graph, best) if best else None


class _Search:
    """The search for one lead therapist."""

    def __init__(self, graph: CourseGraph, lead: str | None) -> None:
        self.graph, self.lead = graph, lead
        self.days = graph.dose_days[0]
        self.follow_ups = graph.follow_ups_with(lead)
        self.path = graph.dose_path(self.follow_ups)
        self.preparation = Preparation.of(
            graph.preps, lead, graph.weights, graph.doses[0], self.days
        )
        self.entry = graph.entry_cost() + self.preparation.cost(self.days)
        self.free = self.path.to_go()

    def better_than(self, best: Route | None) -> Route | None:
        """The cheapest route with this lead if it beats the best so far, else that one."""
        bounds = self.entry + self.free[0].cost.min(axis=(1, 2))
        for row in np.argsort(bounds, kind="stable"):
            if bounds[row] >= (best.cost if best else np.inf):
                break
            route = self._from(int(row))
            if route and (best is None or route.cost < best.cost):
                best = route
        return best

    def _from(self, row: int) -> Route | None:
        """The cheapest route with dose 1 on that day, by its place among the days."""
        day, to_go = self.days[row], self.free
        states = self.path.walk(to_go, day)
        if not self.path.keeps_spans(states):
            to_go = self.path.to_go_within_spans(day, self.free)
            states = self.path.walk(to_go, day) if np.isfinite(to_go[0].cost).any() else []
        if not states:
            return None
        cost = self.entry[row] + to_go[0].cost[day - to_go[0].first].min()
        return Route(float(cost), self.lead, tuple(states), self._talk_days(states))

    def _talk_days(self, states: Sequence[State]) -> dict[Key, Day]:
        days: dict[Key, Day] = {
            ("prep", seq): day for seq, day in enumerate(self.preparation.days(states[0].day), 1)
        }
        for seq, follow_up in self.follow_ups.items():
            gap = states[seq].day - states[seq - 1].day if seq < len(states) else None
            allowed = self.graph.allowed_offsets(follow_up, seq, gap)
            days["integration", seq] = follow_up.day(states[seq - 1].day, allowed)
        return days
