"""The plan of one course that meets a wish and changes least else: pure, exact.

The planner of one course finds the cheapest plan; with weights that make a visit's move dearer
than anything else in the objective, the cheapest plan is one with the fewest moves, and among
those the best.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from scheduling.planner.check import key_of
from scheduling.planner.claims import Claims
from scheduling.planner.fixed import everyone_else, previous_of, standing
from scheduling.planner.model import Appointment, Course, Placed, Previous, Problem
from scheduling.planner.rules import Key, Rulebook
from scheduling.planner.search import best_placement
from scheduling.planner.slots import Slot, visit_slots
from scheduling.planner.tables import Tables
from scheduling.planner.wall import Wall

# One move costs more than all else in a course can; another person for a visit that stays, more
# than any gain from it.
ONE_MOVE, ONE_SWAP = 1_000_000, 10_000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A visit at a time, or (without one) planned anew on some day from `not_before` on."""

    key: Key
    start: datetime | None = None
    not_before: date | None = None


def place_at(problem: Problem, course_id: str, wish: Wish, fixed: Collection[Key]) -> Slot | None:
    """Room and people for the visit at the wished time, whatever has to give way to it.

    Those that suit the course as it stands come first, then those beside what cannot move.
    """
    others = [set(previous_of(problem.course(course_id))), set(fixed)]
    that_day = _on_its_day_alone(problem, course_id, wish)
    for kept in others:
        beside = with_previous(that_day, course_id, _only(problem, course_id, kept | {wish.key}))
        slots = visit_slots(beside, course_id, *wish.key)
        if found := next((slot for slot in slots if slot.start == wish.start), None):
            return found
    return None


def _on_its_day_alone(problem: Problem, course_id: str, wish: Wish) -> Problem:
    """The problem with every other day barred, so that no slot is priced there."""
    wall, (first, end) = Wall(problem.clinic.tz), problem.clinic.horizon
    day = wall.day(wish.start) if wish.start else first
    if not first <= day < end:
        return problem
    barred = [(wall.instant(first, 0), wall.instant(day, 0)),
              (wall.instant(day + ONE_DAY, 0), wall.instant(end, 0))]  # fmt: skip
    course = problem.course(course_id)
    alone = replace(course, barred=(*course.barred, *(one for one in barred if one[0] < one[1])))
    return replace(problem, courses=tuple(_instead(problem.courses, alone)))


def beside_fixed(problem: Problem, course_id: str, wish: Wish, fixed: Collection[Key]) -> Problem:
    """The problem in which the wished visit stands beside nothing but what cannot move."""
    kept = _only(problem, course_id, {*fixed, wish.key})
    return with_previous(problem, course_id, kept)


def with_previous(problem: Problem, course_id: str, previous: Iterable[Previous]) -> Problem:
    """The problem in which the course stood so before."""
    changed = replace(problem.course(course_id), previous=tuple(previous))
    courses = tuple(changed if one.id == course_id else one for one in problem.courses)
    return replace(problem, courses=courses)


def _only(problem: Problem, course_id: str, kept: Collection[Key]) -> Iterator[Previous]:
    for key, item in previous_of(problem.course(course_id)).items():
        if key in kept:
            yield replace(item, locked=False)


def least_change(
    problem: Problem, course_id: str, wish: Wish, *, fixed: Collection[Key], slot: Slot | None
) -> Placed | None:
    """The plan that meets the wish with the fewest other visits moved; None where there is none.

    What already breaks a rule for another cause stays as it is, unless it has to move. `slot` is
    the place of a visit that is wished at a time.
    """
    with_wish = _with_wish(problem, course_id, wish, slot)
    for stays in dict.fromkeys([frozenset(broken(with_wish, course_id, wish.key)), frozenset()]):
        stiff = asked(problem, course_id, wish, fixed={*fixed, *stays}, slot=slot)
        tables = Tables(stiff, everyone_else(stiff, course_id))
        if placed := best_placement(tables, stiff.course(course_id)):
            return placed
    return None


