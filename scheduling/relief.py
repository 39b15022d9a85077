"""Which single change would make a course fit that does not, with the facts to act on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from scheduling.planner.check import key_of
from scheduling.planner.claims import Claims
from scheduling.planner.fixed import everyone_else, previous_of
from scheduling.planner.model import (
    Appointment,
    Course,
    Period,
    Placed,
    Problem,
    Reason,
    Room,
    Staff,
)
from scheduling.planner.one import (
    plan_course,
    reason_unplaced,
    with_free_patient,
    with_open_start,
    without_closures,
    without_leave,
    without_others,
)
from scheduling.planner.rules import Key, Rulebook, phase_periods
from scheduling.planner.wall import MINUTES_PER_DAY, Wall, overlaps

# How much later a start is tried before it is called out of reach.
LATER_WEEKS = (1, 2, 4)
FIRST_DOSE: Key = ("dosing", 1)
# The reason on a replan where no day is left between the visits that stay.
NEIGHBOURS = "NEIGHBOURS"


@dataclass(frozen=True, slots=True)
class Relief:
    """A change after which the course fits; only the facts of its own kind are filled.

    It speaks of new visits alone: where the first dose is kept, `first_dose_on` is the day of
    the first visit that is not.
    """

    reason: str
    first_dose_on: str
    is_first_dose_kept: bool = False
    latest_first_on: str = ""
    times: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    short_of: tuple[str, ...] = ()


def reason_of(problem: Problem, course_id: str) -> str:
    """The planner's reason, or NEIGHBOURS where visits that stay leave no day at all."""
    reason, course = reason_unplaced(problem, course_id), problem.course(course_id)
    if reason is Reason.STRUCTURAL and course.previous:
        unbound = _with_room_for_all(problem, course)
        return reason.value if _placed(unbound, course_id) else NEIGHBOURS
    return reason.value


def _with_room_for_all(problem: Problem, course: Course) -> Problem:
    """As if only opening hours, the protocol and what is barred stood in the way."""
    for relaxed in (without_others, without_closures, with_free_patient, with_open_start):
        problem = relaxed(problem, problem.course(course.id))
    visits = problem.visits.values()
    roles = {r for v in visits for p in v.phases for r in (*p.load, *p.presence)}
    load = sum(units for v in visits for p in v.phases for units in p.load.values())
    always = dict.fromkeys(range(7), ((0, MINUTES_PER_DAY),))
    anybody = replace(problem.course(course.id), therapist_id=None)
    return replace(
        problem,
        rooms=(Room("room", frozenset(visit.room_kind for visit in visits)),),
        staff=(Staff("somebody", frozenset(roles), load, always),),
        courses=(anybody,),
    )


def reliefs(problem: Problem, course_id: str) -> list[Relief]:
    """Every single change that would make the course fit, the easiest for a desk first.

    The problem's horizon must reach LATER_WEEKS past what the course itself needs.
    """
    return [found for look in (_later, _patient, _leave, _closure, _capacity)
            for found in look(problem, problem.course(course_id))]  # fmt: skip


def _placed(problem: Problem, course_id: str) -> Placed | None:
    outcome = plan_course(problem, course_id)
    return outcome if isinstance(outcome, Placed) else None


def _new(course: Course, placed: Placed) -> list[Appointment]:
    """The appointments that the course did not have before."""
    kept = previous_of(course)
    return [item for item in placed.appointments if key_of(item) not in kept]


def _relief(
    problem: Problem, course: Course, placed: Placed, reason: Reason, **facts: Any
) -> Relief:
    wall, is_kept = Wall(problem.clinic.tz), FIRST_DOSE in previous_of(course)
    new = [a for a in _new(course, placed) if is_kept or a.kind == "dosing"]
    first = min(wall.day(item.start) for item in new).isoformat()
    return Relief(reason, first, is_first_dose_kept=is_kept, **facts)


def _later(problem: Problem, course: Course) -> Iterator[Relief]:
    """A later first dose, by as few weeks as help."""
    if FIRST_DOSE in previous_of(course):
        return
    for weeks in LATER_WEEKS:
        later = replace(course, latest_first=course.latest_first + timedelta(weeks=weeks))
        wider = replace(problem, courses=(later,))
        if placed := _placed(wider, course.id):
            found = _relief(wider, later, placed, Reason.START_WINDOW)
            yield replace(found, latest_first_on=found.first_dose_on)
            return


