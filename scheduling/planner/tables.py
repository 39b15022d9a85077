"""The clinic's time as tables: a column per grid cell of elapsed time, a row per room or person.

A cell is a few minutes of real (UTC) time, so a clock change merely shifts where the next day
begins; `midnight[day]` says where. Whether a stretch of cells is free is then asked for all starts
of all rooms or people at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from scheduling.planner.fixed import Use
from scheduling.planner.model import Dated, Period, Problem, VisitType, Weekly
from scheduling.planner.vacancy import Roles, Vacancy, load_profile
from scheduling.planner.wall import CLOSED_UNTIL, MINUTES_PER_DAY, Wall

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
LoadTable = npt.NDArray[np.int16]
Profile = tuple[tuple[int, int, int], ...]
"""(from, to, load) in minutes after the start, for one person in one visit."""


def epoch_minute(instant: datetime) -> int:
    """Whole minutes since 1970, rounded down."""
    return int(instant.timestamp()) // 60


def epoch_minutes(uses: Iterable[Use]) -> IntArray:
    """The same for the starts of many visits."""
    return np.array([use.start.timestamp() for use in uses], np.int64) // 60


def by_visit(problem: Problem, uses: Iterable[Use]) -> dict[str, list[Use]]:
    """The uses of each visit type."""
    alike: dict[str, list[Use]] = {name: [] for name in problem.visits}
    for use in uses:
        alike[use.visit].append(use)
    return alike


def in_any_row(table: BoolArray) -> BoolArray:
    """Per cell: whether it is set for at least one row."""
    return np.asarray(table.any(axis=0))


class Prices(Protocol):
    """What taking a day, a room and people costs, beside the objective."""

    def charge(self, visit: str, day: IntArray, start: IntArray) -> FloatArray:
        """[team or 1, start]: the price of a visit of that type."""


@dataclass(frozen=True, slots=True)
class Seats:
    """What the visits of one type in one course take; each is on a day of its own."""

    visit: str
    start: IntArray
    rooms: IntArray
    """A row per start; none where the room is gone."""
    people: tuple[tuple[Roles, IntArray, IntArray], ...]
    """(roles, starts, rows of who serves them together)."""


class Tables:
    """Who and what is free when, for one problem and what is fixed in it."""

    def __init__(self, problem: Problem, fixed: Sequence[Use]) -> None:
        self.problem = problem
        self.wall = Wall(problem.clinic.tz)
        self.first_day, end_day = problem.clinic.horizon
        self.days = (end_day - self.first_day).days
        midnights = np.array([self._midnight(day) for day in range(self.days + 1)], np.int64)
        self.origin = int(midnights[0])
        alike = by_visit(problem, fixed)
        minutes = {name: epoch_minutes(uses) for name, uses in alike.items()}
        self.cell = self._cell_minutes(np.concatenate([midnights, *minutes.values()]))
        self.midnight: IntArray = (midnights - self.origin) // self.cell
        self._night = CLOSED_UNTIL // self.cell
        self._dawn = self.midnight + self._night
        longest = max((v.minutes + v.turnover_min for v in problem.visits.values()), default=0)
        self.size = (self.days + 1) * MINUTES_PER_DAY // self.cell + self.cells(longest)
        self.room_row = {room.id: row for row, room in enumerate(problem.rooms)}
        self.staff_row = {person.id: row for row, person in enumerate(problem.staff)}
        self.room_use = np.zeros((len(problem.rooms), self.size), np.int16)
        self.load = np.zeros((len(problem.staff), self.size), np.int16)
        self.dosing = np.zeros(self.days, np.int64)
        self.capacity = np.array([person.capacity for person in problem.staff], np.int16)
        self._claims = {name: self._claims_of(visit) for name, visit in problem.visits.items()}
        self._rooms_of: dict[str, IntArray] = {}
        self._profiles: dict[tuple[str, Roles], Profile] = {}
        for name, uses in alike.items():
            self._begin_and_end(name, uses, minutes[name])
        for table in (self.room_use, self.load):
            np.cumsum(table, axis=1, out=table)
        self._block_rooms()
        self.vacancy = Vacancy(self)
        self.prices: Prices | None = None

    def _midnight(self, day: int) -> int:
        return epoch_minute(self.wall.midnight(self.date_of(day)))

    def _cell_minutes(self, moments: IntArray) -> int:
        """The coarsest cell in which every start, phase and day begins at a cell's edge."""
        visits = self.problem.visits.values()
        edges = {self.problem.clinic.grid_min, *(visit.turnover_min for visit in visits)}
        edges.update(phase.min for visit in visits for phase in visit.phases)
        return int(np.gcd.reduce([*edges, np.gcd.reduce(moments - self.origin)]))

    def _claims_of(self, visit: VisitType) -> tuple[int, list[tuple[str, Profile]]]:
        """How long a visit takes its room, and what it loads on each role, in cells."""
        people = [(role, self._in_cells(load_profile(visit, (role,)))) for role in visit.roles]
        return self.cells(visit.minutes + visit.turnover_min), people

    def _in_cells(self, profile: Profile) -> Profile:
        return tuple((self.cells(a), self.cells(b), load) for a, b, load in profile)

    def _block_rooms(self) -> None:
        for row, room in enumerate(self.problem.rooms):
            for period in room.blocked:
                self.room_use[row, self._covering(period)] += 1

    def cells(self, minutes: int) -> int:
        """Whole cells in so many minutes, rounded up."""
        return -(-minutes // self.cell)

    def stay(self, visit: str) -> int:
        """For how many cells a visit takes its room, turnover included."""
        return self._claims[visit][0]

    def length(self, visit: str) -> int:
        """For how many cells the patient stays."""
        return self.cells(self.problem.visits[visit].minutes)

    def profile(self, visit: str, roles: Roles) -> Profile:
        """(from, to, load) in cells, for somebody who serves all these roles of the visit."""
        if (visit, roles) not in self._profiles:
            minutes = load_profile(self.problem.visits[visit], roles)
            self._profiles[visit, roles] = self._in_cells(minutes)
        return self._profiles[visit, roles]

    def kinds(self, row: int) -> frozenset[str]:
        """What visits the room of that row is for."""
        return self.problem.rooms[row].kinds

    def rooms_for(self, visit: str) -> IntArray:
        """Rows of the rooms of the visit's kind, in the order of the problem."""
        kind = self.problem.visits[visit].room_kind
        if kind not in self._rooms_of:
            rows = [row for row, room in enumerate(self.problem.rooms) if kind in room.kinds]
            self._rooms_of[kind] = np.array(rows, np.int64)
        return self._rooms_of[kind]

    def date_of(self, day: int) -> date:
        """The local date of a day number."""
        return self.first_day + timedelta(days=day)

    def day_of(self, on: date) -> int:
        """The number of a local date: days since the horizon began."""
        return (on - self.first_day).days

    def instant(self, day: int, minute: int) -> datetime:
        """The UTC instant of a wall-clock minute of a day."""
        return self.wall.instant(self.date_of(day), minute)

    def at(self, instant: datetime) -> int:
        """The cell in which an instant lies."""
        return (epoch_minute(instant) - self.origin) // self.cell

    def _clip(self, start: int, end: int) -> slice:
        return slice(min(max(start, 0), self.size), min(max(end, 0), self.size))

    def _covering(self, period: Period) -> slice:
        """Every cell that the period touches."""
        end_minute = -(-int(period[1].timestamp()) // 60)
        return self._clip(self.at(period[0]), self.cells(end_minute - self.origin))

    def take(self, seats: Iterable[Seats], times: int = 1) -> None:
        """Take the rooms and people of these visits of one course; -1 gives them back."""
        for seat in seats:
            cells = seat.start[:, None] + np.arange(self.stay(seat.visit))
            self.room_use[seat.rooms[:, None], cells] += times
            self.vacancy.room_changed(seat.visit, seat.start, seat.rooms)
            for roles, start, rows in seat.people:
                for begin, end, load in self.profile(seat.visit, roles):
                    cells = start[:, None] + np.arange(begin, end)
                    self.load[rows[:, None], cells] += times * load
                self.vacancy.people_changed(seat.visit, start, rows)
            if self.problem.visits[seat.visit].dosing:
                self.dosing += times * self._per_day(seat.start)

    @property
    def days_end(self) -> int:
        """The cell at which the day after the horizon begins."""
        return int(self.midnight[-1])

    def charge(self, visit: str, day: IntArray, start: IntArray) -> FloatArray:
        """[team or 1, start or 1]: what the day, and in a priced calendar room and people, cost."""
        if self.prices is not None:
            return self.prices.charge(visit, day, start)
        return self.balance(visit, day)

    def balance(self, visit: str, day: IntArray) -> FloatArray:
        """[1, start or 1]: what a visit costs on a day that already has its dosing visits."""
        if not self.problem.visits[visit].dosing:
            return np.zeros((1, 1))
        full = self.dosing[day] >= self.soft_limits[day]
        return np.where(full, float(self.problem.weights.balance), 0.0)[None, :]

    def _begin_and_end(self, name: str, uses: Sequence[Use], minutes: IntArray) -> None:
        """Note where each load of these uses begins and ends, to be added up over time."""
        start = (minutes - self.origin) // self.cell
        for table, rows, begin, end, load in self._taken_by(name, uses, start):
            np.add.at(table, (rows, begin), load)
            np.subtract.at(table, (rows, end), load)
        if self.problem.visits[name].dosing:
            self.dosing += self._per_day(start)

    def _taken_by(
        self, name: str, uses: Sequence[Use], start: IntArray
    ) -> Iterator[tuple[LoadTable, IntArray, IntArray, IntArray, int]]:
        """(table, rows, from, to, load) of all that uses of one visit type take."""
        stay, people = self._claims[name]
        rooms = np.array([self.room_row.get(use.room_id, -1) for use in uses], np.int64)
        yield self._known(self.room_use, rooms, start, start + stay, 1)
        for role, profile in people:
            who = [self.staff_row.get(use.staff.get(role, ""), -1) for use in uses]
            people_rows = np.array(who, np.int64)
            for begin, end, load in profile:
                yield self._known(self.load, people_rows, start + begin, start + end, load)

    def _known(
        self, table: LoadTable, rows: IntArray, start: IntArray, end: IntArray, load: int
    ) -> tuple[LoadTable, IntArray, IntArray, IntArray, int]:
        """Leave out rooms and people that the problem no longer has, and cells it never had."""
        known, last = rows >= 0, self.size - 1
        start, end = start.clip(0, last), end.clip(0, last)
        return table, rows[known], start[known], end[known], load

    def _per_day(self, start: IntArray) -> IntArray:
        """How many of the starts lie on each day of the horizon."""
        days = np.searchsorted(self._dawn, start, "right")
        return np.bincount(days, minlength=self.days + 2)[1:-1]

    def weekly(self, tables: Sequence[Weekly]) -> BoolArray:
        """Per weekly table (row), the cells that it covers over the whole horizon."""
        width = MINUTES_PER_DAY // self.cell
        week = np.zeros((7, len(tables), width), bool)
        for row, table in enumerate(tables):
            for weekday, intervals in table.items():
                for start, end in intervals:
                    week[weekday, row, self.cells(start) : end // self.cell] = True
        # Nothing happens in these hours, and after a clock change they overlap the day before.
        week[:, :, : self._night] = False
        covered = np.zeros((len(tables), self.size), bool)
        for day, begin in enumerate(self.midnight):
            covered[:, begin : begin + width] |= week[self.date_of(day).weekday()]
        return covered

    def _replace_dates(self, covered: BoolArray, dated: Dated) -> None:
        """On these dates, set the cells to the dated intervals instead."""
        width = MINUTES_PER_DAY // self.cell
        for on, intervals in dated.items():
            if 0 <= self.day_of(on) < self.days:
                begin = self.midnight[self.day_of(on)]
                covered[begin + self._night : begin + width] = False
                for start, end in intervals:
                    first = max(self.cells(start), self._night)
                    covered[begin + first : begin + end // self.cell] = True

    def within(self, weekly: Weekly, but: Sequence[Period] = ()) -> BoolArray:
        """The cells inside a weekly table, but outside all of the periods."""
        good: BoolArray = self.weekly([weekly])[0]
        for period in but:
            good[self._covering(period)] = False
        return good

    @cached_property
    def open(self) -> BoolArray:
        """Cells in opening hours, closures aside."""
        good = self.within(self.problem.clinic.hours)
        self._replace_dates(good, self.problem.clinic.dated)
        for on in self.problem.clinic.closures:
            if 0 <= self.day_of(on) < self.days:
                begin = self.midnight[self.day_of(on)]
                good[begin + self._night : begin + MINUTES_PER_DAY // self.cell] = False
        return good

    @cached_property
    def soft_limits(self) -> FloatArray:
        """Per day of the horizon, how many dosing visits it takes without cost."""
        soft = self.problem.clinic.soft_dosing_per_day
        weekdays = (self.first_day.weekday() + np.arange(self.days)) % 7
        return np.array([soft.get(weekday, np.inf) for weekday in range(7)])[weekdays]

    @cached_property
    def on_duty(self) -> BoolArray:
        """Per person: on shift and not away."""
        duty = self.weekly([person.shifts for person in self.problem.staff])
        for row, person in enumerate(self.problem.staff):
            self._replace_dates(duty[row], person.dated)
            for period in person.away:
                duty[row, self._covering(period)] = False
        return duty

    def holders(self, role: str) -> list[int]:
        """Rows of those who hold the role, in the order of the problem."""
        return [row for row, person in enumerate(self.problem.staff) if role in person.roles]

    def attended(self, role: str) -> BoolArray:
        """Cells in which somebody of the role is on site."""
        return in_any_row(self.on_duty[self.holders(role)])
