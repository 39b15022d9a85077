"""Where one visit of a course can go while the others stay, and why not elsewhere."""

from dataclasses import replace
from datetime import datetime
from typing import cast

from scheduling.planner.model import Kind
from scheduling.planner.slots import Slot, visit_slots, why_not
from scheduling.problem import CourseProblem, course_problem
from scheduling.wording import refusal_in_words
from sessions.models import Session


def slots_of(visit: Session, *, now: datetime) -> list[Slot]:
    """Every legal start of the visit, the best first."""
    task, kind, seq = _task(visit, now)
    return visit_slots(task.problem, task.course_id, kind, seq)


def slot_at(visit: Session, starts_at: datetime, *, now: datetime) -> Slot | None:
    """The best room and people for that start, or None when it is not legal."""
    return next((slot for slot in slots_of(visit, now=now) if slot.start == starts_at), None)


def refusals_of(visit: Session, starts_at: datetime, *, now: datetime) -> list[str]:
    """Why the visit cannot start then, in words; empty when it can."""
    task, kind, seq = _task(visit, now)
    refusals = why_not(task.problem, task.course_id, kind, seq, starts_at)
    return list(dict.fromkeys(refusal_in_words(one) for one in refusals))


def _task(visit: Session, now: datetime) -> tuple[CourseProblem, Kind, int]:
    """The course's problem with this one visit unlocked, and its number there."""
    task = course_problem(visit.course, now=now)
    kind = cast("Kind", visit.kind)
    seq = task.places.planner_number(visit.kind, visit.seq)
    course = task.problem.course(task.course_id)
    previous = tuple(
        replace(one, locked=one.locked and (one.kind, one.seq) != (kind, seq))
        for one in course.previous
    )
    problem = replace(task.problem, courses=(replace(course, previous=previous),))
    return replace(task, problem=problem), kind, seq
