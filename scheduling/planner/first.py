"""The first plan: course after course, each exactly; those still to come hold what they had."""

from collections.abc import Callable, Iterator

import numpy as np

from scheduling.planner.fixed import standing
from scheduling.planner.model import Appointment, Course
from scheduling.planner.schedule import Schedule
from scheduling.planner.tables import Seats


def first_plan(schedule: Schedule, late: Callable[[], bool]) -> set[str]:
    """Place the courses, the tightest first; which of them had their turn in time.

    Those that find no room are tried once more when all have moved that will.
    """
    courses = sorted(schedule.problem.courses, key=tightness)
    held = {course.id: list(_held(schedule, course)) for course in courses}
    for seats in held.values():
        schedule.tables.take(seats)
    tried: set[str] = set()
    for course in courses:
        if not late():
            tried.add(course.id)
            schedule.tables.take(held[course.id], -1)
            if schedule.insert(course.id) is None:
                schedule.tables.take(held[course.id])
    for course_id in schedule.missing():
        schedule.tables.take(held[course_id], -1)
        if not late():
            schedule.insert(course_id)
    return tried


def tightness(course: Course) -> tuple[int, int, int]:
    """Sorts high priority first, then those with the fewest times to choose from."""
    minutes = sum(end - start for intervals in course.windows.values() for start, end in intervals)
    days = (course.latest_first - course.earliest).days + 1
    return -course.priority, -len(course.previous), minutes * days


def _held(schedule: Schedule, course: Course) -> Iterator[Seats]:
    """What the earlier appointments of the course take that may be moved."""
    locked = {(item.kind, item.seq) for item in course.previous if item.locked}
    for item in standing(schedule.problem, course):
        start = schedule.tables.at(item.start)
        if (item.kind, item.seq) not in locked and 0 <= start < schedule.tables.days_end:
            yield _seats(schedule, item, start)


def _seats(schedule: Schedule, item: Appointment, start: int) -> Seats:
    tables, at = schedule.tables, np.array([start])
    rooms = [tables.room_row[item.room_id]] if item.room_id in tables.room_row else []
    people = tuple(
        ((role,), at, np.array([tables.staff_row[person]]))
        for role, person in item.staff.items()
        if person in tables.staff_row
    )
    return Seats(item.visit, at, np.array(rooms, np.int64), people)
