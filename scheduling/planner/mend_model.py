"""The whole-number programme behind `mending`: columns are choices, rows what can run short."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil
from typing import Any

import highspy
import numpy as np

from scheduling.planner.choices import Choice, Visit, days_of
from scheduling.planner.longer import beyond, loaded_cells
from scheduling.planner.tables import IntArray, Tables

LOST = 1000
"""A visit lost, in visits moved."""
MINUTE_LONGER = 20
"""A minute of somebody's evening, in the units of the objective; moving to another day is 1000."""
NEEDLESS = 500
"""Other people for a visit that could keep its own: dearer than all that they could improve."""
WHOLE, LEAST_SECONDS = 0.5, 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """A choice for each visit that has one."""

    chosen: list[tuple[Visit, Choice]]
    lost: int
    moved: int
    bound: int
    """Fewer than so many cannot be moved or lost."""


@dataclass(slots=True)
class _Rows:
    """Rows of the programme, as they are gathered."""

    upper: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    entries: list[list[tuple[int, float]]] = field(default_factory=list)

    def add(self, lower: float, upper: float, entries: list[tuple[int, float]]) -> None:
        self.lower.append(lower)
        self.upper.append(upper)
        self.entries.append(entries)


class Model:
    """The programme for some visits in some tables; `usual` are those without longer shifts."""

    def __init__(self, tables: Tables, usual: Tables) -> None:
        self.tables, self.usual = tables, usual
        self.visits: list[Visit] = []
        self.columns: list[tuple[int, Choice | None]] = []
        """The number of the visit, and its choice; None for a visit that leaves."""
        self.of_visit: list[list[int]] = []
        self.rows = _Rows()
        self.longer: dict[tuple[int, int, int], list[tuple[int, int, int]]] = defaultdict(list)
        """(person, day, side) -> (visit, column, cells)."""

    def add(self, visit: Visit, choices: Sequence[Choice], *, can_leave: bool) -> None:
        """A visit with its choices."""
        number = len(self.visits)
        self.visits.append(visit)
        first = len(self.columns)
        self.columns += [(number, choice) for choice in choices]
        if can_leave or not choices:
            self.columns.append((number, None))
        own = list(range(first, len(self.columns)))
        self.of_visit.append(own)
        self.rows.add(1, 1, [(column, 1.0) for column in own])

    # --- Rows ---

    def keep_ties(self) -> None:
        """Two visits of a course that may both move stay in order, in their gaps and windows."""
        for (a, first), (b, second) in combinations(enumerate(self.visits), 2):
            if first.course.id == second.course.id and self._may_move(a, b):
                self._tie(a, b)

    def _may_move(self, *numbers: int) -> bool:
        columns = (self.columns[c][1] for number in numbers for c in self.of_visit[number])
        return any(choice is not None and not choice.is_standing for choice in columns)

    def _tie(self, a: int, b: int) -> None:
        first, second = self.visits[a], self.visits[b]
        by_day = [self._by_day(a), self._by_day(b)]
        others = {k: d for k, d in days_of(first).items() if k != second.key}
        others = {k: d for k, d in others.items() if k not in first.rivals}
        stood = [tuple(self.tables.day_of(v.book.wall.day(v.item.start)) for v in (first, second))]
        for day, columns in by_day[0].items():
            clashing = [
                column
                for other, theirs in by_day[1].items()
                if (day, other) not in stood and self._clash(first, second, others, day, other)
                for column in theirs
            ]
            if clashing:
                self.rows.add(0, 1, [(column, 1.0) for column in (*columns, *clashing)])

    def _by_day(self, number: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for column in self.of_visit[number]:
            choice = self.columns[column][1]
            if choice is not None:
                found[choice.day].append(column)
        return found

    def _clash(self, first: Visit, second: Visit, others: Any, day: int, other: int) -> bool:
        days = {
            **others,
            first.key: self.tables.date_of(day),
            second.key: self.tables.date_of(other),
        }
        pair = {first.key, second.key}
        return any(pair == set(keys) for _, _, keys in first.book.tied_faults(days))

    def _capacity_rows(self) -> None:
        tables = self.tables
        loads: dict[int, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for column, (number, choice) in enumerate(self.columns):
            if choice is None:
                continue
            kind = self.visits[number].type
            for roles, row in choice.team.shares:
                for begin, end, load in tables.profile(kind, roles):
                    for cell in range(choice.start + begin, choice.start + end):
                        loads[row][cell].append((column, load))
        for row, cells in loads.items():
            self._limit(cells, np.asarray(tables.capacity[row] - tables.load[row], np.int64))

    def _limit(self, cells: dict[int, list[tuple[int, int]]], spare: IntArray) -> None:
        """A row per cell in which these columns could overdraw what is spare, each row once."""
        known: set[tuple[Any, ...]] = set()
        for cell, entries in cells.items():
            most: dict[int, int] = defaultdict(int)
            for column, load in entries:
                number = self.columns[column][0]
                most[number] = max(most[number], load)
            left = int(spare[cell])
            name = (left, tuple(entries))
            if sum(most.values()) > left and name not in known:
                known.add(name)
                self.rows.add(0, left, [(column, float(load)) for column, load in entries])

    def _room_rows(self) -> None:
        tables = self.tables
        types = {visit.type for visit in self.visits}
        rooms = {name: frozenset(tables.rooms_for(name).tolist()) for name in types}
        for group in set(rooms.values()):
            cells: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for column, (number, choice) in enumerate(self.columns):
                kind = self.visits[number].type
                if choice is not None and rooms[kind] <= group:
                    for cell in range(choice.start, choice.start + tables.stay(kind)):
                        cells[cell].append((column, 1))
            if group:
                self._limit(cells, (tables.room_use[sorted(group)] == 0).sum(axis=0))

    def _longer_columns(self) -> list[float]:
        """A column per person, day and side of the shift: how many cells longer."""
        if self.tables is self.usual:
            return []
        for column, (number, choice) in enumerate(self.columns):
            if choice is not None:
                self._note_longer(column, number, choice)
        costs: list[float] = []
        for group in self.longer.values():
            extra = len(self.columns) + len(costs)
            costs.append(float(MINUTE_LONGER * self.tables.cell))
            by_visit: dict[int, list[tuple[int, float]]] = defaultdict(list)
            for number, column, cells in group:
                by_visit[number].append((column, float(cells)))
            for entries in by_visit.values():
                self.rows.add(-highspy.kHighsInf, 0, [*entries, (extra, -1.0)])
        return costs

    def _note_longer(self, column: int, number: int, choice: Choice) -> None:
        kind = self.visits[number].type
        for roles, row in choice.team.shares:
            cells = loaded_cells(self.tables, kind, roles, choice.start)
            need = beyond(self.usual.on_duty[row], self.tables.on_duty[row], cells)
            for side, count in enumerate(need):
                if count:
                    self.longer[row, choice.day, side].append((number, column, count))

    # --- Solving ---

    def fewest(self, seconds: float, cancelled: Callable[[], bool]) -> Answer | None:
        """The fewest visits that leave, and a bound for that."""
        return self._run(seconds, cancelled, then_cheapest=False)

    def cheapest(self, seconds: float, cancelled: Callable[[], bool]) -> Answer | None:
        """Of the answers with the fewest visits lost and then moved, the cheapest found."""
        return self._run(seconds, cancelled, then_cheapest=True)

    def _run(
        self, seconds: float, cancelled: Callable[[], bool], *, then_cheapest: bool
    ) -> Answer | None:
        self._capacity_rows()
        self._room_rows()
        extra = self._longer_columns()
        solver = _Solver(len(self.columns), len(extra), self.rows, cancelled)
        counts = [self._count(choice) for _, choice in self.columns]
        began = time.monotonic()
        first = solver.solve([*counts, *([0.0] * len(extra))], seconds, self._as_it_stands(extra))
        if first is None:
            return None
        values, bound = first
        if then_cheapest:
            costs = self._costs()
            value = round(float(np.dot(counts, values[: len(counts)])))
            solver.limit(counts, value)
            left = max(began + seconds - time.monotonic(), LEAST_SECONDS)
            second = solver.solve([*costs, *extra], left, values)
            values = second[0] if second else values
        return self._answered(values, bound)

    def _costs(self) -> list[float]:
        can_stay = {number for number, choice in self.columns if _stands(choice)}
        return [
            choice.cost + NEEDLESS * (choice.is_swap and number in can_stay) if choice else 0.0
            for number, choice in self.columns
        ]

    def _as_it_stands(self, extra: Sequence[float]) -> np.ndarray:
        """To begin with: who can stays as they are, the others leave."""
        values = np.zeros(len(self.columns) + len(extra))
        for own in self.of_visit:
            values[next((c for c in own if _stands(self.columns[c][1])), own[-1])] = 1.0
        return values

    def _count(self, choice: Choice | None) -> float:
        return float(LOST) if choice is None else float(not choice.is_standing)

    def _answered(self, values: np.ndarray, bound: float) -> Answer:
        taken = np.flatnonzero(values[: len(self.columns)] > WHOLE).tolist()
        chosen = [
            (self.visits[number], choice)
            for number, choice in (self.columns[column] for column in taken)
            if choice is not None
        ]
        moved = sum(not choice.is_standing for _, choice in chosen)
        least = ceil(bound - 1e-6)
        return Answer(chosen, len(self.visits) - len(chosen), moved, least // LOST + least % LOST)


def _stands(choice: Choice | None) -> bool:
    return choice is not None and choice.is_standing and not choice.is_swap


class _Solver:
    """HiGHS with the columns and rows of a model."""

    def __init__(
        self, binaries: int, extra: int, rows: _Rows, cancelled: Callable[[], bool]
    ) -> None:
        self.count, self.binaries = binaries + extra, binaries
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0)):
            self.highs.setOptionValue(name, value)
        self.highs.setOptionValue("mip_abs_gap", 0.9)
        self.cancelled = cancelled
        self._columns(binaries, extra)
        self._rows(rows)

    def _columns(self, binaries: int, extra: int) -> None:
        none = np.zeros(0, np.int32)
        upper = np.array([1.0] * binaries + [highspy.kHighsInf] * extra)
        self.highs.addCols(
            self.count,
            np.zeros(self.count),
            np.zeros(self.count),
            upper,
            0,
            np.zeros(self.count, np.int32),
            none,
            np.zeros(0),
        )
        whole = np.full(binaries, highspy.HighsVarType.kInteger)
        self.highs.changeColsIntegrality(binaries, np.arange(binaries, dtype=np.int32), whole)

    def _rows(self, rows: _Rows) -> None:
        lengths = [len(entries) for entries in rows.entries]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32)
        places = np.array([c for entries in rows.entries for c, _ in entries], np.int32)
        values = np.array([v for entries in rows.entries for _, v in entries], float)
        self.highs.addRows(
            len(lengths),
            np.array(rows.lower),
            np.array(rows.upper),
            len(places),
            starts,
            places,
            values,
        )

    def limit(self, counts: Sequence[float], most: float) -> None:
        """No more than so much of these columns together."""
        used = np.flatnonzero(counts).astype(np.int32)
        self.highs.addRow(-highspy.kHighsInf, most, len(used), used, np.array(counts)[used])

    def solve(
        self, costs: Sequence[float], seconds: float, start: np.ndarray | None = None
    ) -> tuple[np.ndarray, float] | None:
        """The best values found, and the bound; None where there is neither."""
        every = np.arange(self.count, dtype=np.int32)
        self.highs.changeColsCost(self.count, every, np.array(costs))
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(start)
            self.highs.setSolution(solution)
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(seconds, 0.01))
        if self.cancelled():
            return None
        self.highs.run()
        found, info = self.highs.getSolution(), self.highs.getInfo()
        if not found.value_valid or not len(found.col_value):
            return None
        bound = float(info.mip_dual_bound)
        return np.array(found.col_value), bound if np.isfinite(bound) else 0.0
