"""Every legal choice for one visit by itself: when, and with which people.

"By itself" means: hours, closures, the patient's times, a free room, free people and presence.
What ties visits together (gaps, order, spans) is the business of the path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scheduling.planner.model import Course, Previous, Weights
from scheduling.planner.tables import FloatArray, IntArray, Tables
from scheduling.planner.vacancy import Team, lasting
from scheduling.planner.wall import MINUTES_PER_DAY

People = Mapping[str, str]
Day = int
"""Days since the first date of the horizon; a locked visit may lie before it."""


class Times:
    """The starts that hours, presence and patient allow for a visit type, whoever else comes."""

    def __init__(self, tables: Tables, course: Course, visit: str, first: Day, last: Day) -> None:
        """On the days first to last."""
        self.tables, self.course, self.visit = tables, course, visit
        kind = tables.problem.visits[visit]
        first = max(first, 0, tables.day_of(course.earliest))
        days = np.arange(first, max(first, min(last + 1, tables.days)))
        grid = np.arange(0, MINUTES_PER_DAY - kind.minutes, tables.problem.clinic.grid_min)
        day, minute = np.repeat(days, len(grid)), np.tile(grid, len(days))
        start = tables.midnight[day] + minute // tables.cell
        never = (*course.unavailable, *course.barred_for(kind))
        good = tables.open & tables.within(course.windows, but=never)
        legal = lasting(good, tables.length(visit))[start] & tables.vacancy.attended(visit)[start]
        self.day, self.minute, self.start = day[legal], minute[legal], start[legal]
        self.is_dosing = kind.dosing

    @cached_property
    def dislike(self) -> FloatArray:
        """Per start: what it costs to lie outside the preferred times."""
        if self.course.preferred is None:
            return np.zeros(len(self.start))
        preferred = self.tables.within(self.course.preferred)
        liked = lasting(preferred, self.tables.length(self.visit))[self.start]
        return np.where(liked, 0.0, self.tables.problem.weights.pref)

    def options(self) -> "Options":
        """The choices that rooms and people leave as things stand."""
        tables = self.tables
        free = tables.vacancy.team_free(self.visit, self.start)
        free = free & tables.vacancy.room(self.visit)[self.start]
        price = self.dislike + tables.charge(self.visit, self.day, self.start)
        cost = np.where(free, price, np.inf)
        return Options(self.day, self.minute, tables.vacancy.teams(self.visit), cost)


@dataclass(frozen=True, slots=True)
class Options:
    """Starts in order of time (columns), teams of people (rows), and what each pair costs."""

    day: IntArray
    minute: IntArray
    teams: tuple[Team, ...]
    cost: FloatArray
    """[team, start]: preference, balance and disturbance; infinite where the team is not free."""
    locked: bool = False

    @property
    def none(self) -> bool:
        """Whether there is no choice at all."""
        return not np.isfinite(self.cost).any()

    def between(self, first: Day, last: Day) -> "Options":
        """The part that lies on these days."""
        begin, end = self.day.searchsorted([first, last + 1])
        if begin == 0 and end == len(self.day):
            return self
        kept = slice(begin, end)
        return Options(
            self.day[kept], self.minute[kept], self.teams, self.cost[:, kept], self.locked
        )


def free_options(tables: Tables, course: Course, visit: str, first: Day, last: Day) -> Options:
    """All legal choices on the days first to last, whatever the course's other visits do."""
    return Times(tables, course, visit, first, last).options()


def locked_option(tables: Tables, course: Course, visit: str, item: Previous) -> Options:
    """The one choice that a locked appointment leaves: itself, lawful or not, its day unpriced."""
    wall, minute = tables.wall, tables.wall.minute(item.start)
    day, start = tables.day_of(wall.day(item.start)), tables.at(item.start)
    cost = np.zeros((1, 1))
    if 0 <= day < tables.days and course.preferred is not None:
        stay = tables.within(course.preferred)[start : start + tables.length(visit)]
        cost += 0 if stay.all() else tables.problem.weights.pref
    team = Team(item.staff, {}, ())
    return Options(np.array([day]), np.array([minute]), (team,), cost, locked=True)


def with_disturbance(options: Options, item: Previous, tables: Tables) -> Options:
    """The same choices, each costing more the more it changes an earlier appointment."""
    weights = tables.problem.weights
    old_day = tables.day_of(tables.wall.day(item.start))
    same_day = options.day == old_day
    same_start = same_day & (options.minute == tables.wall.minute(item.start))
    moved = np.where(same_day, weights.moved_time, weights.moved_day) * ~same_start
    swapped = np.array([swaps_anyone(team.people, item) for team in options.teams], bool)
    cost = options.cost + moved + np.outer(swapped, same_start) * weights.swapped
    return replace(options, cost=cost)


def swaps_anyone(team: People, item: Previous) -> bool:
    """Whether somebody of the earlier appointment is replaced."""
    return any(team.get(role) != person for role, person in item.staff.items())


def off_lead(options: Options, lead: str | None, weights: Weights) -> FloatArray:
    """[team, 1]: what it costs that somebody other than the lead therapist serves the visit."""
    others = [team.people.get("therapist") != lead for team in options.teams]
    return np.array(others, float)[:, None] * weights.therapist
