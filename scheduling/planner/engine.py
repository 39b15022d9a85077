"""The search over many courses, in rounds: one side climbs, the other proves and then climbs too.

What a round does depends on the problem, the seed and the number of the round alone: its length is
counted in courses planned, never in seconds, and both sides meet at its end. So the two sides may
run in two processes or one after the other, and come to the same plans. The clock only decides how
many rounds there are; where it runs out within one, what has been found by then counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from random import Random

import numpy as np

from scheduling.planner.arrange import Draft
from scheduling.planner.climb import Climb
from scheduling.planner.columns import CellPrices, CellValues, Resources
from scheduling.planner.generation import Generation
from scheduling.planner.schedule import Schedule

PLANNINGS_PER_COURSE = 20
"""How often each course is planned in a round, on average, by each side."""
FEWEST_PLANNINGS = 200
"""In a round, however few the courses are."""
SLACK = (0.006, 0.004, 0.002, 0.0)
"""How much worse than its best a climb may be, from round to round."""
FINE = 3
"""The first price of being unplaced, in costs of the dearest course placed."""
PACKING_NODES = 20
PACKING_SECONDS = 5.0

Stopped = Callable[[], bool]
Drafts = Mapping[str, Draft]


@dataclass(frozen=True, slots=True)
class Task:
    """What both sides know when a round begins."""

    number: int
    seed: int
    drafts: Drafts
    """The best plan so far."""
    values: CellValues | None
    """What room and time are worth, once that is known."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one side has at the end of a round."""

    drafts: Drafts
    bound: float
    values: CellValues | None


class Explorer:
    """The side that climbs from the best plan."""

    def __init__(self, schedule: Schedule, ideals: Drafts, salt: str) -> None:
        """In a schedule without drafts; the salt keeps two explorers apart."""
        self.schedule, self.salt = schedule, salt
        self.climb = Climb(schedule, ideals)
        self.resources = Resources(schedule.tables)

    def explore(self, task: Task, stopped: Stopped) -> Drafts:
        """The best plan after one round of climbing."""
        climb, seed = self.climb, f"{task.seed}/{task.number}/{self.salt}"
        rng = Random(seed)  # noqa: S311 # nosec B311 # chance, no secret
        end = self.schedule.plannings + length_of(self.schedule)
        climb.slack = SLACK[task.number % len(SLACK)] * placed_cost(task.drafts)
        climb.start_from(task.drafts, rng)
        if task.values is not None:
            climb.prices = CellPrices(self.resources, task.values.cells, task.values.days * 0)
            climb.start_afresh(stopped)
        while self.schedule.plannings < end and not stopped():
            climb.step()
        return climb.best


class Prover:
    """The side that proves a bound, and explores once there is no more to prove."""

    def __init__(self, schedule: Schedule, ideals: Drafts) -> None:
        """In a schedule without drafts."""
        self.schedule, self.ideals = schedule, ideals
        self.explorer: Explorer | None = None
        self.generation: Generation | None = None

    def work(self, task: Task, stopped: Stopped) -> Finding:
        """One round."""
        if self.generation is None:
            self.generation = self._begun(task)
        generation = self.generation
        if generation.is_done:
            return _finding(generation, self._explored(task, stopped))
        generation.add(task.drafts.values())
        end = self.schedule.plannings + length_of(self.schedule)
        while self.schedule.plannings < end and not (generation.is_done or stopped()):
            generation.step(stopped)
        return _finding(generation, self._packed(generation) if generation.is_done else {})

    def _begun(self, task: Task) -> Generation:
        dearest = max((draft.own for draft in task.drafts.values()), default=0)
        generation = Generation(self.schedule, FINE * float(dearest + 1))
        generation.add(self.ideals.values())
        return generation

    def _explored(self, task: Task, stopped: Stopped) -> Drafts:
        if self.explorer is None:
            self.explorer = Explorer(self.schedule, self.ideals, "prover")
        return self.explorer.explore(task, stopped)

    def _packed(self, generation: Generation) -> Drafts:
        """The best plan from whole columns; where its rooms do not work out, nearly that."""
        columns = generation.master.pack(PACKING_NODES, PACKING_SECONDS)
        for course_id in self.schedule.restore(column.draft for column in columns):
            self.schedule.insert(course_id)
        drafts = dict(self.schedule.drafts)
        self.schedule.restore([])
        return drafts


def _finding(generation: Generation, drafts: Drafts) -> Finding:
    return Finding(drafts, generation.bound, generation.values)


def length_of(schedule: Schedule) -> int:
    """How many courses are planned in a round by each side."""
    return max(PLANNINGS_PER_COURSE * len(schedule.courses), FEWEST_PLANNINGS)


def placed_cost(drafts: Drafts) -> int:
    """What the placed courses cost."""
    return sum(draft.own for draft in drafts.values())


def whole(bound: float) -> int | None:
    """The bound as a whole number, which every value is; None when there is none."""
    return ceil(bound - 1e-4) if np.isfinite(bound) else None
