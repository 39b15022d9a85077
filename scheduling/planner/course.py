"""One course laid out for the search: on which days each visit can be, and its options there."""

from collections.abc import Iterator, Mapping
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
from scheduling.planner.model import RN, THERAPIST, Course, Kind, SpanRule, Weights
from scheduling.planner.options import Options, Times, locked_option, with_disturbance
from scheduling.planner.tables import FloatArray, IntArray, Tables
from scheduling.planner.talks import FollowUp, Talk

Key = tuple[Kind, int]


class Frame:
    """What holds of a course whoever else comes: its days, its times, who could serve it."""

    def __init__(self, tables: Tables, course: Course) -> None:
        self.tables, self.course = tables, course
        self.weights = tables.problem.weights
        self.protocol = tables.problem.protocol_of(course)
        self.earlier = previous_of(course)
        self.locked_day = {
            key: tables.day_of(tables.wall.day(item.start))
            for key, item in self.earlier.items()
            if item.locked
        }
        self.gaps = [self._gaps(seq) for seq in range(2, len(self.protocol.dosing) + 1)]
        first = max(0, tables.day_of(course.earliest))
        self.dose_days = self.dose_days_from(range(first, tables.day_of(course.latest_first) + 1))
        self.days = self._days_of_all()
        self.times = {
            visit: self._times(visit)
            for visit in dict.fromkeys(visit for kind, seq, visit in self.open)
        }

    @cached_property
    def open(self) -> tuple[tuple[Kind, int, str], ...]:
        """(kind, seq, visit) of those that are not locked, in order."""
        return tuple(item for item in self.protocol.chain if item[:2] not in self.locked_day)

    def _times(self, visit: str) -> Times:
        """The starts of a visit type on all days that any visit of the type can have."""
        spans = [self.days[kind, seq] for kind, seq, name in self.open if name == visit]
        first, last = min(d.start for d in spans), max(d.stop for d in spans) - 1
        return Times(self.tables, self.course, visit, first, last)

    @cached_property
    def axes(self) -> Axes:
        """The starts and nurses of the doses."""
        return Axes.over([*self._minutes_of_doses()], [*self._nurses_of_doses()])

    def _minutes_of_doses(self) -> Iterator[IntArray]:
        for key, item in self.earlier.items():
            if item.locked and key[0] == "dosing":
                yield np.array([self.tables.wall.minute(item.start)])
        yield from (self.times[visit].minute for visit in self.free_doses)

    def _nurses_of_doses(self) -> Iterator[str | None]:
        for key, item in self.earlier.items():
            if item.locked and key[0] == "dosing":
                yield item.staff.get(RN)
        for visit in self.free_doses:
            yield from (team.nurse for team in self.tables.vacancy.teams(visit))

    @cached_property
    def free_doses(self) -> tuple[str, ...]:
        """The visit types of the doses that are not locked."""
        visits = [visit for kind, _, visit in self.open if kind == "dosing"]
        return tuple(dict.fromkeys(visits))

    def _gaps(self, seq: int) -> range:
        """Days from the dose before; between two locked doses whatever they are."""
        before, here = (self.locked_day.get(("dosing", n)) for n in (seq - 1, seq))
        if before is not None and here is not None:
            return range(here - before, here - before + 1)
        fewest, most = self.protocol.dosing[seq - 1].gap or (1, 1)
        return range(max(1, fewest), most + 1)

    def dose_days_from(self, first_days: range) -> list[range]:
        """The days that each dose can reach from those of dose 1; perhaps none."""
        horizon = self.tables.days - 1
        first, last = first_days.start, first_days.stop - 1
        days: list[range] = []
        for seq, gaps in enumerate([range(1), *self.gaps], 1):
            first, last = first + gaps.start, min(last + gaps.stop - 1, horizon)
            if ("dosing", seq) in self.locked_day:
                first = last = self.locked_day["dosing", seq]
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


class CourseGraph:
    """The doses and talks of one course with all their options, as things stand."""

    def __init__(self, frame: Frame, first_days: range | None = None) -> None:
        """With dose 1 on these days, or else on any that the course allows."""
        self.frame, self.tables, self.course = frame, frame.tables, frame.course
        self.weights, self.protocol = frame.weights, frame.protocol
        self.gaps, self.axes = frame.gaps, frame.axes
        self.dose_days = frame.dose_days_from(first_days) if first_days else frame.dose_days
        self._shared = {visit: times.options() for visit, times in frame.times.items()}
        options = {
            (kind, seq): self._options((kind, seq), visit)
            for kind, seq, visit in self.protocol.chain
        }
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
    def layers(self) -> list[Layer]:
        whole = {visit: self._whole_layer(visit) for visit in self.frame.free_doses}
        layers = []
        for seq, (dose, days) in enumerate(zip(self.doses, self.dose_days, strict=True), 1):
            if ("dosing", seq) in self.frame.earlier:
                layers.append(Layer.of(dose, self.axes, days[0], days[-1]))
            else:
                visit = self.protocol.dosing[seq - 1].visit
                layers.append(whole[visit].between(days[0], days[-1]))
        return layers

    def _whole_layer(self, visit: str) -> Layer:
        """All options of a visit type, of which each dose sees its own days."""
        days = [
            days
            for rule, days in zip(self.protocol.dosing, self.dose_days, strict=True)
            if rule.visit == visit
        ]
        first, last = min(d[0] for d in days), max(d[-1] for d in days)
        return Layer.of(self._shared[visit].between(first, last), self.axes, first, last)

    @property
    def hopeless(self) -> bool:
        """Whether some visit has no option at all."""
        talks = [talk.options for talk in (*self.preps, *self.follow_ups.values())]
        return any(options.none for options in (*self.doses, *talks))

    def _options(self, key: Key, visit: str) -> Options:
        item, days = self.frame.earlier.get(key), self.frame.days[key]
        if item is not None and item.locked:
            return locked_option(self.tables, self.course, visit, item)
        part = self._shared[visit].between(days.start, days.stop - 1)
        return with_disturbance(part, item, self.tables) if item else part

    @property
    def talkless(self) -> bool:
        """Whether the course has doses alone, so that it costs the same whoever leads it."""
        return not self.preps and not self.follow_ups

    def leads(self) -> list[str | None]:
        """Who may lead the course; only None when no visit needs a therapist."""
        problem = self.tables.problem
        if not problem.needs_lead(self.course):
            return [None]
        if self.course.therapist_id is not None:
            return [self.course.therapist_id]
        leads: list[str | None] = [problem.staff[row].id for row in self.tables.holders(THERAPIST)]
        return leads[:1] if self.talkless else leads

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
        layers = list(self.layers)
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
        settled = all(("dosing", seq) in self.frame.locked_day for seq in (1, span.to))
        furthest = sum(gaps.stop - 1 for gaps in self.gaps[: span.to - 1])
        return not settled and furthest > span.max_days

    def entry_cost(self) -> FloatArray:
        """Per day of dose 1: what starting that late costs."""
        days = np.array(self.dose_days[0])
        late: FloatArray = (days - self.tables.day_of(self.course.earliest)) * float(
            self.weights.start_day
        )
        return late
