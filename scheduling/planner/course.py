"""One course laid out for the search: on which days each visit can be, and its options there."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from scheduling.planner.doses import (
    TIME_OF_DAY_MAX_GAP,
    Axes,
    DosePath,
    Layer,
    Link,
    distance_to_target,
)
from scheduling.planner.fixed import previous_of
from scheduling.planner.model import THERAPIST, Course, Kind, Previous, SpanRule, Weights
from scheduling.planner.options import (
    Options,
    free_options,
    locked_option,
    with_disturbance,
)
from scheduling.planner.tables import FloatArray, Tables
from scheduling.planner.talks import FollowUp, Talk

Key = tuple[Kind, int]


class CourseGraph:
    """The doses and talks of one course with all their options."""

    def __init__(self, tables: Tables, course: Course) -> None:
        self.tables, self.course = tables, course
        self.weights = tables.problem.weights
        self.protocol = tables.problem.protocol_of(course)
        self._earlier = previous_of(course)
        self._locked_day = {
            key: tables.day_of(tables.wall.day(item.start))
            for key, item in self._earlier.items()
            if item.locked
        }
        self.gaps = [self._gaps(seq) for seq in range(2, len(self.protocol.dosing) + 1)]
        self.dose_days = self._dose_days()
        options = self._options(self._days_of_all())
        self.doses = [options["dosing", seq + 1] for seq in range(len(self.protocol.dosing))]
        self.preps = [
            Talk(options["prep", seq], rule.days_before_first)
            for seq, rule in enumerate(self.protocol.prep, 1)
        ]
        self.follow_ups = {
            rule.after: Talk(options["integration", rule.after], rule.days)
            for rule in self.protocol.integration
        }

    @cached_property
    def axes(self) -> Axes:
        """The starts and nurses of the doses."""
        return Axes.over(self.doses)

    @cached_property
    def _layers(self) -> list[Layer]:
        return [
            Layer.of(dose, self.axes, days[0], days[-1])
            for dose, days in zip(self.doses, self.dose_days, strict=True)
        ]

    @property
    def hopeless(self) -> bool:
        """Whether some visit has no option at all."""
        talks = [talk.options for talk in (*self.preps, *self.follow_ups.values())]
        return any(options.none for options in (*self.doses, *talks))

    def _gaps(self, seq: int) -> range:
        """Days from the dose before; between two locked doses whatever they are."""
        before, here = (self._locked_day.get(("dosing", n)) for n in (seq - 1, seq))
        if before is not None and here is not None:
            return range(here - before, here - before + 1)
        fewest, most = self.protocol.dosing[seq - 1].gap or (1, 1)
        return range(max(1, fewest), most + 1)

    def _dose_days(self) -> list[range]:
        """The days that each dose can reach from those that dose 1 can have; perhaps none."""
        horizon = self.tables.days - 1
        first = max(0, self.tables.day_of(self.course.earliest))
        last = self.tables.day_of(self.course.latest_first)
        days: list[range] = []
        for seq, gaps in enumerate([range(1), *self.gaps], 1):
            first, last = first + gaps.start, min(last + gaps.stop - 1, horizon)
            if ("dosing", seq) in self._locked_day:
                first = last = self._locked_day["dosing", seq]
            days.append(range(first, last + 1))
        return days

    def _days_of_all(self) -> dict[Key, range]:
        """The days on which each visit can be at all."""
        days: dict[Key, range] = {("dosing", n): d for n, d in enumerate(self.dose_days, 1)}
        for seq, prep in enumerate(self.protocol.prep, 1):
            fewest, most = prep.days_before_first
            dose = self.dose_days[0]
            days["prep", seq] = range(dose.start - most, dose.stop - fewest)
        for rule in self.protocol.integration:
            dose = self.dose_days[rule.after - 1]
            days["integration", rule.after] = range(
                dose.start + rule.days[0], dose.stop + rule.days[1]
            )
        return days

    def _options(self, days: Mapping[Key, range]) -> dict[Key, Options]:
        """Per visit its options; those of one visit type are looked up once for all days."""
        shared: dict[str, Options] = {}
        options: dict[Key, Options] = {}
        for kind, seq, visit in self.protocol.chain:
            key = kind, seq
            item = self._earlier.get(key)
            if item is not None and item.locked:
                visit_type = self.tables.problem.visits[visit]
                options[key] = locked_option(self.tables, self.course, visit_type, item)
                continue
            if visit not in shared:
                shared[visit] = self._options_of_type(visit, days)
            part = shared[visit].between(days[key].start, days[key].stop - 1)
            options[key] = with_disturbance(part, item, self.tables) if item else part
        return options

    def _options_of_type(self, visit: str, days: Mapping[Key, range]) -> Options:
        spans = [
            days[kind, seq]
            for kind, seq, name in self.protocol.chain
            if name == visit and (kind, seq) not in self._locked_day
        ]
        first, last = min(d.start for d in spans), max(d.stop for d in spans) - 1
        visit_type = self.tables.problem.visits[visit]
        return free_options(self.tables, self.course, visit_type, first, last)

    def leads(self) -> list[str | None]:
        """Who may lead the course; only None when no visit needs a therapist."""
        problem = self.tables.problem
        if not problem.needs_lead(self.course):
            return [None]
        if self.course.therapist_id is not None:
            return [self.course.therapist_id]
        leads: list[str | None] = [problem.staff[row].id for row in self.tables.holders(THERAPIST)]
        return leads if self.preps or self.follow_ups else leads[:1]

    def follow_ups_with(self, lead: str | None, weights: Weights) -> dict[int, FollowUp]:
        """The integration visit after each dose that has one."""
        return {
            seq: FollowUp.of(talk, lead, weights, self.doses[seq - 1], self.dose_days[seq - 1])
            for seq, talk in self.follow_ups.items()
        }

    def allowed_offsets(self, follow_up: FollowUp, seq: int, gap: int | None) -> int:
        """How many of the follow-up's offsets end before the next dose, if there is one."""
        if gap is None:
            return len(follow_up.offsets)
        return follow_up.within(gap, next_locked=self.doses[seq].locked)

    def dose_path(self, follow_ups: Mapping[int, FollowUp]) -> DosePath:
        """The doses as a graph, with what lies between them priced in."""
        layers = list(self._layers)
        final = follow_ups.get(len(layers))
        if final is not None:
            after = final.cheapest(len(final.offsets))[:, None, None]
            layers[-1] = Layer(layers[-1].first, layers[-1].cost + after)
        links = tuple(self._link(seq, follow_ups.get(seq)) for seq in range(1, len(layers)))
        return DosePath(tuple(layers), links, self._binding_spans())

    def _link(self, seq: int, follow_up: FollowUp | None) -> Link:
        """From dose `seq` to the next."""
        rule, gaps, days = self.protocol.dosing[seq], self.gaps[seq - 1], self.dose_days[seq - 1]
        cost = distance_to_target(gaps, rule.target2, self.weights) + np.zeros(len(days))
        if follow_up is not None:
            cost += self._visit_between(follow_up, seq, gaps)
        near = rule.gap is not None and rule.gap[1] <= TIME_OF_DAY_MAX_GAP
        return Link(
            gaps=gaps,
            first=days[0],
            days_cost=cost,
            nurse_change=self.weights.rn_change,
            per_5_minutes=self.weights.tod_5min if near else 0,
            minutes=self.axes.minutes,
        )

    def _visit_between(self, follow_up: FollowUp, seq: int, gaps: range) -> FloatArray:
        allowed = [self.allowed_offsets(follow_up, seq, gap) for gap in gaps]
        rows = [follow_up.cheapest(count) for count in allowed]
        return np.array(rows).reshape(len(gaps), len(self.dose_days[seq - 1]))

    def _binding_spans(self) -> tuple[SpanRule, ...]:
        """The spans that gaps alone do not already keep and locked doses do not settle."""
        return tuple(span for span in self.protocol.spans if self._may_bind(span))

    def _may_bind(self, span: SpanRule) -> bool:
        settled = ("dosing", 1) in self._locked_day and ("dosing", span.to) in self._locked_day
        furthest = sum(gaps.stop - 1 for gaps in self.gaps[: span.to - 1])
        return not settled and furthest > span.max_days

    def previous(self, key: Key) -> Previous | None:
        """The appointment as it stood before, if there was one."""
        return self._earlier.get(key)

    def entry_cost(self) -> FloatArray:
        """Per day of dose 1: what starting that late costs."""
        days = np.array(self.dose_days[0])
        late: FloatArray = (days - self.tables.day_of(self.course.earliest)) * float(
            self.weights.start_day
        )
        return late
