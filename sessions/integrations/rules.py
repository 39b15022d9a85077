"""Whether the conversation that belongs after a dose is overdue (DOMAIN 2.12); pure.

The numbers are the protocol's own. Nothing is kept: a visit that is booked or done ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from courses.protocols import Integration


class Level(StrEnum):
    """How late it is, the least first."""

    TASK = "TASK"
    AMBER = "AMBER"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class Given:
    """A dose that was given: its number, its local date, and when."""

    seq: int
    on: date
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Talks:
    """The numbers of the doses after which a talk is to come, and after which one took place."""

    booked: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Overdue:
    """Doses after which nobody has talked or booked a talk, and how late the first of them is."""

    doses: tuple[int, ...]
    days: int
    level: Level

    @property
    def which(self) -> str:
        """`dose 2`, `doses 2 and 3`."""
        *before, last = map(str, self.doses)
        return f"doses {', '.join(before)} and {last}" if before else f"dose {last}"

    @property
    def words(self) -> str:
        """What is missing, and since when."""
        days = f"{self.days} day{'' if self.days == 1 else 's'}"
        return f"No integration after {self.which} for {days}"


def overdue(
    rule: Integration, given: Sequence[Given], talks: Talks, *, now: datetime, today: date
) -> Overdue | None:
    """What is overdue after these doses; None where every talk is booked, done or not yet due.

    A talk that took place is also about the doses before it: those wait for no other.
    """
    wanted = set(rule.follows(max((dose.seq for dose in given), default=0)))
    open_from = max(talks.done, default=0)
    waiting = [
        (dose, level)
        for dose in sorted(given, key=lambda dose: dose.seq)
        if dose.seq in wanted and dose.seq > open_from and dose.seq not in talks.booked
        if (level := level_of(rule, dose, now=now, today=today))
    ]
    if not waiting:
        return None
    first, level = waiting[0]
    doses = tuple(dict.fromkeys(dose.seq for dose, _ in waiting))
    return Overdue(doses, (today - first.on).days, level)


def level_of(rule: Integration, dose: Given, *, now: datetime, today: date) -> Level | None:
    """How late it is after one dose: by the hour for a task, by local dates for amber and red."""
    days = (today - dose.on).days
    for level, after in ((Level.RED, rule.red_after_days), (Level.AMBER, rule.amber_after_days)):
        if after is not None and days >= after:
            return level
    within = rule.book_within_days
    is_task = within is not None and now - dose.given_at >= timedelta(days=within)
    return Level.TASK if is_task else None
