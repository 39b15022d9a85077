"""Planning one course: its cheapest plan, or the reason why it has none."""

from collections.abc import Callable
from dataclasses import replace

from scheduling.planner.fixed import everyone_else
from scheduling.planner.model import Course, Placed, Problem, Reason, Unplaced
from scheduling.planner.search import best_placement
from scheduling.planner.tables import Tables
from scheduling.planner.wall import MINUTES_PER_DAY, widened


def plan_course(problem: Problem, course_id: str) -> Placed | Unplaced:
    """The cheapest plan of the course beside everything that stands, or why there is none."""
    return _placement(problem, course_id) or Unplaced(
        course_id, reason_unplaced(problem, course_id)
    )


def reason_unplaced(problem: Problem, course_id: str) -> Reason:
    """The first single relaxation that alone makes room for the course, else STRUCTURAL."""
    course = problem.course(course_id)
    for reason, relaxed in LADDER:
        if _placement(relaxed(problem, course), course_id):
            return reason
    return Reason.STRUCTURAL


def _placement(problem: Problem, course_id: str) -> Placed | None:
    tables = Tables(problem, everyone_else(problem, course_id))
    return best_placement(tables, problem.course(course_id))


def without_others(problem: Problem, course: Course) -> Problem:
    """As if there were no other visit, neither here nor at other sites."""
    staff = tuple(replace(person, busy=()) for person in problem.staff)
    return replace(problem, bookings=(), courses=(course,), staff=staff)


def without_leave(problem: Problem, course: Course) -> Problem:
    """As if nobody were on leave, and no day's shift shorter than the weekday's."""
    staff = tuple(
        replace(person, leave=(), dated=widened(person.shifts, person.dated))
        for person in problem.staff
    )
    return replace(problem, staff=staff)


def without_closures(problem: Problem, course: Course) -> Problem:
    """As if no day were a closure or shorter than its weekday, and no room blocked."""
    clinic = problem.clinic
    dated = widened(clinic.hours, clinic.dated)
    return replace(
        problem,
        clinic=replace(clinic, closures=frozenset(), dated=dated),
        rooms=tuple(replace(room, blocked=()) for room in problem.rooms),
    )


def with_free_patient(problem: Problem, course: Course) -> Problem:
    """As if the patient could always come; what is barred stays so."""
    always = dict.fromkeys(range(7), ((0, MINUTES_PER_DAY),))
    return _with_course(problem, replace(course, windows=always, unavailable=()))


def with_open_start(problem: Problem, course: Course) -> Problem:
    """As if the course could start on any day of the horizon."""
    first, end = problem.clinic.horizon
    return _with_course(problem, replace(course, earliest=first, latest_first=end))


def _with_course(problem: Problem, course: Course) -> Problem:
    courses = (course if other.id == course.id else other for other in problem.courses)
    return replace(problem, courses=tuple(courses))


LADDER: tuple[tuple[Reason, Callable[[Problem, Course], Problem]], ...] = (
    (Reason.CAPACITY, without_others),
    (Reason.STAFF_LEAVE, without_leave),
    (Reason.CLOSURE, without_closures),
    (Reason.PATIENT_WINDOW, with_free_patient),
    (Reason.START_WINDOW, with_open_start),
)
