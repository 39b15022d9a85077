"""Mending a book with the fewest moves: a whole-number programme over single visits.

Visits that cannot stay as they are (`hit`) and those around them that may give way stand in their
courses; each either keeps its time, with the same people or others, or has another start on a day
that the rest of its course allows, or (a hit one alone) is lost. Nobody carries more than they
can, no kind of room is overbooked, and two visits of one course that both move keep their ties.

It is solved twice: first for the fewest visits lost and then moved, which is proven; then, with no
more of these, for what the objective calls cheapest. Rooms are given out last; where that fails,
the start that failed is ruled out and all is solved again.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from scheduling.planner.choices import Choice, Visit, choices_of, visits_of
from scheduling.planner.fixed import Use
from scheduling.planner.housing import house
from scheduling.planner.longer import extended, minutes_longer
from scheduling.planner.mend_model import Answer, Model
from scheduling.planner.model import RN, Appointment, Problem, appointment_end
from scheduling.planner.rules import Key
from scheduling.planner.schedule import locked_visits
from scheduling.planner.tables import Tables

Name = tuple[str, Key]
"""A course and one of its visits."""
HOUSING_ROUNDS, ATTEMPTS = 6, 4
FEW, EVERY = 150, 10**9
"""How many other starts, with people, a visit is given to choose from at first, and in the end."""
MOST_SECONDS = 60.0


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True, slots=True)
class Mended:
    """Where every visit that may move goes, and which have no place."""

    places: Mapping[Name, Appointment]
    lost: tuple[Name, ...]
    moved: tuple[Name, ...]
    """Those with another start."""
    swapped: tuple[Name, ...]
    """Those with other people at the same start."""
    least: int
    """At least so many visits move or are lost, whatever else is done."""
    longer: Mapping[tuple[str, date], tuple[int, int]] = field(default_factory=dict)
    """How many minutes before and after their shift somebody works on a date."""
    seconds: float = 0.0

    @property
    def is_proven(self) -> bool:
        """Whether nothing else could leave more visits where they are."""
        return len(self.lost) + len(self.moved) == self.least


def mend(
    problem: Problem,
    hit: Collection[Name],
    *,
    seconds: float = MOST_SECONDS,
    minutes_more: int = 0,
    others_give_way: bool = True,
    unless: int | None = None,
    barred: Collection[tuple[Name, date]] = (),
    cancelled: Callable[[], bool] = never,
    clock: Callable[[], float] = time.monotonic,
) -> Mended | None:
    """The repair that loses fewest visits, then moves fewest, then costs least.

    Of each course the visits in `previous` that are not locked may move; of these the `hit` ones
    may be lost; the others move where that saves more moves, unless they shall not. No visit goes
    to a date on which it is `barred`. With `minutes_more`, nurses may work so much longer before or
    after their shift on the days of hit visits, at a cost per minute. None when it was cancelled or
    out of time before there was an answer, or where not fewer than `unless` can be moved or lost.
    """
    search = _Mending(
        problem, frozenset(hit), minutes_more, frozenset(barred), others=others_give_way
    )
    return search.run(_Patience(clock() + seconds, cancelled, clock), clock, unless)


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long there is, and whether somebody cancelled."""

    until: float
    cancelled: Callable[[], bool]
    clock: Callable[[], float]

    @property
    def left(self) -> float:
        return max(0.0, self.until - self.clock())

    @property
    def is_over(self) -> bool:
        return self.cancelled() or self.left <= 0


