"""Every legal choice for one visit by itself: when, and with which people.

"By itself" means: hours, closures, the patient's times, a free room, free people and presence.
What ties visits together (gaps, order, spans) is the business of the path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from scheduling.planner.model import Course, Previous, VisitType, Weights
from scheduling.planner.tables import (
    BoolArray,
    FloatArray,
    IntArray,
    Tables,
    in_any_row,
    lasting,
    load_profile,
)
from scheduling.planner.wall import MINUTES_PER_DAY

People = Mapping[str, str]
Day = int
"""Days since the first date of the horizon; a locked visit may lie before it."""


@dataclass(frozen=True, slots=True)
class Options:
    """Starts in order of time (columns), teams of people (rows), and what each pair costs."""

    day: IntArray
    minute: IntArray
    teams: tuple[People, ...]
    cost: FloatArray
    """[team, start]: preference, balance and disturbance; infinite where the team is not free."""
    locked: bool = False

    @property
    def none(self) -> bool:
        """Whether there is no choice at all."""
        return not self.cost.size

    def between(self, first: Day, last: Day) -> "Options":
        """The part that lies on these days."""
        kept = slice(*np.searchsorted(self.day, [first, last + 1]))
        return replace(self, day=self.day[kept], minute=self.minute[kept], cost=self.cost[:, kept])


def free_options(
    tables: Tables, course: Course, visit: VisitType, first: Day, last: Day
) -> Options:
    """All legal choices on the days first to last, whatever the course's other visits do."""
    day, minute = _open_starts(tables, course, visit, first, last)
    start = tables.midnight[day] + minute // tables.cell
    possible = room_free(tables, visit)[start] & _presence_holds(tables, visit, start)
    day, minute, start = day[possible], minute[possible], start[possible]
    teams, free = _teams(tables, visit, start)
    used = free.any(axis=0)
    day, minute, start, free = day[used], minute[used], start[used], free[:, used]
    cost = np.where(free, _own_cost(tables, course, visit, day, start), np.inf)
    return Options(day, minute, teams, cost)


def locked_option(tables: Tables, course: Course, visit: VisitType, item: Previous) -> Options:
    """The one choice that a locked appointment leaves: itself, lawful or not."""
    wall, minute = tables.wall, tables.wall.minute(item.start)
    day = np.array([tables.day_of(wall.day(item.start))])
    start = np.array([tables.at(item.start)])
    inside = 0 <= day[0] < tables.days
    cost = _own_cost(tables, course, visit, day, start) if inside else np.zeros(1)
    return Options(day, np.array([minute]), (item.staff,), cost[None, :], locked=True)


def with_disturbance(options: Options, item: Previous, tables: Tables) -> Options:
    """The same choices, each costing more the more it changes an earlier appointment."""
    weights = tables.problem.weights
    old_day = tables.day_of(tables.wall.day(item.start))
    same_day = options.day == old_day
    same_start = same_day & (options.minute == tables.wall.minute(item.start))
    moved = np.where(same_day, weights.moved_time, weights.moved_day) * ~same_start
    swapped = np.array([swaps_anyone(team, item) for team in options.teams], bool)
    cost = options.cost + moved + np.outer(swapped, same_start) * weights.swapped
    return replace(options, cost=cost)


def swaps_anyone(team: People, item: Previous) -> bool:
    """Whether somebody of the earlier appointment is replaced."""
    return any(team.get(role) != person for role, person in item.staff.items())


def off_lead(options: Options, lead: str | None, weights: Weights) -> FloatArray:
    """[team, 1]: what it costs that somebody other than the lead therapist serves the visit."""
    others = [team.get("therapist") != lead for team in options.teams]
    return np.array(others, float)[:, None] * weights.therapist


def room_free(tables: Tables, visit: VisitType) -> BoolArray:
    """Per cell: whether a room of the right kind is free from there until the turnover is done."""
    rooms = tables.problem.rooms
    rows = [row for row, room in enumerate(rooms) if visit.room_kind in room.kinds]
    empty = tables.room_use[rows] == 0
    return in_any_row(lasting(empty, tables.cells(visit.minutes + visit.turnover_min)))


