"""What makes hours of a week or a day right, and until when credentials keep a roster.

Times are of a site's wall clock, dates its local dates; spans are half-open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

# Clocks change at night, so nothing happens then.
EARLIEST_OPENING = time(4)
STEP_MINUTES = 5
# Days before an expiry on which it is told (DOMAIN 2.6) [dd].
WARN_DAYS = (60, 30, 7)

Clock = tuple[time, time]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one weekday, 0 being Monday."""

    weekday: int
    starts: time
    ends: time

    @property
    def clock(self) -> Clock:
        """The stretch without its day."""
        return self.starts, self.ends


def fault_of_day(spans: Iterable[Clock], *, earliest: time = time(0)) -> str:
    """What is wrong with the hours of one day, in words; empty when nothing is."""
    day = sorted(spans)
    return next(_faults(day, earliest), "")


def _faults(day: Sequence[Clock], earliest: time) -> Iterator[str]:
    for moment in (moment for span in day for moment in span):
        if moment.minute % STEP_MINUTES or moment.second or moment.microsecond:
            yield f"{moment:%H:%M} is not a step of {STEP_MINUTES} minutes."
    for starts, ends in day:
        if ends <= starts:
            yield f"{starts:%H:%M} to {ends:%H:%M}: the end must be later than the start."
        if starts < earliest:
            yield f"{starts:%H:%M} is too early: it opens at {earliest:%H:%M} at the earliest."
    for (_, ends), (starts, _) in pairwise(day):
        if starts < ends:
            yield f"Two of these times overlap: until {ends:%H:%M}, and from {starts:%H:%M}."


def faults_of_week(spans: Iterable[Span], *, earliest: time = time(0)) -> dict[int, str]:
    """The first fault of each weekday that has one."""
    days: dict[int, list[Clock]] = {}
    for span in spans:
        days.setdefault(span.weekday, []).append(span.clock)
    told = {day: fault_of_day(clocks, earliest=earliest) for day, clocks in sorted(days.items())}
    return {day: fault for day, fault in told.items() if fault}


def hours_on(
    day: date, weekly: Iterable[Span], dated: Mapping[date, Sequence[Clock]]
) -> tuple[Clock, ...]:
    """The hours of a date: its own where there are any said, else those of the weekday."""
    if day in dated:
        return tuple(sorted(dated[day]))
    return tuple(sorted(span.clock for span in weekly if span.weekday == day.weekday()))


def roster_ends_on(
    roles: Iterable[str], credentials: Mapping[str, date], required: Iterable[str]
) -> date | None:
    """The day from which there is no roster: a credential that a role needs expires (DOMAIN 2.6).

    `required` are `ROLE:KIND`. A credential that was never recorded ends nothing.
    """
    held = set(roles)
    needed = {kind for role, _, kind in (one.partition(":") for one in required) if role in held}
    return min((on for kind, on in credentials.items() if kind in needed), default=None)


def missing_credentials(
    roles: Iterable[str], credentials: Iterable[str], required: Iterable[str]
) -> list[str]:
    """The kinds that a role needs and that are not on record, in the order of the setting."""
    held, known = set(roles), set(credentials)
    needed = (one.partition(":") for one in required)
    kinds = (kind for role, _, kind in needed if role in held and kind not in known)
    return list(dict.fromkeys(kinds))


def warning_of(expires_on: date, today: date) -> int | None:
    """The narrowest warning that holds, in days; 0 from the expiry on, None while it is far."""
    left = (expires_on - today).days
    if left <= 0:
        return 0
    return min((days for days in WARN_DAYS if left <= days), default=None)
