"""Large neighbourhoods: take a few courses out, put each back exactly, keep what is good enough."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np

from scheduling.planner.arrange import Draft
from scheduling.planner.schedule import Guide, Schedule
from scheduling.planner.tables import Prices

SIZES = (2, 2, 3, 3, 4, 5, 6)
"""How many courses are taken out; small numbers more often."""
SHARES = (0.0, 0.5, 1.0)
"""How much of the prices of room and time steers a neighbourhood."""
NEAR_HOURS = 2.5
UNPRICED = 10**9


class Climb:
    """A search from one schedule to better ones; the same random numbers, the same search."""

    def __init__(self, schedule: Schedule, ideals: Mapping[str, Draft]) -> None:
        """`ideals` are the drafts that the courses would have alone."""
        self.schedule, self.ideals = schedule, ideals
        self.prices: Prices | None = None
        self.slack = 0.0
        self.near = round(NEAR_HOURS * 60 / schedule.tables.cell)
        self.ids = list(schedule.courses)

    def start_from(self, drafts: Mapping[str, Draft], rng: Random) -> None:
        """Go on from this plan with these random numbers."""
        self.rng = rng
        for course_id in self.schedule.restore(list(drafts.values())):
            self.schedule.insert(course_id)
        self.value = self.best_value = self.schedule.value()
        self.best = dict(self.schedule.drafts)

    def start_afresh(self, stopped: Callable[[], bool]) -> None:
        """Place all courses anew at the prices; go on from there if that is better."""
        schedule, order = self.schedule, self.rng.sample(self.ids, len(self.ids))
        schedule.restore([])
        self._steer(1.0)
        for name in order:
            if stopped():
                break
            schedule.insert(name)
        schedule.steered(None)
        if schedule.value() < self.best_value:
            self._stay(schedule.value())
        else:
            schedule.restore(self.best.values())

    def _steer(self, share: float) -> None:
        if share and self.prices is not None:
            self.schedule.steered(Guide(self.schedule.tables, self.prices, share))

    def step(self) -> None:
        """Try one neighbourhood; stay there unless it is worse than the best by too much."""
        schedule, chosen = self.schedule, self._chosen()
        before = [schedule.drop(name) for name in chosen if name in schedule.drafts]
        self._steer(self.rng.choice(SHARES))
        after = [name for name in chosen if schedule.insert(name) is not None]
        schedule.steered(None)
        value = schedule.value()
        if value <= max(self.value, self.best_value + self.slack):
            self._stay(value)
        else:
            for name in after:
                schedule.drop(name)
            for draft in before:
                schedule.put(draft)

    def _stay(self, value: int) -> None:
        self.value = value
        if value < self.best_value:
            self.best_value, self.best = value, dict(self.schedule.drafts)

    def _chosen(self) -> list[str]:
        """Courses to plan anew, in the order in which they are put back."""
        missing = self.schedule.missing()
        seed = self.rng.choice(missing) if missing and self.rng.random() < 0.7 else self._costly()
        count = min(self.rng.choice(SIZES), len(self.ids)) - 1
        chosen = [seed, *self._neighbours(seed, count)]
        if missing and self.rng.random() < 0.3:
            chosen.append(self.rng.choice(missing))
        if self.rng.random() < 0.6:
            self.rng.shuffle(chosen)
        return list(dict.fromkeys(chosen))

    def _costly(self) -> str:
        """A course that costs much more than it would alone; sometimes any."""
        some = self.rng.sample(self.ids, min(3, len(self.ids)))
        return max(some, key=self._excess) if self.rng.random() < 0.7 else some[0]

    def _excess(self, course_id: str) -> int:
        draft, ideal = self.schedule.drafts.get(course_id), self.ideals.get(course_id)
        return draft.own - ideal.own if draft and ideal else UNPRICED

    def _neighbours(self, seed: str, count: int) -> Sequence[str]:
        """Others: in the way of the ideal, around the present visits, or any."""
        way = self.rng.random()
        ideal, present = self.ideals.get(seed), self.schedule.drafts.get(seed)
        draft = ideal if way < 0.4 or present is None else present
        if draft is None or way > 0.85:
            others = [name for name in self.ids if name != seed]
            return self.rng.sample(others, min(count, len(others)))
        return self._around(draft, count)

    def _around(self, draft: Draft, count: int) -> list[str]:
        """Placed courses with visits at the times of the draft's; chance decides among many."""
        names = [name for name in self.schedule.drafts if name != draft.course_id]
        starts = [_starts(self.schedule.drafts[name]) for name in names]
        if not names:
            return []
        apart = abs(np.subtract.outer(np.concatenate(starts), _starts(draft))) < self.near
        owner = np.repeat(np.arange(len(names)), [len(part) for part in starts])
        meetings = np.bincount(owner, apart.any(axis=1), minlength=len(names))
        ranked = sorted(
            zip(meetings.tolist(), names, strict=True),
            key=lambda pair: -pair[0] * (0.3 + self.rng.random()),
        )
        return [name for _, name in ranked[:count]]


def _starts(draft: Draft) -> np.ndarray:
    parts = [part.start for part in draft.taken]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
