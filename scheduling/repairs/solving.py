"""The ways to mend a site's book: what the planner finds, checked against the caps of doses."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

from clinic.errors import DomainError
from courses.models import Course
from courses.selectors import definition_of
from scheduling.planner.mending import Mended, Name, mend
from scheduling.planner.model import Appointment
from scheduling.repairs.models import RepairWay
from scheduling.repairs.problem import Mending
from scheduling.services.capping import BookedDose, refuse_beyond_caps

How = RepairWay.How
# How much longer than the shift somebody may be asked to stay [dd].
MOST_LONGER = 60
CAP_ROUNDS = 3
# Each way is looked for at least so long.
LEAST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """One way, as the planner found it."""

    how: RepairWay.How
    mended: Mended


@dataclass(frozen=True, slots=True)
class Asking:
    """How long to look, whom to tell, and whether to stop."""

    seconds: float
    started: Callable[[RepairWay.How], None]
    cancelled: Callable[[], bool]
    within: Callable[[], object]
    """A transaction in which the database may be asked."""


def ways_to_mend(task: Mending, asking: Asking) -> Iterator[Found]:
    """The way with the fewest moves; then one in which nobody else moves, and one in which
    somebody works longer, where these are other ways and the last spares a move."""
    until = time.monotonic() + asking.seconds
    first = _within_caps(task, asking, until, How.FEWEST)
    if first is None:
        return
    yield Found(How.FEWEST, first)
    if set(first.moved) - task.hit:
        only = _within_caps(task, asking, until, How.HIT_ONLY, others_give_way=False)
        if only is not None and len(only.lost) <= len(first.lost):
            yield Found(How.HIT_ONLY, only)
    disturbed = len(first.lost) + len(first.moved)
    if disturbed:
        longer = _within_caps(
            task, asking, until, How.LONGER, minutes_more=MOST_LONGER, unless=disturbed
        )
        if longer is not None and _disturbed(longer) < disturbed and longer.longer:
            yield Found(How.LONGER, longer)


def _disturbed(mended: Mended) -> int:
    return len(mended.lost) + len(mended.moved)


def _within_caps(
    task: Mending,
    asking: Asking,
    until: float,
    how: RepairWay.How,
    *,
    others_give_way: bool = True,
    minutes_more: int = 0,
    unless: int | None = None,
) -> Mended | None:
    """The best plan whose doses no cap forbids (DOMAIN 2.10), nor another course of the person."""
    asking.started(how)
    barred: set[tuple[Name, date]] = set()
    for _ in range(CAP_ROUNDS):
        mended = mend(
            task.problem,
            task.hit,
            seconds=max(until - time.monotonic(), LEAST_SECONDS),
            others_give_way=others_give_way,
            minutes_more=minutes_more,
            unless=unless,
            barred=barred,
            cancelled=asking.cancelled,
        )
        refused = _refused(task, asking, mended) if mended else set()
        if not refused:
            return mended
        barred |= refused
    return None


def _refused(task: Mending, asking: Asking, mended: Mended) -> set[tuple[Name, date]]:
    return {*_beyond_caps(task, asking, mended), *_clashing(task, mended)}


def _clashing(task: Mending, mended: Mended) -> Iterator[tuple[Name, date]]:
    """Where a person's two courses both move: the days of one on which the other stands now."""
    of_person: dict[str, list[Name]] = defaultdict(list)
    for name in sorted(mended.moved, key=lambda name: (mended.places[name].start, name)):
        of_person[task.problem.course(name[0]).patient_id].append(name)
    for names in of_person.values():
        for one, other in combinations(names, 2):
            if one[0] != other[0]:
                yield from _too_near(task, mended, one, other)


def _too_near(task: Mending, mended: Mended, one: Name, other: Name) -> Iterator[tuple[Name, date]]:
    first, second = mended.places[one], mended.places[other]
    on, then = _day(task, first), _day(task, second)
    if one[1][0] == other[1][0] == "dosing":
        before, after = _gap(task, other), _gap(task, one)
        if then - on < after:
            days = (after + before).days - 1
            yield from ((other, on - before + timedelta(days=n + 1)) for n in range(days))
    elif second.start < first.end:
        yield other, then


def _gap(task: Mending, name: Name) -> timedelta:
    version = task.visits[name].visit.course.protocol_version
    return timedelta(days=max(1, definition_of(version).min_gap_days))


def _beyond_caps(task: Mending, asking: Asking, mended: Mended) -> Iterator[tuple[Name, date]]:
    """The moved doses that a cap forbids on their new days."""
    by_course: dict[str, dict[Name, BookedDose]] = defaultdict(dict)
    for name in mended.moved:
        if name[1][0] == "dosing":
            by_course[name[0]][name] = dose_of(task, name, _day(task, mended.places[name]))
    doses = [dose for found in by_course.values() for dose in found.values()]
    # A person's other course counts on its new days too.
    moved = {dose.visit_id: dose.on for dose in doses if dose.visit_id}
    with asking.within():  # type: ignore[attr-defined]
        for _, booked in sorted(by_course.items()):
            course = task.visits[next(iter(booked))].visit.course
            if _is_refused(course, list(booked.values()), moved):
                yield from ((name, dose.on) for name, dose in booked.items())


def _day(task: Mending, item: Appointment) -> date:
    return item.start.astimezone(task.days_zone).date()


def dose_of(task: Mending, name: Name, on: date) -> BookedDose:
    """The dose as it would be booked."""
    visit = task.visits[name].visit
    return BookedDose(visit.seq, on, visit.pk)


def _is_refused(course: Course, doses: list[BookedDose], moved: Mapping[UUID, date]) -> bool:
    try:
        refuse_beyond_caps(course, doses, moved=moved)
    except DomainError:
        return True
    return False