def _patient(problem: Problem, course: Course) -> Iterator[Relief]:
    """Times at which the patient said not to be free."""
    relaxed = with_free_patient(problem, course)
    if placed := _placed(relaxed, course.id):
        wall = Wall(problem.clinic.tz)
        outside = [a for a in _new(course, placed) if _patient_cannot(wall, course, a)]
        times = tuple((wall.day(a.start).isoformat(), _clock(wall, a)) for a in outside)
        yield _relief(problem, course, placed, Reason.PATIENT_WINDOW, times=times)


def _clock(wall: Wall, item: Appointment) -> str:
    hour, minute = divmod(wall.minute(item.start), 60)
    return f"{hour:02d}:{minute:02d}"


def _patient_cannot(wall: Wall, course: Course, item: Appointment) -> bool:
    period = (item.start, item.end)
    return not wall.inside(course.windows, period) or overlaps(period, course.unavailable)


def _leave(problem: Problem, course: Course) -> Iterator[Relief]:
    """People whose leave the course would need."""
    relaxed = without_leave(problem, course)
    if placed := _placed(relaxed, course.id):
        book = Rulebook(problem, course)
        needed = {who for a in _new(course, placed) for who in _on_leave(book, a)}
        if needed:
            people = tuple(sorted(needed))
            yield _relief(problem, course, placed, Reason.STAFF_LEAVE, people=people)


def _on_leave(book: Rulebook, item: Appointment) -> Iterator[str]:
    """Who serves the visit, or could keep a role on site that nobody else keeps, but is away."""
    visit = book.problem.visits[item.visit]
    absent = set(book.unattended(visit, item.start))
    lacking = [
        (role, period)
        for phase, period in phase_periods(visit, item.start)
        for role in absent & set(phase.presence)
    ]
    for person in book.problem.staff:
        serves = person.id in item.staff.values() and overlaps((item.start, item.end), person.leave)
        if serves or any(_is_missed(book, person, *lack) for lack in lacking):
            yield person.id


def _is_missed(book: Rulebook, person: Staff, role: str, period: Period) -> bool:
    """Whether leave keeps somebody of the role from being on site at the ends of the period."""
    last = period[1] - timedelta(minutes=1)
    ends = [(at, at + timedelta(minutes=1)) for at in (period[0], last)]
    back = replace(person, leave=())
    return (
        role in person.roles
        and overlaps(period, person.leave)
        and any(book.on_duty(back, end) for end in ends)
    )


def _closure(problem: Problem, course: Course) -> Iterator[Relief]:
    """Closed days that the course would need."""
    relaxed = without_closures(problem, course)
    if placed := _placed(relaxed, course.id):
        wall = Wall(problem.clinic.tz)
        days = {wall.day(a.start) for a in _new(course, placed)} & problem.clinic.closures
        dates = tuple(sorted(day.isoformat() for day in days))
        yield _relief(problem, course, placed, Reason.CLOSURE, dates=dates)


def _capacity(problem: Problem, course: Course) -> Iterator[Relief]:
    """What the course would find taken: rooms, or people of a role."""
    relaxed = without_others(problem, course)
    if placed := _placed(relaxed, course.id):
        short_of = tuple(sorted(_taken(problem, course, placed)))
        yield _relief(problem, course, placed, Reason.CAPACITY, short_of=short_of)


def _taken(problem: Problem, course: Course, placed: Placed) -> set[str]:
    book = Rulebook(problem, course)
    claims = Claims(book, everyone_else(problem, course.id))
    words = {"rn": "nurse time", "therapist": "therapist time", "prescriber": "prescriber time"}
    found: set[str] = set()
    for item in _new(course, placed):
        visit = problem.visits[item.visit]
        if all(list(claims.room_faults(visit, item.start, room.id)) for room in problem.rooms):
            found.add(f"{visit.room_kind} rooms")
        faults = claims.team_faults(visit, item.start, item.staff)
        found.update(words[role] for role, _ in faults)
    return found
