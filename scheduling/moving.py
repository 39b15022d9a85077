"""Where one visit of a course can go while the others stay, and why not elsewhere."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from scheduling.planner.model import Kind, Problem
from scheduling.planner.slots import Slot, visit_slots, why_not
from scheduling.problem import course_problem
from scheduling.wording import refusal_in_words
from sessions.models import Session

NO_PLACE = "the visit is not planned any more, or its dose was not given"


def slots_of(visit: Session, *, now: datetime) -> list[Slot]:
    """Every legal start of the visit, the best first."""
    found = _task(visit, now)
    return visit_slots(found.problem, found.course_id, found.kind, found.seq) if found else []


def slot_at(visit: Session, starts_at: datetime, *, now: datetime) -> Slot | None:
    """The best room and people for that start, or None when it is not legal."""
    return next((slot for slot in slots_of(visit, now=now) if slot.start == starts_at), None)


def refusals_of(visit: Session, starts_at: datetime, *, now: datetime) -> list[str]:
    """Why the visit cannot start then, in words; empty when it can."""
    found = _task(visit, now)
    if found is None:
        return [NO_PLACE]
    refusals = why_not(found.problem, found.course_id, found.kind, found.seq, starts_at)
    return list(dict.fromkeys(refusal_in_words(one) for one in refusals))


@dataclass(frozen=True, slots=True)
class _Task:
    """The course's problem with one visit unlocked, and that visit's number there."""

    problem: Problem
    course_id: str
    kind: Kind
    seq: int


def _task(visit: Session, now: datetime) -> _Task | None:
    """None when the visit is not planned, or its place in the course has lapsed."""
    task = course_problem(visit.course, now=now)
    if visit.status != Session.Status.PLANNED or (visit.kind, visit.seq) not in task.places.kept:
        return None
    kind = cast("Kind", visit.kind)
    seq = task.places.planner_number(visit.kind, visit.seq)
    course = task.problem.course(task.course_id)
    previous = tuple(
        replace(one, locked=one.locked and (one.kind, one.seq) != (kind, seq))
        for one in course.previous
    )
    problem = replace(task.problem, courses=(replace(course, previous=previous),))
    return _Task(problem, task.course_id, kind, seq)
