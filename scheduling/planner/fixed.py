"""What stands still while one course is planned: bookings, and the other courses as they stood."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from scheduling.planner.model import (
    Appointment,
    Booking,
    Course,
    Kind,
    Previous,
    Problem,
    appointment_end,
)
from scheduling.planner.wall import Wall

Use = Booking | Appointment
"""Whatever takes a room and people's time: both name visit, start, room_id and staff."""


def standing(problem: Problem, course: Course) -> tuple[Appointment, ...]:
    """The appointments of the course as `previous` lists them."""
    visit_of = {(kind, seq): visit for kind, seq, visit in problem.protocol_of(course).chain}
    return tuple(
        _appointment(problem, item, visit_of[item.kind, item.seq])
        for item in course.previous
        if (item.kind, item.seq) in visit_of
    )


def _appointment(problem: Problem, item: Previous, visit: str) -> Appointment:
    end = appointment_end(problem.visits[visit], item.start)
    return Appointment(item.kind, item.seq, visit, item.start, end, item.room_id, item.staff)


def everyone_else(problem: Problem, course_id: str) -> list[Use]:
    """All bookings, and every appointment that another course already has."""
    uses: list[Use] = list(problem.bookings)
    for other in problem.courses:
        if other.id != course_id:
            uses.extend(standing(problem, other))
    return uses


def dosing_per_day(problem: Problem, uses: Iterable[Use]) -> Counter[date]:
    """How many dosing visits the clinic has on each local date."""
    wall = Wall(problem.clinic.tz)
    return Counter(wall.day(use.start) for use in uses if problem.visits[use.visit].dosing)


def previous_of(course: Course) -> dict[tuple[Kind, int], Previous]:
    """The course's earlier appointments by kind and number."""
    return {(item.kind, item.seq): item for item in course.previous}
