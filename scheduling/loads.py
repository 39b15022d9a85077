"""How much one person, or a set of rooms, has to carry: pure sums over stretches of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

Stretch = tuple[datetime, datetime]
NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Carried:
    """Load that one visit puts on somebody during a stretch."""

    starts_at: datetime
    ends_at: datetime
    load: int


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch during which somebody's load stays the same."""

    starts_at: datetime
    ends_at: datetime
    load: int


def load_steps(carried: Iterable[Carried]) -> list[Step]:
    """The load over time, where there is any; neighbours of equal load are one step."""
    known = list(carried)
    edges = sorted({edge for one in known for edge in (one.starts_at, one.ends_at)})
    steps: list[Step] = []
    for begins, ends in pairwise(edges):
        load = sum(one.load for one in known if one.starts_at < ends and begins < one.ends_at)
        last = steps[-1] if steps else None
        if last and (last.ends_at, last.load) == (begins, load):
            steps[-1] = Step(last.starts_at, ends, load)
        elif load:
            steps.append(Step(begins, ends, load))
    return steps


def peak(steps: Iterable[Step]) -> int:
    """The greatest load at any instant."""
    return max((step.load for step in steps), default=0)


def work(carried: Iterable[Carried]) -> timedelta:
    """Load times its duration, in all."""
    return sum((one.load * (one.ends_at - one.starts_at) for one in carried), NOTHING)


def within(stretches: Iterable[Stretch], bounds: Iterable[Stretch]) -> timedelta:
    """How much of the stretches lies within bounds that do not overlap."""
    known = list(bounds)
    return sum(
        (
            max(NOTHING, min(ends, until) - max(begins, since))
            for begins, ends in stretches
            for since, until in known
        ),
        NOTHING,
    )


def less(stretch: Stretch, away: Sequence[Stretch]) -> list[Stretch]:
    """What is left of a stretch beside others."""
    left = [stretch]
    for begins, ends in away:
        left = [
            piece
            for since, until in left
            for piece in ((since, min(until, begins)), (max(since, ends), until))
            if piece[0] < piece[1]
        ]
    return left


def percent(part: timedelta, whole: timedelta) -> int | None:
    """The part in whole percents; None where there is nothing to take it of."""
    return round(100 * (part / whole)) if whole else None
