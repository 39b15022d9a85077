"""Whole-course plans as columns: what each takes of every person's time and of each kind of room.

All that can run short is numbered in one line of resources: a row of cells per person, then one
per kind of room. A kind has as many units in a cell as rooms of it are free there; which room a
visit gets is settled later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.planner.arrange import Draft
from scheduling.planner.tables import FloatArray, IntArray, Tables
from scheduling.planner.vacancy import Roles


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One way to place one course."""

    draft: Draft
    cells: IntArray
    """Numbers of the resources taken, each once."""
    units: IntArray
    """How much of each."""
    days: IntArray
    """On which days its doses are."""

    @property
    def name(self) -> tuple[object, ...]:
        """Equal for columns that differ in rooms alone."""
        return name_of(self.draft)


def name_of(draft: Draft) -> tuple[object, ...]:
    """When and with whom, whatever the rooms."""
    seats = tuple((seat.day, seat.minute, seat.number) for seat in draft.seats)
    return draft.course_id, draft.lead, seats


@dataclass(frozen=True, slots=True)
class CellValues:
    """A number for a unit of each resource, and for a dose on each day: what it is worth, say."""

    cells: FloatArray
    days: FloatArray

    def times(self, factor: float) -> "CellValues":
        """All numbers multiplied."""
        return CellValues(factor * self.cells, factor * self.days)

    def towards(self, other: "CellValues", share: float) -> "CellValues":
        """Between these and the other ones."""
        mine, theirs = self.times(1 - share), other.times(share)
        return CellValues(mine.cells + theirs.cells, mine.days + theirs.days)

    def of(self, other: "CellValues") -> float:
        """These numbers of the other ones, added up."""
        return float(self.cells @ other.cells + self.days @ other.days)


class Resources:
    """How much there is of everything beside the bookings, and what a draft takes of it."""

    def __init__(self, tables: Tables) -> None:
        """From tables with bookings alone."""
        self.tables = tables
        self.kinds = sorted({kind for room in tables.problem.rooms for kind in room.kinds})
        rooms = np.array([self._free_rooms(kind) for kind in self.kinds]).reshape(-1, tables.size)
        people = np.maximum(tables.capacity[:, None] - tables.load, 0)
        self.spare: IntArray = np.concatenate([people, rooms]).astype(np.int64).ravel()

    def _free_rooms(self, kind: str) -> IntArray:
        rows = [row for row, room in enumerate(self.tables.problem.rooms) if kind in room.kinds]
        return np.asarray((self.tables.room_use[rows] == 0).sum(axis=0))

    def room_line(self, visit: str) -> int:
        """The row of the visit's kind of room."""
        kind = self.tables.problem.visits[visit].room_kind
        return len(self.tables.problem.staff) + self.kinds.index(kind)

    def column(self, draft: Draft) -> Column:
        """The draft with what it takes."""
        size, problem = self.tables.size, self.tables.problem
        cells: list[IntArray] = []
        units: list[IntArray] = []
        days: list[IntArray] = [np.zeros(0, np.int64)]
        for seat in draft.taken:
            stay = np.arange(self.tables.stay(seat.visit))
            cells.append(self.room_line(seat.visit) * size + (seat.start[:, None] + stay).ravel())
            units.append(np.ones(len(cells[-1]), np.int64))
            for roles, start, rows in seat.people:
                for begin, end, load in self.tables.profile(seat.visit, roles):
                    at = (rows * size + start)[:, None] + np.arange(begin, end)
                    cells.append(at.ravel())
                    units.append(np.full(at.size, load))
        days += [np.array([s.day for s in draft.seats if problem.visits[s.visit].dosing], np.int64)]
        return Column(draft, np.concatenate(cells), np.concatenate(units), np.concatenate(days))


class CellPrices:
    """What the course planner pays beside the objective, in a calendar of bookings alone."""

    def __init__(self, resources: Resources, price: FloatArray, day_price: FloatArray) -> None:
        """A price per unit of each resource, and per dose on each day."""
        self.resources, self.tables, self.day_price = resources, resources.tables, day_price
        lines = price.reshape(-1, self.tables.size)
        self._sums = np.pad(np.cumsum(lines, axis=1), [(0, 0), (1, 0)])
        self._rooms: dict[str, FloatArray] = {}
        self._people: dict[tuple[str, Roles], FloatArray] = {}

    def charge(self, visit: str, day: IntArray, start: IntArray) -> FloatArray:
        """[team, start]: the price of day, room and people together."""
        cost = self._room(visit)[start]
        if self.tables.problem.visits[visit].dosing:
            cost = cost + self.day_price[day]
        teams = self.tables.vacancy.teams(visit)
        if not any(team.shares for team in teams):
            return np.broadcast_to(cost, (len(teams), len(start)))
        return cost + self._teams(visit, start)

    def _teams(self, visit: str, start: IntArray) -> FloatArray:
        teams = self.tables.vacancy.teams(visit)
        shares = [team.shares for team in teams]
        if all(len(share) == 1 for share in shares):
            rows = np.array([row for ((_, row),) in shares])
            return np.asarray(self._served(visit, shares[0][0][0])[rows[:, None], start])
        return np.array([self._team(visit, share, start) for share in shares])

    def _team(self, visit: str, shares: Sequence[tuple[Roles, int]], start: IntArray) -> FloatArray:
        prices = [self._served(visit, roles)[row, start] for roles, row in shares]
        return np.sum(prices, axis=0) if prices else np.zeros(len(start))

    def _room(self, visit: str) -> FloatArray:
        if visit not in self._rooms:
            line = self._sums[self.resources.room_line(visit)]
            stay = self.tables.stay(visit)
            self._rooms[visit] = np.pad(line[stay:] - line[: -stay or None], (0, stay))
        return self._rooms[visit]

    def _served(self, visit: str, roles: Roles) -> FloatArray:
        """[person, start]: what it costs that the person serves these roles from there."""
        if (visit, roles) not in self._people:
            size, staff = self.tables.size, len(self.tables.problem.staff)
            cost = np.zeros((staff, size))
            for begin, end, load in self.tables.profile(visit, roles):
                upto = self._sums[:staff]
                spent = upto[:, end:size] - upto[:, begin : begin + size - end]
                cost[:, : size - end] += load * spent
            self._people[visit, roles] = cost
        return self._people[visit, roles]


def total_units(columns: Sequence[Column], amounts: Sequence[float], size: int) -> FloatArray:
    """What these amounts of the columns take of each resource."""
    if not columns:
        return np.zeros(size)
    cells = np.concatenate([column.cells for column in columns])
    units = np.concatenate(
        [column.units * amount for column, amount in zip(columns, amounts, strict=True)]
    )
    return np.bincount(cells, units, minlength=size).astype(np.float64)