def asked(
    problem: Problem, course_id: str, wish: Wish, *, fixed: Collection[Key], slot: Slot | None
) -> Problem:
    """The problem that has the wish met, with what cannot move locked, and every move dear."""
    with_wish = _with_wish(problem, course_id, wish, slot)
    locked = {*fixed, wish.key}
    if slot is None:
        locked |= _before(with_wish, course_id, wish)
    previous = [
        replace(item, locked=(item.kind, item.seq) in locked)
        for item in with_wish.course(course_id).previous
    ]
    return _stiff(with_previous(with_wish, course_id, previous))


def _stiff(problem: Problem) -> Problem:
    weights = problem.weights
    stiff = replace(
        weights,
        moved_day=ONE_MOVE + weights.moved_day,
        moved_time=ONE_MOVE + weights.moved_time,
        swapped=ONE_SWAP + weights.swapped,
    )
    return replace(problem, weights=stiff)


def _with_wish(problem: Problem, course_id: str, wish: Wish, slot: Slot | None) -> Problem:
    """The course with the wished visit at its slot, or open and free from a day on."""
    course = problem.course(course_id)
    kept = [one for one in course.previous if (one.kind, one.seq) != wish.key]
    if slot is not None:
        kept.append(Previous(*wish.key, slot.start, slot.room_id, slot.staff, locked=True))
        return with_previous(problem, course_id, kept)
    opened = with_previous(problem, course_id, kept)
    barred = (*course.barred, *_until(problem, wish.not_before))
    later = replace(opened.course(course_id), barred=barred)
    return replace(opened, courses=tuple(_instead(opened.courses, later)))


def _instead(courses: Iterable[Course], changed: Course) -> Iterator[Course]:
    for course in courses:
        yield changed if course.id == changed.id else course


def _until(problem: Problem, day: date | None) -> Iterator[tuple[datetime, datetime]]:
    """The time from the horizon's begin to that day's."""
    wall, first = Wall(problem.clinic.tz), problem.clinic.horizon[0]
    if day is not None and day > first:
        yield wall.instant(first, 0), wall.instant(day, 0)


def _before(problem: Problem, course_id: str, wish: Wish) -> set[Key]:
    """The visits that come before the wished one in the course: nothing makes them move."""
    chain = [(kind, seq) for kind, seq, _ in problem.protocol_of(problem.course(course_id)).chain]
    return set(chain[: chain.index(wish.key)])


def broken(problem: Problem, course_id: str, wished: Key) -> set[Key]:
    """The visits that break a rule where they stand, without any share of the wished one."""
    course = problem.course(course_id)
    book = Rulebook(problem, replace(course, previous=()))
    claims = Claims(book, everyone_else(problem, course_id))
    items = [item for item in standing(problem, course) if key_of(item) != wished]
    found = {key_of(item) for item in items if _breaks(book, claims, item)}
    days = {key_of(item): book.wall.day(item.start) for item in items}
    return found | {key for _, _, pair in book.tied_faults(days) for key in pair}


def _breaks(book: Rulebook, claims: Claims, item: Appointment) -> bool:
    visit = book.problem.visits[item.visit]
    return (
        any(book.time_faults(key_of(item), visit, item.start))
        or any(claims.room_faults(visit, item.start, item.room_id))
        or any(claims.team_faults(visit, item.start, item.staff))
    )


def moved_keys(problem: Problem, course_id: str, appointments: Iterable[Appointment]) -> list[Key]:
    """The visits that have another time, room or people than before, in the order given."""
    earlier = previous_of(problem.course(course_id))
    return [key_of(item) for item in appointments if _differs(earlier.get(key_of(item)), item)]


def _differs(before: Previous | None, now: Appointment) -> bool:
    if before is None:
        return True
    people = {role: now.staff.get(role) for role in before.staff}
    return (before.start, before.room_id, dict(before.staff)) != (now.start, now.room_id, people)
