"""A week of hours as a form: some lines for each weekday, an empty one to add more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import time

from django.http import QueryDict

from clinic.availability.rules import Span, fault_of_day
from clinic.errors import DomainError
from clinic.models import Weekday

NO_TIME = "Give each time as hours and minutes, such as 09:30."
HALF = "Give both when it begins and when it ends."


@dataclass(slots=True)
class Day:
    """One weekday, as typed."""

    weekday: int
    lines: list[tuple[str, str]]
    error: str = ""

    @property
    def name(self) -> str:
        return str(Weekday(self.weekday).label)

    @property
    def starts_name(self) -> str:
        return f"day-{self.weekday}-starts"

    @property
    def ends_name(self) -> str:
        return f"day-{self.weekday}-ends"


@dataclass(slots=True)
class WeekForm:
    """Seven days of lines; keeps what was typed, and each fault with its day."""

    days: Sequence[Day]
    earliest: time = time(0)
    week: list[Span] = field(default_factory=list)
    refusal: str = ""
    auto_id: str = ""

    @classmethod
    def of_week(cls, week: Iterable[Span], *, earliest: time = time(0)) -> "WeekForm":
        """The form that shows this week."""
        known = sorted(week)
        return cls([_shown_day(number, known) for number in range(7)], earliest)

    @classmethod
    def of_post(cls, data: QueryDict, *, earliest: time = time(0)) -> "WeekForm":
        """The form as somebody sent it."""
        days = [Day(number, []) for number in range(7)]
        for day in days:
            pairs = zip(data.getlist(day.starts_name), data.getlist(day.ends_name), strict=False)
            day.lines = [*((a.strip(), b.strip()) for a, b in pairs if a.strip() or b.strip())]
            day.lines.append(("", ""))
        return cls(days, earliest)

    @property
    def errors(self) -> list[str]:
        """What is wrong, day by day."""
        faults = [f"{day.name}: {day.error}" for day in self.days if day.error]
        return [*faults, *([self.refusal] if self.refusal else [])]

    def is_valid(self) -> bool:
        """Read the week out of what was typed."""
        self.week = [span for day in self.days for span in self._read(day)]
        return not self.errors

    def _read(self, day: Day) -> list[Span]:
        try:
            spans = [_span(day.weekday, *line) for line in day.lines if any(line)]
        except ValueError as exc:
            day.error = HALF if str(exc) == HALF else NO_TIME
            return []
        day.error = fault_of_day([span.clock for span in spans], earliest=self.earliest)
        return spans

    def refuse(self, refusal: DomainError) -> None:
        """Show what the service refused."""
        self.refusal = str(refusal)


def _shown_day(number: int, week: Iterable[Span]) -> Day:
    lines = [(f"{s.starts:%H:%M}", f"{s.ends:%H:%M}") for s in week if s.weekday == number]
    return Day(number, [*lines, ("", "")])


def _span(weekday: int, starts: str, ends: str) -> Span:
    if not (starts and ends):
        raise ValueError(HALF)
    return Span(weekday, _time(starts), _time(ends))


def _time(text: str) -> time:
    """A wall clock's time; ValueError for anything else, such as one with an offset."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(NO_TIME)
    return found
