"""The linear master problem: which mixture of the columns is cheapest, and what things are worth.

One row per course (one column of it, or unplaced at its price), one per day with a soft limit, and
one per resource that would otherwise be overdrawn; these last are added only when they are.
"""

from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np

from scheduling.planner.columns import Column, Resources, total_units
from scheduling.planner.model import Course
from scheduling.planner.tables import FloatArray, IntArray

OVERDRAWN = 1e-6
PACKING_ROUNDS = 6
Sparse = tuple[IntArray, IntArray, FloatArray]
"""Where each row or column starts, and its places and values."""


class Master:
    """The linear programme over the columns so far."""

    def __init__(self, resources: Resources, fine: float) -> None:
        """The fine is what a unit of priority pays for being unplaced, at most what it truly is.

        A low one keeps the prices sane as long as there are few columns; see `raise_fine`.
        """
        self.resources, self.tables = resources, resources.tables
        self.columns: list[Column] = []
        self.cells: list[int] = []
        """The resource of each row beyond those of courses and days."""
        self._names: set[tuple[object, ...]] = set()
        self._row_of: IntArray = np.full(len(resources.spare), -1)
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        problem = self.tables.problem
        self._course_row = {course.id: row for row, course in enumerate(problem.courses)}
        self._day_row = np.full(self.tables.days, -1)
        limited = np.flatnonzero(self.tables.soft_limits < np.inf)
        self._day_row[limited] = len(problem.courses) + np.arange(len(limited))
        self.day_spare = np.zeros(self.tables.days)
        self.day_spare[limited] = (self.tables.soft_limits - self.tables.dosing)[limited].clip(0)
        self._first_cell_row = len(problem.courses) + len(limited)
        self._first_column = self._first_cell_row
        self.fine = min(fine, problem.weights.unplaced)
        self._lay_rows(limited)

    def fine_of(self, course: Course) -> float:
        """What it costs here that the course is unplaced."""
        return self.fine * course.priority

    def raise_fine(self) -> bool:
        """Ask for more where some course is rather unplaced; False when that costs all it can."""
        problem, unplaced = self.tables.problem, self._values[: len(self._course_row)]
        if self.fine >= problem.weights.unplaced or unplaced.max(initial=0) < OVERDRAWN:
            return False
        self.fine = min(4 * self.fine, problem.weights.unplaced)
        for row, course in enumerate(problem.courses):
            self._solver.changeColCost(row, self.fine_of(course))
        return True

    def _lay_rows(self, limited: IntArray) -> None:
        """A row and a way out at a price: per course to be unplaced, per day one dose too many."""
        unplaced = [self.fine_of(course) for course in self.tables.problem.courses]
        beyond = [self.tables.problem.weights.balance] * len(limited)
        places, count = len(unplaced), len(unplaced) + len(limited)
        lower = [1.0] * places + [-highspy.kHighsInf] * len(limited)
        upper = [highspy.kHighsInf] * places + self.day_spare[limited].tolist()
        none = np.zeros(0, np.int32)
        self._solver.addRows(
            count, np.array(lower), np.array(upper), 0, np.zeros(count, np.int32), none, np.zeros(0)
        )
        signs = np.array([1.0] * places + [-1.0] * len(limited))
        one_each = (np.arange(count), np.arange(count), signs)
        self._add_columns([*unplaced, *beyond], one_each)

    def _add_columns(self, costs: Sequence[float], entries: Sparse) -> None:
        starts, rows, values = entries
        count = len(costs)
        self._solver.addCols(
            count,
            np.array(costs, float),
            np.zeros(count),
            np.full(count, highspy.kHighsInf),
            len(rows),
            starts.astype(np.int32),
            rows.astype(np.int32),
            values.astype(float),
        )

    def add(self, columns: Sequence[Column]) -> int:
        """Take columns in; how many of them were not known."""
        new = []
        for column in columns:
            if column.name not in self._names:
                self._names.add(column.name)
                new.append(column)
        rows, values = [np.zeros(0, np.int64)], [np.zeros(0)]
        for column in new:
            at = self._row_of[column.cells]
            days = self._day_row[column.days]
            days = days[days >= 0]
            course = self._course_row[column.draft.course_id]
            rows.append(np.concatenate([[course], days, at[at >= 0]]))
            values.append(np.concatenate([np.ones(1 + len(days)), column.units[at >= 0]]))
        starts = np.cumsum([len(part) for part in rows])[:-1]
        costs = [column.draft.own for column in new]
        if new:
            self._add_columns(costs, (starts, np.concatenate(rows), np.concatenate(values)))
        self.columns += new
        return len(new)

    def solve(self) -> float:
        """The cost of the cheapest mixture that overdraws nothing."""
        while True:
            self._solver.run()
            solution = self._solver.getSolution()
            self._values: FloatArray = np.array(solution.col_value)
            self.amounts = self._values[self._first_column :]
            self._duals: FloatArray = np.array(solution.row_dual)
            if not self._add_rows():
                return float(self._solver.getInfo().objective_function_value)

    def pack(self, nodes: int, seconds: float) -> list[Column]:
        """A cheap plan that is put together from whole columns; nothing where none was found."""
        self._take_whole(highspy.HighsVarType.kInteger)
        self._solver.setOptionValue("mip_max_nodes", nodes)
        chosen: list[Column] = []
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + seconds)
        for _ in range(PACKING_ROUNDS):
            self._solver.run()
            solution = self._solver.getSolution()
            if not solution.value_valid:
                break
            self.amounts = np.array(solution.col_value).round()[self._first_column :]
            chosen = [self.columns[n] for n in np.flatnonzero(self.amounts)]
            if not self._add_rows():
                break
        self._solver.setOptionValue("time_limit", highspy.kHighsInf)
        self._take_whole(highspy.HighsVarType.kContinuous)
        return chosen

    def _take_whole(self, kind: highspy.HighsVarType) -> None:
        count = self._first_column + len(self.columns)
        kinds = np.full(count, kind)
        self._solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)

    def _add_rows(self) -> bool:
        """Rows for what is overdrawn most; False when nothing is."""
        used = np.flatnonzero(self.amounts > 0)
        taken = total_units(
            [self.columns[n] for n in used], self.amounts[used].tolist(), len(self.resources.spare)
        )
        excess = taken - self.resources.spare
        over = np.flatnonzero(excess > OVERDRAWN)
        if not over.size:
            return False
        runs = np.split(over, np.flatnonzero(np.diff(over) > 1) + 1)
        self._open(np.array([run[excess[run].argmax()] for run in runs]))
        return True

    def _open(self, cells: IntArray) -> None:
        """A row for each of these resources."""
        self._row_of[cells] = self._first_cell_row + len(self.cells) + np.arange(len(cells))
        self.cells += cells.tolist()
        lengths = [len(column.cells) for column in self.columns]
        who = np.repeat(np.arange(len(self.columns)), lengths)
        at = np.concatenate([column.cells for column in self.columns])
        units = np.concatenate([column.units for column in self.columns])
        kept = np.isin(at, cells)
        who, at, units = who[kept], at[kept], units[kept]
        order = np.argsort(self._row_of[at], kind="stable")
        counts = np.bincount(self._row_of[at] - self._row_of[cells[0]], minlength=len(cells))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self._solver.addRows(
            len(cells),
            np.full(len(cells), -highspy.kHighsInf),
            self.resources.spare[cells].astype(float),
            len(order),
            starts.astype(np.int32),
            (self._first_column + who[order]).astype(np.int32),
            units[order].astype(float),
        )

    def prices(self) -> tuple[FloatArray, FloatArray]:
        """What one more unit of each resource, and one more dose on each day, would save."""
        price = np.zeros(len(self.resources.spare))
        price[self.cells] = (-self._duals[self._first_cell_row :]).clip(0)
        day_price = np.where(self._day_row >= 0, -self._duals[self._day_row], 0.0)
        return price, day_price.clip(0, self.tables.problem.weights.balance)