def _open_starts(
    tables: Tables, course: Course, visit: VisitType, first: Day, last: Day
) -> tuple[IntArray, IntArray]:
    """Starts on the grid within opening hours and the patient's times."""
    first = max(first, 0, tables.day_of(course.earliest))
    days = np.arange(first, max(first, min(last + 1, tables.days)))
    grid = np.arange(0, MINUTES_PER_DAY - visit.minutes, tables.problem.clinic.grid_min)
    day, minute = np.repeat(days, len(grid)), np.tile(grid, len(days))
    start = tables.midnight[day] + minute // tables.cell
    never = (*course.unavailable, *course.barred_for(visit))
    good = tables.open & tables.within(course.windows, but=never)
    legal = lasting(good, tables.cells(visit.minutes))[start]
    return day[legal], minute[legal]


def _presence_holds(tables: Tables, visit: VisitType, start: IntArray) -> BoolArray:
    """In every phase somebody of each required role is on site."""
    holds = np.ones(len(start), bool)
    at = start
    for phase in visit.phases:
        for role in phase.presence:
            holds &= lasting(tables.attended(role), tables.cells(phase.min))[at]
        at = at + tables.cells(phase.min)
    return holds


def _teams(
    tables: Tables, visit: VisitType, start: IntArray
) -> tuple[tuple[People, ...], BoolArray]:
    """Every way to give each loaded role one person, and at which starts they are all free."""
    staff, roles = tables.problem.staff, visit.roles
    single: dict[tuple[str, ...], dict[int, BoolArray]] = {}
    teams: list[People] = []
    free: list[BoolArray] = []
    for rows in product(*(tables.holders(role) for role in roles)):
        team_free = np.ones(len(start), bool)
        for row in sorted(set(rows)):
            served = tuple(role for role, who in zip(roles, rows, strict=True) if who == row)
            if served not in single:
                single[served] = _people_free(tables, visit, served, start)
            team_free &= single[served][row]
        teams.append({role: staff[row].id for role, row in zip(roles, rows, strict=True)})
        free.append(team_free)
    return tuple(teams), np.array(free, bool).reshape(len(teams), len(start))


def _people_free(
    tables: Tables, visit: VisitType, roles: tuple[str, ...], start: IntArray
) -> dict[int, BoolArray]:
    """Per row of somebody with all these roles: at which starts they can serve all of them."""
    staff = tables.problem.staff
    rows = [row for row, person in enumerate(staff) if person.roles.issuperset(roles)]
    capacity = np.array([staff[row].capacity for row in rows])[:, None]
    free = np.ones((len(rows), len(start)), bool)
    for begin, end, load in load_profile(visit, roles):
        able = (tables.load[rows] + load <= capacity) & tables.on_duty[rows]
        begin, end = tables.cells(begin), tables.cells(end)
        free &= lasting(able, end - begin)[:, start + begin]
    return dict(zip(rows, free, strict=True))


def _own_cost(
    tables: Tables, course: Course, visit: VisitType, day: IntArray, start: IntArray
) -> FloatArray:
    """What a start costs whatever else happens: the preferred times and the day's balance."""
    weights = tables.problem.weights
    cost = np.zeros(len(start))
    if course.preferred is not None:
        preferred = tables.within(course.preferred)
        liked = lasting(preferred, tables.cells(visit.minutes))[start]
        cost += np.where(liked, 0, weights.pref)
    if visit.dosing:
        cost += np.where(tables.dosing[day] >= _soft_limits(tables)[day], weights.balance, 0)
    return cost


def _soft_limits(tables: Tables) -> FloatArray:
    """Per day of the horizon, how many dosing visits it takes without cost."""
    soft = tables.problem.clinic.soft_dosing_per_day
    weekdays = (tables.first_day.weekday() + np.arange(tables.days)) % 7
    return np.array([soft.get(weekday, np.inf) for weekday in range(7)])[weekdays]
