"""The clinic's wall clock: the only place where UTC meets local time."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from scheduling.planner.model import Dated, Period, Weekly

MINUTES_PER_DAY = 24 * 60
ALWAYS_WEEKLY: Dated = MappingProxyType({})
CLOSED_UNTIL = 4 * 60
"""Every clinic is closed 00:00-04:00, so that no visit meets a clock change."""


def merged(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same minutes as few disjoint intervals in order; abutting ones count as one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return tuple(out)


def widened(weekly: Weekly, dated: Dated) -> Dated:
    """The dated intervals together with those of their weekday, which they had replaced."""
    return {on: merged((*spans, *weekly.get(on.weekday(), ()))) for on, spans in dated.items()}


def overlaps(period: Period, others: Iterable[Period]) -> bool:
    """Whether the half-open period meets any of the others."""
    return any(start < period[1] and period[0] < end for start, end in others)


class Wall:
    """Dates and minutes of day as the clinic's clock shows them."""

    def __init__(self, tz: str) -> None:
        self.zone = ZoneInfo(tz)

    def day(self, instant: datetime) -> date:
        """The local date."""
        return instant.astimezone(self.zone).date()

    def minute(self, instant: datetime) -> int:
        """The local minute of the day."""
        local = instant.astimezone(self.zone)
        return local.hour * 60 + local.minute

    def instant(self, day: date, minute: int) -> datetime:
        """The UTC instant at which the clock shows that minute of that day."""
        local = datetime.combine(day, time(minute // 60, minute % 60), self.zone)
        return local.astimezone(UTC)

    def midnight(self, day: date) -> datetime:
        """The UTC instant from which minutes of the day count true after any clock change."""
        return self.instant(day, 12 * 60) - timedelta(hours=12)

    def inside(self, weekly: Weekly, period: Period, dated: Dated = ALWAYS_WEEKLY) -> bool:
        """Whether the period lies in one interval of its date or weekday, on one local date."""
        start, end = (moment.astimezone(self.zone) for moment in period)
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        spans = dated.get(start.date(), weekly.get(start.weekday(), ()))
        return start.date() == end.date() and any(
            opens <= first and last <= closes for opens, closes in merged(spans)
        )
