"""Whether some plan of a few tiny courses together is cheaper, by trying every one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scheduling.planner.cost import cost_terms
from scheduling.planner.fixed import dosing_per_day
from scheduling.planner.model import Appointment, Problem
from tests.planner.brute import Brute

Choice = tuple[int, np.ndarray, tuple[Appointment, ...]]


class Everything:
    """All plans of all courses of doses alone; one room of a kind, no bookings."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.lines = [room.id for room in problem.rooms] + [who.id for who in problem.staff]
        self.limit = np.array([[1]] * len(problem.rooms) + [[p.capacity] for p in problem.staff])
        self.fines = [problem.weights.unplaced * course.priority for course in problem.courses]
        self.choices = [self._choices(number) for number in range(len(problem.courses))]
        self.least = [
            min([fine, *(cost for cost, _, _ in choices)])
            for fine, choices in zip(self.fines, self.choices, strict=True)
        ]

    def _choices(self, number: int) -> list[Choice]:
        """Every plan of the course as if it were alone, the cheapest first, without O8."""
        weights = replace(self.problem.weights, balance=0)
        alone = replace(
            self.problem, courses=(self.problem.courses[number],), weights=weights, bookings=()
        )
        brute = Brute(alone)
        choices = [
            (cost_terms(alone, brute.course, plan, None, {}).total, self._taken(plan), plan)
            for plan in brute._plans((), {})
        ]
        return sorted(choices, key=lambda choice: choice[0])

    def _taken(self, plan: Sequence[Appointment]) -> np.ndarray:
        """[room or person, quarter of an hour]: what the plan takes."""
        days = (self.problem.clinic.horizon[1] - self.problem.clinic.horizon[0]).days + 1
        taken = np.zeros((len(self.lines), days * 96), np.int64)
        origin = self.problem.clinic.horizon[0].toordinal() * 96
        for item in plan:
            visit = self.problem.visits[item.visit]
            at = item.start.date().toordinal() * 96 + item.start.hour * 4 + item.start.minute // 15
            at -= origin
            stay = (visit.minutes + visit.turnover_min) // 15
            taken[self.lines.index(item.room_id), at : at + stay] += 1
            for phase in visit.phases:
                for role, load in phase.load.items():
                    line = self.lines.index(item.staff[role])
                    taken[line, at : at + phase.min // 15] += load
                at += phase.min // 15
        return taken

    def cheapest(self, than: int) -> int:
        """The least objective of any plan, if it is less; else that number."""
        self.best = than
        self._extend(0, 0, np.zeros((len(self.lines), 1), np.int64), [])
        return self.best

    def _extend(self, number: int, cost: int, used: np.ndarray, chosen: list[Appointment]) -> None:
        if cost + sum(self.least[number:]) >= self.best:
            return
        if number == len(self.choices):
            self.best = min(self.best, cost + self._balance(chosen))
            return
        for own, taken, plan in self.choices[number]:
            if cost + own + sum(self.least[number + 1 :]) >= self.best:
                break
            if (used + taken <= self.limit).all():
                self._extend(number + 1, cost + own, used + taken, [*chosen, *plan])
        self._extend(number + 1, cost + self.fines[number], used, chosen)

    def _balance(self, chosen: Sequence[Appointment]) -> int:
        soft = self.problem.clinic.soft_dosing_per_day
        counts = dosing_per_day(self.problem, chosen)
        over = sum(max(0, n - soft.get(day.weekday(), n)) for day, n in counts.items())
        return over * self.problem.weights.balance