class _Mending:
    def __init__(
        self,
        problem: Problem,
        hit: frozenset[Name],
        minutes_more: int,
        barred: frozenset[tuple[Name, date]],
        *,
        others: bool,
    ) -> None:
        self.problem, self.hit, self.barred, self.others = problem, hit, barred, others
        self._known: dict[tuple[Name, bool], list[Choice]] = {}
        fixed: list[Use] = [*problem.bookings, *locked_visits(problem)]
        self.usual = Tables(problem, fixed)
        self.tables = self.usual
        if minutes_more:
            days = {self.usual.wall.day(visit.item.start) for visit in visits_of(problem)
                    if visit.name in hit}  # fmt: skip
            wider = extended(problem, days, minutes_more, role=RN)
            self.tables = Tables(wider, fixed)
        self.visits = list(visits_of(problem))

    def run(
        self, patience: _Patience, clock: Callable[[], float], unless: int | None
    ) -> Mended | None:
        started = clock()
        least, gone = self._least(patience)
        if least is None or (unless is not None and least >= unless):
            return None
        found: _Found | None = None
        for attempt in range(ATTEMPTS):
            free, most = self._freedom(attempt, gone, found)
            if patience.is_over:
                break
            better = self._solved(free, most, patience)
            if better is not None and (found is None or better.rank < found.rank):
                found = better
            if found is not None and found.rank == (0, least):
                break
        return None if found is None else self._mended(found, least, clock() - started)

    def _freedom(
        self, attempt: int, gone: frozenset[Name], found: "_Found | None"
    ) -> tuple[frozenset[Name], int]:
        """Which visits may take another start, and how many of the cheapest: ever more. At last
        the other visits of who would be lost move too, where others may."""
        near = self.hit | gone
        if attempt == 0:
            return near, FEW
        if attempt == 1 or not self.others:
            return near, EVERY
        stay = {visit.name for visit, _ in found.answer.chosen} if found else set()
        losers = {visit.course.id for visit in self.visits if visit.name not in stay}
        own = {visit.name for visit in self.visits if visit.course.id in losers}
        if attempt == 2 and own:
            return near | own, FEW
        return frozenset(visit.name for visit in self.visits), FEW // 3

    def _least(self, patience: _Patience) -> tuple[int | None, frozenset[Name]]:
        """How many visits must leave their time, wherever they could go: a bound for every
        repair; and which do in a plan that keeps all others."""
        model = Model(self.tables, self.usual)
        for visit in self.visits:
            can_leave = self.others or visit.name in self.hit
            model.add(visit, self._choices(visit, most=0), can_leave=can_leave)
        answer = model.fewest(patience.left, patience.cancelled)
        if answer is None:
            return None, frozenset()
        stay = {visit.name for visit, _ in answer.chosen}
        return answer.bound, frozenset(visit.name for visit in self.visits) - stay

    def _solved(self, free: frozenset[Name], most: int, patience: _Patience) -> "_Found | None":
        """The best where these may move and the others swap people alone."""
        barred: set[tuple[Name, int]] = set()
        for _ in range(HOUSING_ROUNDS):
            answer = self._answer(free, most, barred, patience)
            if answer is None:
                return None
            rooms, homeless = house(self.tables, answer.chosen)
            if not homeless:
                return _Found(answer, rooms)
            barred |= {(visit.name, choice.start) for visit, choice in homeless}
        return None

    def _answer(
        self,
        free: frozenset[Name],
        most: int,
        barred: set[tuple[Name, int]],
        patience: _Patience,
    ) -> Answer | None:
        model = Model(self.tables, self.usual)
        for visit in self.visits:
            choices = [
                choice
                for choice in self._choices(visit, most=most if visit.name in free else 0)
                if (visit.name, choice.start) not in barred
            ]
            model.add(visit, choices, can_leave=visit.name in self.hit)
        model.keep_ties()
        return model.cheapest(patience.left, patience.cancelled)

    def _choices(self, visit: Visit, *, most: int) -> list[Choice]:
        if (visit.name, most > 0) not in self._known:
            self._known[visit.name, most > 0] = self._all_choices(visit, moves=most > 0)
        found = self._known[visit.name, most > 0]
        stands = [choice for choice in found if choice.is_standing]
        return stands + [choice for choice in found if not choice.is_standing][:most]

    def _all_choices(self, visit: Visit, *, moves: bool) -> list[Choice]:
        """The cheapest first."""
        found = choices_of(self.tables, visit, moves=moves)
        found.sort(key=lambda choice: choice.cost)
        off = {day for name, day in self.barred if name == visit.name}
        if not off:
            return found
        return [c for c in found if c.is_standing or self.tables.date_of(c.day) not in off]

    def _mended(self, found: "_Found", least: int, seconds: float) -> Mended:
        chosen = found.answer.chosen
        names = {visit.name for visit, _ in chosen}
        places = {
            visit.name: self._appointment(visit, choice, room)
            for (visit, choice), room in zip(chosen, found.rooms, strict=True)
        }
        return Mended(
            places=places,
            lost=tuple(visit.name for visit in self.visits if visit.name not in names),
            moved=tuple(visit.name for visit, choice in chosen if not choice.is_standing),
            swapped=tuple(v.name for v, choice in chosen if choice.is_standing and choice.is_swap),
            least=least,
            longer=minutes_longer(self.usual, self.tables, places.values()),
            seconds=seconds,
        )

    def _appointment(self, visit: Visit, choice: Choice, room: int) -> Appointment:
        start = self.tables.instant(choice.day, choice.minute)
        return Appointment(
            *visit.key,
            visit.type,
            start,
            appointment_end(self.problem.visits[visit.type], start),
            self.problem.rooms[room].id,
            dict(choice.team.people),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    answer: Answer
    rooms: list[int]

    @property
    def rank(self) -> tuple[int, int]:
        return self.answer.lost, self.answer.moved
