"""The clinic's time as tables: a column per grid cell of elapsed time, a row per room or person.

A cell is a few minutes of real (UTC) time, so a clock change merely shifts where the next day
begins; `midnight[day]` says where. Whether a stretch of cells is free is then one subtraction of
running totals, for thousands of starts at once.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scheduling.planner.fixed import Use
from scheduling.planner.model import Period, Problem, VisitType, Weekly
from scheduling.planner.wall import CLOSED_UNTIL, MINUTES_PER_DAY, Wall

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Profile = tuple[tuple[int, int, int], ...]
"""(from, to, load) in minutes after the start, for one person in one visit."""


def load_profile(visit: VisitType, roles: Iterable[str]) -> Profile:
    """What one person carries who serves all these roles of the visit at once."""
    stretches: list[tuple[int, int, int]] = []
    roles, at = tuple(roles), 0
    for phase in visit.phases:
        end, load = at + phase.min, sum(phase.load.get(role, 0) for role in roles)
        if load and stretches and stretches[-1][1:] == (at, load):
            stretches[-1] = (stretches[-1][0], end, load)
        elif load:
            stretches.append((at, end, load))
        at = end
    return tuple(stretches)


def epoch_minute(instant: datetime) -> int:
    """Whole minutes since 1970, rounded down."""
    return int(instant.timestamp()) // 60


class RunningTotal:
    """Counts of bad cells up to each cell, to ask whether stretches are wholly good."""

    def __init__(self, bad: BoolArray) -> None:
        self.total = np.zeros((*bad.shape[:-1], bad.shape[-1] + 1), np.int32)
        np.cumsum(bad, axis=-1, out=self.total[..., 1:])

    def clear(self, start: IntArray, end: IntArray) -> BoolArray:
        """Per row and stretch: no bad cell in [start, end)."""
        return np.equal(self.total.take(start, -1), self.total.take(end, -1))


class Tables:
    """Who and what is free when, for one problem and what is fixed in it."""

    def __init__(self, problem: Problem, fixed: Sequence[Use]) -> None:
        self.problem = problem
        self.wall = Wall(problem.clinic.tz)
        self.first_day, end_day = problem.clinic.horizon
        self.days = (end_day - self.first_day).days
        midnights = np.array([self._midnight(day) for day in range(self.days)], np.int64)
        self.origin = int(midnights[0]) if self.days else 0
        self.cell = self._cell_minutes(midnights, fixed)
        self.midnight: IntArray = (midnights - self.origin) // self.cell
        self._night = CLOSED_UNTIL // self.cell
        self._dawn = (self.midnight + self._night).tolist()
        longest = max((v.minutes + v.turnover_min for v in problem.visits.values()), default=0)
        self.size = (self.days + 1) * MINUTES_PER_DAY // self.cell + self.cells(longest)
        self.room_row = {room.id: row for row, room in enumerate(problem.rooms)}
        self.staff_row = {person.id: row for row, person in enumerate(problem.staff)}
        self.room_use = np.zeros((len(problem.rooms), self.size), np.int16)
        self.load = np.zeros((len(problem.staff), self.size), np.int16)
        self.dosing = np.zeros(self.days, np.int64)
        self._claims = {name: self._claims_of(visit) for name, visit in problem.visits.items()}
        self._block_rooms()
        for use in fixed:
            self.occupy(use)

    def _midnight(self, day: int) -> int:
        return epoch_minute(self.wall.midnight(self.date_of(day)))

    def _cell_minutes(self, midnights: IntArray, fixed: Sequence[Use]) -> int:
        """The coarsest cell in which every start, phase and day begins at a cell's edge."""
        visits = self.problem.visits.values()
        edges = {visit.turnover_min for visit in visits}
        edges.update(phase.min for visit in visits for phase in visit.phases)
        edges.update(int(minute) - self.origin for minute in midnights)
        edges.update(epoch_minute(use.start) - self.origin for use in fixed)
        return int(np.gcd.reduce([self.problem.clinic.grid_min, *edges]))

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

    def occupy(self, use: Use, times: int = 1) -> None:
        """Take the room and people that the use needs; `times` -1 gives them back."""
        start = self.at(use.start)
        stay, people = self._claims[use.visit]
        room = self.room_row.get(use.room_id)
        if room is not None:
            self.room_use[room, self._clip(start, start + stay)] += times
        for role, profile in people:
            row = self.staff_row.get(use.staff.get(role, ""))
            if row is not None:
                for begin, end, load in profile:
                    self.load[row, self._clip(start + begin, start + end)] += times * load
        day = bisect_right(self._dawn, start) - 1
        if self.problem.visits[use.visit].dosing and 0 <= day < self.days:
            self.dosing[day] += times

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

    def outside(self, weekly: Weekly, periods: Sequence[Period] = ()) -> BoolArray:
        """The cells outside a weekly table or inside one of the periods."""
        bad: BoolArray = ~self.weekly([weekly])[0]
        for period in periods:
            bad[self._covering(period)] = True
        return bad

    @cached_property
    def closed(self) -> BoolArray:
        """Cells outside opening hours or on a closure."""
        bad = self.outside(self.problem.clinic.hours)
        for on in self.problem.clinic.closures:
            if 0 <= self.day_of(on) < self.days:
                begin = self.midnight[self.day_of(on)]
                bad[begin + self._night : begin + MINUTES_PER_DAY // self.cell] = True
        return bad

    @cached_property
    def on_duty(self) -> BoolArray:
        """Per person: on shift and not on leave."""
        duty = self.weekly([person.shifts for person in self.problem.staff])
        for row, person in enumerate(self.problem.staff):
            for period in person.leave:
                duty[row, self._covering(period)] = False
        return duty

    def holders(self, role: str) -> list[int]:
        """Rows of those who hold the role, in the order of the problem."""
        return [row for row, person in enumerate(self.problem.staff) if role in person.roles]

    def absent(self, role: str) -> RunningTotal:
        """Cells in which nobody of the role is on site."""
        return RunningTotal(np.logical_not(self.on_duty[self.holders(role)].any(axis=0)))
