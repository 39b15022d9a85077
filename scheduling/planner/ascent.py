"""First prices without a master: whatever is asked for too often gets dearer.

Each round plans every course at the present prices, alone. The prices of what they take beyond
what there is rise, those of what is left over fall, by a step that shrinks when the bound stalls.
This comes near the best prices long before a master has columns enough to tell any.
"""

import numpy as np

from scheduling.planner.columns import CellValues
from scheduling.planner.tables import FloatArray

ROUNDS = 60
MEMORY = 0.85
"""How much of the last direction is kept."""
AMBITION = 0.03
"""How far above the best bound the step aims, as a share of it."""
PATIENCE = 6
SHRINKAGE = 0.6


class Ascent:
    """The prices on their way up."""

    def __init__(self, cells: int, days: int, most_per_day: float) -> None:
        self.values = CellValues(np.zeros(cells), np.zeros(days))
        self.most_per_day = most_per_day
        self.bound = -np.inf
        self.rounds = 0
        self._stalled, self._boldness = 0, 1.0
        self._way = self.values

    @property
    def is_over(self) -> bool:
        """Whether it is the master's turn."""
        return self.rounds >= ROUNDS

    def learn(self, bound: float, over: CellValues) -> None:
        """Set new prices, given what the present ones proved and what was asked too much of."""
        self.rounds += 1
        if bound > self.bound:
            self.bound, self._stalled = bound, 0
        else:
            self._stalled += 1
        if self._stalled >= PATIENCE:
            self._boldness *= SHRINKAGE
            self._stalled = 0
        way = CellValues(
            _matters(self.values.cells, over.cells) + MEMORY * self._way.cells,
            _matters(self.values.days, over.days) + MEMORY * self._way.days,
        )
        length = way.of(way)
        aim = max(self.bound * (1 + AMBITION * self._boldness) - bound, 0.0)
        step = self._boldness * aim / length if length else 0.0
        self.values = CellValues(
            (self.values.cells + step * way.cells).clip(0),
            (self.values.days + step * way.days).clip(0, self.most_per_day),
        )
        self._way = way


def _matters(price: FloatArray, over: FloatArray) -> FloatArray:
    """What is left over does not matter where it costs nothing anyway."""
    return np.where((over > 0) | (price > 0), over, 0.0)
