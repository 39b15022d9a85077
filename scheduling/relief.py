"""Which single change would make a course fit that does not, with the facts to act on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scheduling.planner.claims import Claims
from scheduling.planner.fixed import everyone_else
from scheduling.planner.model import Appointment, Course, Placed, Problem, Reason
from scheduling.planner.one import (
    plan_course,
    with_free_patient,
    without_closures,
    without_leave,
    without_others,
)
from scheduling.planner.rules import Rulebook
from scheduling.planner.wall import Wall, overlaps

# How much later a start is tried before it is called out of reach.
LATER_WEEKS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Relief:
    """A change after which the course fits; only the facts of its own kind are filled."""

    reason: str
    first_dose_on: str
    latest_first_on: str = ""
    times: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    short_of: tuple[str, ...] = ()


def reliefs(problem: Problem, course_id: str) -> list[Relief]:
    """Every single change that would make the course fit, the easiest for a desk first.

    The problem's horizon must reach LATER_WEEKS past what the course itself needs.
    """
    return [found for look in (_later, _patient, _leave, _closure, _capacity)
            for found in look(problem, problem.course(course_id))]  # fmt: skip


def _placed(problem: Problem, course_id: str) -> Placed | None:
    outcome = plan_course(problem, course_id)
    return outcome if isinstance(outcome, Placed) else None


def _first_dose(problem: Problem, placed: Placed) -> date:
    wall = Wall(problem.clinic.tz)
    return min(wall.day(a.start) for a in placed.appointments if a.kind == "dosing")


def _later(problem: Problem, course: Course) -> Iterator[Relief]:
    """A later first dose, by as few weeks as help."""
    for weeks in LATER_WEEKS:
        later = replace(course, latest_first=course.latest_first + timedelta(weeks=weeks))
        wider = replace(problem, courses=(later,))
        if placed := _placed(wider, course.id):
            day = _first_dose(wider, placed)
            yield Relief(Reason.START_WINDOW, day.isoformat(), latest_first_on=day.isoformat())
            return


def _patient(problem: Problem, course: Course) -> Iterator[Relief]:
    """Times at which the patient said not to be free."""
    relaxed = with_free_patient(problem, course)
    if placed := _placed(relaxed, course.id):
        wall = Wall(problem.clinic.tz)
        outside = [a for a in placed.appointments if _patient_cannot(wall, course, a)]
        yield Relief(
            Reason.PATIENT_WINDOW,
            _first_dose(relaxed, placed).isoformat(),
            times=tuple((wall.day(a.start).isoformat(), _clock(wall, a)) for a in outside),
        )


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
        away = {person.id: person.leave for person in problem.staff}
        needed = {
            who
            for a in placed.appointments
            for who in a.staff.values()
            if overlaps((a.start, a.end), away[who])
        }
        yield Relief(
            Reason.STAFF_LEAVE,
            _first_dose(relaxed, placed).isoformat(),
            people=tuple(sorted(needed)),
        )


def _closure(problem: Problem, course: Course) -> Iterator[Relief]:
    """Closed days that the course would need."""
    relaxed = without_closures(problem, course)
    if placed := _placed(relaxed, course.id):
        wall = Wall(problem.clinic.tz)
        days = {wall.day(a.start) for a in placed.appointments} & problem.clinic.closures
        yield Relief(
            Reason.CLOSURE,
            _first_dose(relaxed, placed).isoformat(),
            dates=tuple(sorted(day.isoformat() for day in days)),
        )


def _capacity(problem: Problem, course: Course) -> Iterator[Relief]:
    """What the course would find taken: rooms, or people of a role."""
    relaxed = without_others(problem, course)
    if placed := _placed(relaxed, course.id):
        yield Relief(
            Reason.CAPACITY,
            _first_dose(relaxed, placed).isoformat(),
            short_of=tuple(sorted(_taken(problem, course, placed))),
        )


def _taken(problem: Problem, course: Course, placed: Placed) -> set[str]:
    book = Rulebook(problem, course)
    claims = Claims(book, everyone_else(problem, course.id))
    words = {"rn": "nurse time", "therapist": "therapist time", "prescriber": "prescriber time"}
    found: set[str] = set()
    for item in placed.appointments:
        visit = problem.visits[item.visit]
        if all(list(claims.room_faults(visit, item.start, room.id)) for room in problem.rooms):
            found.add(f"{visit.room_kind} rooms")
        faults = claims.team_faults(visit, item.start, item.staff)
        found.update(words[role] for role, _ in faults)
    return found
