"""The week in which a patient can come, as a form: a line or more for each weekday."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import time
from itertools import groupby

from django.http import QueryDict

from clinic.errors import DomainError
from clinic.models import Weekday
from clinic.services import Window, check_windows

ANY, NEVER, HOURS = "any", "never", "hours"
# What "any time" is kept as: the whole day, so that longer opening hours count too.
DAY_STARTS, DAY_ENDS = time(0), time(23, 59)
USUAL_LINE = ("09:00", "17:00")


@dataclass(slots=True)
class Line:
    """One stretch of a day, as typed."""

    starts: str
    ends: str
    preferred: bool = False


@dataclass(slots=True)
class Day:
    """One weekday, as typed."""

    weekday: int
    mode: str
    preferred: bool = False
    lines: list[Line] = field(default_factory=list)
    error: str = ""

    @property
    def name(self) -> str:
        return str(Weekday(self.weekday).label)

    @property
    def prefix(self) -> str:
        return f"week-{self.weekday}"


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring weekdays that are alike, to read."""

    name: str
    day: Day


class WeekForm:
    """Seven days, each any time, not at all, or from–to; keeps what was typed."""

    def __init__(self, days: Sequence[Day]) -> None:
        self.days = list(days)
        self.windows: list[Window] = []

    @classmethod
    def of_windows(cls, windows: Iterable[Window]) -> "WeekForm":
        """The form that shows these windows; without any, every day is free."""
        known = list(windows)
        return cls([_day_of(n, [w for w in known if w.weekday == n], not known) for n in range(7)])

    @classmethod
    def of_post(cls, data: QueryDict) -> "WeekForm":
        """The form as somebody sent it."""
        return cls([_posted_day(data, number) for number in range(7)])

    @staticmethod
    def is_in(data: QueryDict) -> bool:
        """Whether a week was sent at all."""
        return any(f"week-{number}-mode" in data for number in range(7))

    @property
    def errors(self) -> list[str]:
        """What is wrong, day by day."""
        return [f"{day.name}: {day.error}" for day in self.days if day.error]

    @property
    def spans(self) -> list[Span]:
        """The week to read: neighbouring days that are alike are told once."""
        alike = groupby(self.days, key=lambda day: (day.mode, day.preferred, _shown(day)))
        return [_span(list(days)) for _, days in alike]

    def is_valid(self) -> bool:
        """Read the windows out of what was typed; each fault stays with its day."""
        found = [window for day in self.days for window in self._read(day)]
        if not self.errors and all(day.mode == NEVER for day in self.days):
            self.days[0].error = "Leave at least one day on which the patient can come."
        wide_open = all(day.mode == ANY and not day.preferred for day in self.days)
        self.windows = [] if wide_open else found
        return not self.errors

    def _read(self, day: Day) -> list[Window]:
        try:
            windows = _windows(day)
            check_windows(windows)
        except ValueError:
            day.error = "Give each time as hours and minutes, such as 09:30."
        except DomainError as exc:
            words = str(exc).partition(": ")[2]
            day.error = words[:1].upper() + words[1:]
        else:
            return windows
        return []


def _day_of(number: int, windows: list[Window], is_free: bool) -> Day:
    usual = [Line(*USUAL_LINE)]
    if not windows:
        return Day(number, ANY if is_free else NEVER, lines=usual)
    first = windows[0]
    if (first.starts, first.ends) == (DAY_STARTS, DAY_ENDS):
        return Day(number, ANY, preferred=first.preferred, lines=usual)
    lines = [Line(f"{w.starts:%H:%M}", f"{w.ends:%H:%M}", w.preferred) for w in windows]
    return Day(number, HOURS, lines=lines)


def _posted_day(data: QueryDict, number: int) -> Day:
    prefix = f"week-{number}"
    times = zip(data.getlist(f"{prefix}-starts"), data.getlist(f"{prefix}-ends"), strict=False)
    liked = set(data.getlist(f"{prefix}-liked"))
    mode = data.get(f"{prefix}-mode", ANY)
    return Day(
        weekday=number,
        mode=mode if mode in {ANY, NEVER, HOURS} else ANY,
        preferred=f"{prefix}-preferred" in data,
        lines=[Line(*pair, str(at) in liked) for at, pair in enumerate(times)]
        or [Line(*USUAL_LINE)],
    )


def _shown(day: Day) -> list[Line]:
    return day.lines if day.mode == HOURS else []


def _span(days: list[Day]) -> Span:
    first, last = days[0], days[-1]
    return Span(first.name if first is last else f"{first.name} to {last.name}", first)


def _windows(day: Day) -> list[Window]:
    if day.mode == NEVER:
        return []
    if day.mode == ANY:
        return [Window(day.weekday, DAY_STARTS, DAY_ENDS, day.preferred)]
    typed = [line for line in day.lines if line.starts.strip() or line.ends.strip()]
    if not typed:
        raise ValueError("no times")
    return [
        Window(
            day.weekday,
            _time(line.starts),
            _time(line.ends),
            line.preferred,
        )
        for line in typed
    ]


def _time(text: str) -> time:
    """A wall clock's time; ValueError for anything else, such as one with an offset."""
    found = time.fromisoformat(text.strip())
    if found.tzinfo is not None:
        raise ValueError("a time of another zone")
    return found
