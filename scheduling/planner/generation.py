"""Column generation: prices make room for columns that the master lacks, until none is missing.

The first prices come from an ascent (see there), later ones from the master. For any prices, what
the courses cost at least at these prices, less what all that there is would fetch, is a bound below
every plan. Each round proves one; the best is kept. The master's prices are drawn towards those of
the best bound, which settles them much sooner.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from scheduling.planner.arrange import Draft
from scheduling.planner.ascent import Ascent
from scheduling.planner.columns import CellPrices, CellValues, Column, Resources, total_units
from scheduling.planner.master import Master
from scheduling.planner.schedule import Schedule

STEADINESS = 0.7
"""How much the prices of the best bound weigh."""


class Generation:
    """The columns found so far, the bound proven so far."""

    def __init__(self, schedule: Schedule, fine: float) -> None:
        """In a schedule without drafts."""
        self.schedule = schedule
        self.resources = Resources(schedule.tables)
        self.master = Master(self.resources, fine)
        self.spare = CellValues(self.resources.spare.astype(float), self.master.day_spare)
        tables = schedule.tables
        balance = float(schedule.problem.weights.balance)
        self.ascent = Ascent(len(self.resources.spare), tables.days, balance)
        self.bound = -np.inf
        self.is_done = False
        self.values: CellValues | None = None
        """Those that prove the bound."""

    def add(self, drafts: Iterable[Draft]) -> None:
        """Take drafts in as columns."""
        self.master.add([self.resources.column(draft) for draft in drafts])

    def step(self, stopped: Callable[[], bool]) -> None:
        """Plan every course at new prices and take in what was missing."""
        if self.ascent.is_over:
            self._ask_master(stopped)
        else:
            bound, columns = self._priced(self.ascent.values, stopped)
            self.master.add(columns)
            if not stopped():
                self.ascent.learn(bound, self._overdrawn(columns))

    def _ask_master(self, stopped: Callable[[], bool]) -> None:
        value = self.master.solve()
        exact = CellValues(*self.master.prices())
        between = self.values.towards(exact, 1 - STEADINESS) if self.values else exact
        if self._find(between, stopped) or (self.values and self._find(exact, stopped)):
            return
        if not stopped() and not self.master.raise_fine():
            self.is_done = True
            self.bound = max(self.bound, value)

    def _find(self, values: CellValues, stopped: Callable[[], bool]) -> bool:
        """Whether a column was missing that these prices show."""
        return self.master.add(self._priced(values, stopped)[1]) > 0

    def _priced(
        self, values: CellValues, stopped: Callable[[], bool]
    ) -> tuple[float, list[Column]]:
        """The bound that these prices prove, and the columns that are worth it."""
        schedule, total, columns = self.schedule, 0.0, []
        schedule.steered(CellPrices(self.resources, values.cells, values.days))
        for course in schedule.problem.courses:
            if stopped():
                break
            draft, fine = schedule.best(course.id), self.master.fine_of(course)
            total += min(draft.cost, fine) if draft else fine
            if draft and draft.cost < fine:
                columns.append(self.resources.column(draft))
        schedule.steered(None)
        bound = total - values.of(self.spare)
        if not stopped() and bound > self.bound:
            self.bound, self.values = bound, values
        return bound, columns

    def _overdrawn(self, columns: Sequence[Column]) -> CellValues:
        """How much more of everything these columns take than there is."""
        taken = total_units(columns, [1.0] * len(columns), len(self.spare.cells))
        days = np.concatenate([np.zeros(0, np.int64), *(column.days for column in columns)])
        doses = np.bincount(days, minlength=len(self.spare.days))
        limited = np.where(np.isfinite(self.schedule.tables.soft_limits), doses, 0)
        return CellValues(taken - self.spare.cells, limited - self.spare.days)
