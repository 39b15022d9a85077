"""What each visit that may move could do: keep its time with some people, or start at another."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduling.planner.check import key_of
from scheduling.planner.fixed import previous_of, standing
from scheduling.planner.model import Appointment, Course, Previous, Problem
from scheduling.planner.options import Options, free_options, swaps_anyone, with_disturbance
from scheduling.planner.rules import Days, Key, Rulebook
from scheduling.planner.share import share_of_neighbours
from scheduling.planner.tables import Tables
from scheduling.planner.vacancy import Team


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that may move, in its course."""

    course: Course
    key: Key
    type: str
    item: Previous
    book: Rulebook
    others: tuple[Appointment, ...]
    """The other visits of the course as they stand."""
    rivals: frozenset[Key]
    """Those of them that may move as well."""

    @property
    def name(self) -> tuple[str, Key]:
        """The visit's name in the whole problem."""
        return self.course.id, self.key


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a visit can do."""

    day: int
    minute: int
    start: int
    """The cell."""
    team: Team
    cost: float
    is_standing: bool
    """Whether it keeps its start."""
    is_swap: bool


def visits_of(problem: Problem) -> Iterator[Visit]:
    """Every visit that is not locked."""
    for course in problem.courses:
        open_keys = {key for key, item in previous_of(course).items() if not item.locked}
        if not open_keys:
            continue
        book, items = Rulebook(problem, course), standing(problem, course)
        earlier = previous_of(course)
        for item in items:
            key = key_of(item)
            if key in open_keys:
                others = tuple(other for other in items if other is not item)
                rivals = frozenset(open_keys - {key})
                yield Visit(course, key, item.visit, earlier[key], book, others, rivals)


def days_of(visit: Visit) -> Days:
    """The dates of the other visits of the course."""
    return {key_of(item): visit.book.wall.day(item.start) for item in visit.others}


def choices_of(tables: Tables, visit: Visit, *, moves: bool) -> list[Choice]:
    """What the visit can do beside what is fixed; without `moves`, keep its time alone."""
    days = legal_days(tables, visit) if moves else []
    own = tables.day_of(visit.book.wall.day(visit.item.start))
    every = sorted({*days, own}) if 0 <= own < tables.days else sorted(days)
    if not every:
        return []
    options = free_options(tables, visit.course, visit.type, every[0], every[-1])
    options = with_disturbance(options, visit.item, tables)
    share = share_of_neighbours(tables, visit.course, visit.key, visit.others, options)
    cost = options.cost + share
    return list(_choices(tables, visit, options, cost, set(days), own))


def _choices(
    tables: Tables, visit: Visit, options: Options, cost: np.ndarray, days: set[int], own: int
) -> Iterator[Choice]:
    minute = visit.book.wall.minute(visit.item.start)
    stands = (options.day == own) & (options.minute == minute)
    legal = stands | np.isin(options.day, list(days))
    swaps = [swaps_anyone(team.people, visit.item) for team in options.teams]
    teams, columns = np.nonzero(np.isfinite(cost) & legal)
    for team, column in zip(teams.tolist(), columns.tolist(), strict=True):
        day, at = int(options.day[column]), int(options.minute[column])
        yield Choice(
            day,
            at,
            int(tables.midnight[day]) + at // tables.cell,
            options.teams[team],
            float(cost[team, column]),
            bool(stands[column]),
            swaps[team],
        )


def legal_days(tables: Tables, visit: Visit) -> list[int]:
    """The days that the visits of the course that stay allow, whatever rooms and people."""
    known = {key: day for key, day in days_of(visit).items() if key not in visit.rivals}
    last = tables.days
    if visit.key == ("dosing", 1):
        last = min(last, tables.day_of(visit.course.latest_first) + 1)
    return [
        day
        for day in range(max(0, tables.day_of(visit.course.earliest)), last)
        if not any(
            visit.key in keys
            for _, _, keys in visit.book.tied_faults({**known, visit.key: tables.date_of(day)})
        )
    ]
