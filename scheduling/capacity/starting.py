"""How many courses could start in one week beside all that is booked: pure planning.

Courses of somebody who can always come are placed one after the other, each exactly, until none
fits. Then the same is planned with one kind of limit out of the way, and with one thing more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scheduling.planner.course import Frame
from scheduling.planner.fixed import everyone_else
from scheduling.planner.model import RN, THERAPIST, Problem, Protocol, Room, Staff, VisitType
from scheduling.planner.search import best_draft, floor_of
from scheduling.planner.tables import Tables
from scheduling.planner.wall import MINUTES_PER_DAY

PRESCRIBER = "prescriber"
NEW_NURSE, NEW_CHAIR = "one-more-nurse", "one-more-chair"
ALWAYS = dict.fromkeys(range(7), ((0, MINUTES_PER_DAY),))
# More than any number of courses could load on one person.
UNLIMITED = 10_000

Told = Callable[[], None]


class Limit(StrEnum):
    """What can hold courses back."""

    CHAIRS = "CHAIRS"
    NURSES = "NURSES"
    PRESCRIBER = "PRESCRIBER"
    THERAPISTS = "THERAPISTS"
    ROOMS = "ROOMS"


ROLES = {Limit.NURSES: RN, Limit.PRESCRIBER: PRESCRIBER, Limit.THERAPISTS: THERAPIST}


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """How many courses could start in a week: as things stand, and were they otherwise."""

    count: int
    most: int
    """How far was counted."""
    is_capped: bool = False
    """Counting stopped here, not the site."""
    alone: dict[str, int] = field(default_factory=dict)
    """Per limit that the protocol meets, how many without it."""
    together: int | None = None
    """How many without all of them; asked only where none alone helps."""
    with_nurse: int | None = None
    nurse_id: str | None = None
    """Whose week the nurse more would work."""
    with_chair: int | None = None


def week_figures(problem: Problem, *, most: int, tell: Told) -> WeekFigures:
    """All that is asked of one week; `tell` is called before each plan, and may raise."""
    count = starts(problem, most=most, tell=tell)
    if count >= most:
        return WeekFigures(count, most, is_capped=True)

    def starts_with(changed: Problem) -> int:
        # What fits as things stand still fits where there is more.
        return max(count, starts(changed, most=most, tell=tell))

    limits = limits_of(problem)
    alone = {limit.value: starts_with(without(problem, limit, most)) for limit in limits}
    nurse = most_used_nurse(problem)
    return WeekFigures(
        count,
        most,
        alone=alone,
        together=starts_with(without_all(problem, most)) if max(alone.values()) == count else None,
        with_nurse=starts_with(with_nurse_like(problem, nurse)) if nurse else None,
        nurse_id=nurse.id if nurse else None,
        with_chair=starts_with(with_chair(problem)),
    )


def starts(problem: Problem, *, most: int, tell: Told) -> int:
    """How many courses like the problem's only one fit beside its bookings, at most so many."""
    (course,) = problem.courses
    tables = Tables(problem, everyone_else(problem, course.id))
    frame = Frame(tables, course)
    # Nothing ever costs less than in the emptiest calendar.
    floor = floor_of(frame)
    for count in range(most):
        tell()
        draft = best_draft(frame, floor)
        if draft is None:
            return count
        tables.take(draft.taken)
    return most


# --- Which limits there are ---


def _protocol(problem: Problem) -> Protocol:
    return problem.protocol_of(problem.courses[0])


def _visits(problem: Problem) -> list[VisitType]:
    """The visit types of the course, each once."""
    names = dict.fromkeys(visit for _, _, visit in _protocol(problem).chain)
    return [problem.visits[name] for name in names]


def _kinds(problem: Problem, limit: Limit) -> frozenset[str]:
    """The kinds of rooms of treatment, or those of talks alone."""
    chairs = frozenset(visit.room_kind for visit in _visits(problem) if visit.dosing)
    if limit is Limit.CHAIRS:
        return chairs
    return frozenset(visit.room_kind for visit in _visits(problem)) - chairs


def _roles(problem: Problem) -> set[str]:
    phases = [phase for visit in _visits(problem) for phase in visit.phases]
    loaded = {role for phase in phases for role, units in phase.load.items() if units}
    return loaded | {role for phase in phases for role in phase.presence}


def limits_of(problem: Problem) -> list[Limit]:
    """The limits that the protocol can meet at all."""
    roles = _roles(problem)
    return [
        limit
        for limit in Limit
        if (ROLES[limit] in roles if limit in ROLES else _kinds(problem, limit))
    ]


# --- Were things otherwise ---


def without(problem: Problem, limit: Limit, most: int) -> Problem:
    """As if there were always enough of it, for so many courses."""
    if limit in ROLES:
        somebody = Staff(f"any-{limit}", frozenset([ROLES[limit]]), UNLIMITED, ALWAYS)
        return replace(problem, staff=(*problem.staff, somebody))
    kinds = _kinds(problem, limit)
    more = (Room(f"any-{limit}-{number}", kinds) for number in range(most))
    return replace(problem, rooms=(*problem.rooms, *more))


def without_all(problem: Problem, most: int) -> Problem:
    """As if there were always enough of everything but opening hours."""
    for limit in limits_of(problem):
        problem = without(problem, limit, most)
    return problem


def with_chair(problem: Problem) -> Problem:
    """With one room more for the protocol's treatments."""
    room = Room(NEW_CHAIR, _kinds(problem, Limit.CHAIRS))
    return replace(problem, rooms=(*problem.rooms, room))


def with_nurse_like(problem: Problem, nurse: Staff) -> Problem:
    """With one nurse more, who works the same weeks and has nothing else to do."""
    copy = replace(nurse, id=NEW_NURSE, roles=frozenset([RN]), leave=(), busy=())
    return replace(problem, staff=(*problem.staff, copy))


def most_used_nurse(problem: Problem) -> Staff | None:
    """The nurse who carries most in the book; of equals, who works longest. None without any."""
    carried = dict.fromkeys((person.id for person in problem.staff), 0)
    for person, work in _work_of_nurses(problem):
        carried[person] = carried.get(person, 0) + work
    nurses = [p for p in problem.staff if RN in p.roles and _minutes(p)]
    return max(nurses, key=lambda p: (carried[p.id], _minutes(p), p.id), default=None)


def _work_of_nurses(problem: Problem) -> Iterator[tuple[str, int]]:
    """(person, load times minutes) of every booking."""
    loads = {
        name: sum(phase.min * phase.load.get(RN, 0) for phase in visit.phases)
        for name, visit in problem.visits.items()
    }
    for booking in problem.bookings:
        if nurse := booking.staff.get(RN):
            yield nurse, loads[booking.visit]


def _minutes(person: Staff) -> int:
    """A usual week's minutes on shift."""
    return sum(end - start for spans in person.shifts.values() for start, end in spans)
