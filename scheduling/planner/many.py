"""Planning every course of a problem: one after the other, each exactly, beside those before."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from scheduling.planner.cost import cost_terms
from scheduling.planner.fixed import dosing_per_day, standing
from scheduling.planner.model import (
    Booking,
    Certificate,
    Course,
    Period,
    Placed,
    Plan,
    Problem,
    Reason,
    Unplaced,
)
from scheduling.planner.one import reason_unplaced
from scheduling.planner.search import best_placement
from scheduling.planner.tables import Tables

Clock = Callable[[], float]


def plan_all(
    problem: Problem, *, seconds: float | None = None, clock: Clock = time.monotonic
) -> Plan:
    """A plan for every course, with a certificate.

    Courses go in the order of their priority, the tightest first. One whose turn did not come
    within the seconds is unplaced for TIME_LIMIT.
    """
    started = clock()

    def late() -> bool:
        return seconds is not None and clock() - started >= seconds

    planning = _Planning(problem)
    planning.insert(sorted(problem.courses, key=tightness), late)
    outcomes = tuple(planning.outcome(course, late) for course in problem.courses)
    bound = lower_bound(problem, late)
    objective = objective_of(problem, outcomes)
    return Plan(problem.id, outcomes, Certificate(objective, bound, clock() - started))


def tightness(course: Course) -> tuple[int, int, int]:
    """Sorts high priority first, then those with the fewest times to choose from."""
    minutes = sum(end - start for intervals in course.windows.values() for start, end in intervals)
    days = (course.latest_first - course.earliest).days + 1
    return -course.priority, -len(course.previous), minutes * days


def objective_of(problem: Problem, outcomes: Iterable[Placed | Unplaced]) -> int:
    """The value of a plan as a whole, O0 to O9."""
    dosing = dosing_per_day(problem, problem.bookings)
    total = 0
    for outcome in outcomes:
        course = problem.course(outcome.course_id)
        if isinstance(outcome, Unplaced):
            total += problem.weights.unplaced * course.priority
        else:
            visits, lead = outcome.appointments, outcome.lead_therapist
            total += cost_terms(problem, course, visits, lead, dosing).total
            dosing.update(dosing_per_day(problem, visits))
    return total


def lower_bound(problem: Problem, late: Callable[[], bool] = lambda: False) -> int | None:
    """What no plan can undercut: each course as if alone beside the bookings.

    Alone a course has at least the choices that it has among others, and a dosing visit costs a
    full day no less, so the sum of the cheapest is a bound. None when time ran out.
    """
    tables, total = Tables(problem, problem.bookings), 0
    for course in problem.courses:
        if late():
            return None
        alone = best_placement(tables, course)
        unplaced = problem.weights.unplaced * course.priority
        total += min(alone.cost.total, unplaced) if alone else unplaced
    return total


class _Planning:
    """The calendar while courses are placed into it; those still to come hold what they had."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.held = {course.id: standing(problem, course) for course in problem.courses}
        held = [item for items in self.held.values() for item in items]
        self.tables = Tables(problem, [*problem.bookings, *held])
        self.placed: dict[str, Placed] = {}
        self.tried: set[str] = set()

    def insert(self, courses: Sequence[Course], late: Callable[[], bool]) -> None:
        """Place each course; then once more those that found no room, as others have moved."""
        for course in [*courses, *courses]:
            if course.id not in self.placed and not late():
                self._place(course)
                self.tried.add(course.id)

    def _place(self, course: Course) -> None:
        for item in self.held[course.id]:
            self.tables.occupy(item, -1)
        placed = best_placement(self.tables, self._beside_own(course))
        if placed:
            self.placed[course.id] = placed
        for item in placed.appointments if placed else self.held[course.id]:
            self.tables.occupy(item)

    def _beside_own(self, course: Course) -> Course:
        """The course, barred from the times of its patient's visits of other courses."""
        busy = tuple(self._busy_elsewhere(course))
        return replace(course, barred=course.barred + busy) if busy else course

    def _busy_elsewhere(self, course: Course) -> Iterable[Period]:
        for other in self.problem.courses:
            if other.patient_id == course.patient_id and other.id in self.placed:
                for item in self.placed[other.id].appointments:
                    yield item.start, item.end

    def outcome(self, course: Course, late: Callable[[], bool]) -> Placed | Unplaced:
        """The course's plan, or why it has none beside the plans of the others."""
        if course.id in self.placed:
            return self.placed[course.id]
        if course.id not in self.tried or late():
            return Unplaced(course.id, Reason.TIME_LIMIT)
        return Unplaced(course.id, reason_unplaced(self._finished(course), course.id))

    def _finished(self, course: Course) -> Problem:
        """The problem of that course alone, all placed ones being bookings."""
        bookings = [
            Booking(
                f"{done.course_id}/{item.kind}{item.seq}",
                item.visit,
                item.start,
                item.room_id,
                item.staff,
            )
            for done in self.placed.values()
            for item in done.appointments
        ]
        held = [other for other in self.problem.courses if other.id not in self.placed]
        return replace(
            self.problem,
            bookings=(*self.problem.bookings, *bookings),
            courses=tuple(self._beside_own(c) if c.id == course.id else c for c in held),
        )
