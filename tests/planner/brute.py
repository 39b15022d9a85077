"""The cheapest plan of a tiny course by trying every one: slow, and with no idea of a path."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import product

from scheduling.planner.claims import Claims
from scheduling.planner.cost import cost_terms
from scheduling.planner.fixed import dosing_per_day, everyone_else, standing
from scheduling.planner.model import THERAPIST, Appointment, Problem, appointment_end
from scheduling.planner.rules import Key, Rulebook


class Brute:
    """All plans of the first course."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.course = problem, problem.courses[0]
        self.book = Rulebook(problem, self.course)
        others = everyone_else(problem, self.course.id)
        self.claims = Claims(self.book, others)
        self.dosing = dosing_per_day(problem, others)
        locked = {(a.kind, a.seq): a for a in standing(problem, self.course)}
        self.choices = [
            [locked[kind, seq]]
            if (kind, seq) in self.book.locked
            else list(self._legal(kind, seq, visit))
            for kind, seq, visit in self.book.protocol.chain
        ]

    def _legal(self, kind: str, seq: int, name: str) -> Iterator[Appointment]:
        visit = self.problem.visits[name]
        holders = [[p.id for p in self.problem.staff if role in p.roles] for role in visit.roles]
        teams = [dict(zip(visit.roles, people, strict=True)) for people in product(*holders)]
        for start in self._starts():
            rooms = [
                room.id
                for room in self.problem.rooms
                if not list(self.claims.room_faults(visit, start, room.id))
            ]
            if rooms and not list(self.book.time_faults((kind, seq), visit, start)):
                for team in teams:
                    if not list(self.claims.team_faults(visit, start, team)):
                        end = appointment_end(visit, start)
                        yield Appointment(kind, seq, name, start, end, rooms[0], team)

    def _starts(self) -> Iterator:
        day, end = self.problem.clinic.horizon
        while day < end:
            for minute in range(8 * 60, 12 * 60, self.problem.clinic.grid_min):
                yield self.book.wall.instant(day, minute)
            day += timedelta(days=1)

    def cheapest(self) -> int | None:
        """The least cost of any plan; None when there is none."""
        costs = [self._cost(plan) for plan in self._plans((), {})]
        return min(costs, default=None)

    def _plans(
        self, chosen: tuple[Appointment, ...], days: Mapping[Key, object]
    ) -> Iterator[tuple[Appointment, ...]]:
        if len(chosen) == len(self.choices):
            yield chosen
            return
        for item in self.choices[len(chosen)]:
            longer = {**days, (item.kind, item.seq): self.book.wall.day(item.start)}
            if not list(self.book.tied_faults(longer)):
                yield from self._plans((*chosen, item), longer)

    def _cost(self, plan: tuple[Appointment, ...]) -> int:
        leads: list[str | None] = [None]
        if self.problem.needs_lead(self.course):
            leads = [p.id for p in self.problem.staff if THERAPIST in p.roles]
            leads = [self.course.therapist_id] if self.course.therapist_id else leads
        return min(
            cost_terms(self.problem, self.course, plan, lead, self.dosing).total for lead in leads
        )
