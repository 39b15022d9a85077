"""Column generation: prices make room for columns that the master lacks, until none is missing.

For any prices, what the courses cost at least at these prices, less what all that there is would
fetch, is a bound below every plan. Each round proves one; the best is kept. Prices are taken
between those of the best bound and those of the master, which settles them much sooner.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from scheduling.planner.arrange import Draft
from scheduling.planner.columns import CellPrices, Resources
from scheduling.planner.master import Master
from scheduling.planner.schedule import Schedule
from scheduling.planner.tables import FloatArray

STEADINESS = 0.7
"""How much the prices of the best bound weigh."""


@dataclass(frozen=True, slots=True)
class CellValues:
    """What a unit of each resource is worth, and a dose on each day."""

    cells: FloatArray
    days: FloatArray

    def towards(self, other: "CellValues", share: float) -> "CellValues":
        """Between these and the other ones."""
        keep = 1 - share
        return CellValues(
            keep * self.cells + share * other.cells, keep * self.days + share * other.days
        )


class Generation:
    """The columns found so far, the bound proven so far."""

    def __init__(self, schedule: Schedule, fine: float) -> None:
        """In a schedule without drafts."""
        self.schedule = schedule
        self.resources = Resources(schedule.tables)
        self.master = Master(self.resources, fine)
        self.bound = -np.inf
        self.is_done = False
        self.values: CellValues | None = None
        """Those that prove the bound."""

    def add(self, drafts: Iterable[Draft]) -> None:
        """Take drafts in as columns."""
        self.master.add([self.resources.column(draft) for draft in drafts])

    def step(self, stopped: Callable[[], bool]) -> None:
        """Solve the master, plan every course at its prices and take in what was missing."""
        value = self.master.solve()
        exact = CellValues(*self.master.prices())
        between = self.values.towards(exact, 1 - STEADINESS) if self.values else exact
        if self._price(between, stopped) or (self.values and self._price(exact, stopped)):
            return
        if not stopped() and not self.master.raise_fine():
            self.is_done = True
            self.bound = max(self.bound, value)

    def _price(self, values: CellValues, stopped: Callable[[], bool]) -> bool:
        """Plan every course at these prices; whether a column was missing."""
        schedule, total, drafts = self.schedule, 0.0, []
        schedule.steered(CellPrices(self.resources, values.cells, values.days))
        for course in schedule.problem.courses:
            if stopped():
                break
            draft, fine = schedule.best(course.id), self.master.fine_of(course)
            total += min(draft.cost, fine) if draft else fine
            drafts += [draft] if draft else []
        schedule.steered(None)
        else_worth = float(values.cells @ self.resources.spare)
        else_worth += float(values.days @ self.master.day_spare)
        if not stopped() and total - else_worth > self.bound:
            self.bound, self.values = total - else_worth, values
        return self.master.add([self.resources.column(draft) for draft in drafts]) > 0
