"""Drafts of many courses in one calendar: put in, taken out, and what they cost together."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from scheduling.planner.arrange import Draft, Seat, rehoused
from scheduling.planner.course import Frame
from scheduling.planner.fixed import Use, standing
from scheduling.planner.model import Course, Period, Problem
from scheduling.planner.search import best_draft, floor_of
from scheduling.planner.tables import FloatArray, IntArray, Prices, Tables
from scheduling.planner.wall import overlaps


class _Free:
    """Nothing costs anything beside the objective, not even a full day."""

    def charge(self, visit: str, day: IntArray, start: IntArray) -> FloatArray:
        """Nought."""
        return np.zeros((1, 1))


class Schedule:
    """The calendar of a problem with the courses that are placed in it so far."""

    def __init__(self, problem: Problem) -> None:
        """With bookings and locked visits alone."""
        self.problem = problem
        self.tables = Tables(problem, [*problem.bookings, *locked_visits(problem)])
        self.courses = {course.id: course for course in problem.courses}
        self.drafts: dict[str, Draft] = {}
        self.plannings = 0
        """How often a course was planned: the measure of work done."""
        self._frames: dict[str, Frame] = {}
        self._booked = Tables(problem, problem.bookings).dosing
        patients = [course.patient_id for course in problem.courses]
        self._shared = {patient for patient in patients if patients.count(patient) > 1}
        self._floors: dict[str, FloatArray] = {}
        self.tables.prices = _Free()
        self._floors = {course_id: floor_of(self._frame(course_id)) for course_id in self.courses}
        self.tables.prices = None

    def _frame(self, course_id: str) -> Frame:
        """The course laid out, beside its patient's visits of other courses."""
        course = self.courses[course_id]
        busy = tuple(self._busy_elsewhere(course)) if course.patient_id in self._shared else ()
        if busy:
            return Frame(self.tables, replace(course, barred=course.barred + busy))
        if course_id not in self._frames:
            self._frames[course_id] = Frame(self.tables, course)
        return self._frames[course_id]

    def _busy_elsewhere(self, course: Course) -> Iterator[Period]:
        for draft in self.drafts.values():
            other = self.courses[draft.course_id]
            if other.patient_id == course.patient_id and other.id != course.id:
                yield from map(self._period, draft.seats)

    def best(self, course_id: str) -> Draft | None:
        """The cheapest draft of the course beside all that are placed; None when none fits."""
        self.plannings += 1
        return best_draft(self._frame(course_id), self._floors[course_id])

    def put(self, draft: Draft) -> None:
        """Place the course."""
        self.tables.take(draft.taken)
        self.drafts[draft.course_id] = draft

    def drop(self, course_id: str) -> Draft:
        """Take the course out."""
        draft = self.drafts.pop(course_id)
        self.tables.take(draft.taken, -1)
        return draft

    def insert(self, course_id: str) -> Draft | None:
        """Place the course as cheaply as can be, if it fits."""
        draft = self.best(course_id)
        if draft is not None:
            self.put(draft)
        return draft

    def restore(self, drafts: Iterable[Draft]) -> list[str]:
        """Place these drafts alone, in other rooms if need be; the courses that do not fit."""
        for course_id in list(self.drafts):
            self.drop(course_id)
        homeless = []
        for draft in drafts:
            housed = rehoused(self.tables, draft) if self._patient_free(draft) else None
            if housed is None:
                homeless.append(draft.course_id)
            else:
                self.put(housed)
        return homeless

    def _patient_free(self, draft: Draft) -> bool:
        course = self.courses[draft.course_id]
        if course.patient_id not in self._shared:
            return True
        busy = list(self._busy_elsewhere(course))
        return not any(overlaps(self._period(seat), busy) for seat in draft.seats)

    def _period(self, seat: Seat) -> Period:
        """From when to when the patient is there."""
        leaves = seat.minute + self.problem.visits[seat.visit].minutes
        return self.tables.instant(seat.day, seat.minute), self.tables.instant(seat.day, leaves)

    def missing(self) -> list[str]:
        """The courses that are not placed, in the order of the problem."""
        return [course_id for course_id in self.courses if course_id not in self.drafts]

    def value(self) -> int:
        """The objective, O0 to O9."""
        weights = self.problem.weights
        total = sum(draft.own for draft in self.drafts.values())
        total += weights.unplaced * sum(self.courses[name].priority for name in self.missing())
        soft, dosing = self.tables.soft_limits, self.tables.dosing
        over = (dosing - soft).clip(0) - (self._booked - soft).clip(0)
        return total + weights.balance * int(over.sum())

    def steered(self, prices: Prices | None) -> None:
        """From now on, plan as if room and people's time had these prices."""
        self.tables.prices = prices


def locked_visits(problem: Problem) -> list[Use]:
    """The appointments of all courses that nothing may move."""
    locked: list[Use] = []
    for course in problem.courses:
        fixed = {(item.kind, item.seq) for item in course.previous if item.locked}
        locked += [item for item in standing(problem, course) if (item.kind, item.seq) in fixed]
    return locked


class Guide:
    """Prices beside the balance of days, to keep drafts away from what others need more."""

    def __init__(self, tables: Tables, prices: Prices, share: float) -> None:
        self.tables, self.prices, self.share = tables, prices, share

    def charge(self, visit: str, day: IntArray, start: IntArray) -> FloatArray:
        """[team, start]: the balance, and a share of the prices."""
        balance = self.tables.balance(visit, day)
        return balance + self.share * self.prices.charge(visit, day, start)
