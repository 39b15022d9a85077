"""The values of a problem file: numbers, dates, times and ids, each checked in plain words.

What a value must know of the rest of the file (the grid, the ids that exist) it finds in the
`Surroundings`, read beforehand without trust, so that one pass finds all faults at once.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from scheduling.planner.wall import CLOSED_UNTIL, MINUTES_PER_DAY

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRIDS = (5, 15)
Moment = TypeVar("Moment", date, datetime)
YEARS = range(1970, 2200)
LONGEST_HORIZON = 1100
"""Days; the planner's tables grow with it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts of a file may refer to."""

    grid: int = 1
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    ids: Mapping[str, Counter[str]] = field(default_factory=dict)
    """How often each id occurs, per list or table of the file."""
    therapists: frozenset[str] = frozenset()
    appointments: Mapping[str, frozenset[tuple[Any, Any]]] = field(default_factory=dict)
    """(kind, seq) of what each protocol has."""


def fault(text: str) -> PydanticCustomError:
    """A fault in plain words, without pydantic's own."""
    return PydanticCustomError("fault", "{text}", {"text": text})


def around(info: ValidationInfo) -> Surroundings:
    """The surroundings that the reader passed."""
    context = info.context
    return context if isinstance(context, Surroundings) else Surroundings()


# --- Leaves ---------------------------------------------------------------------------------


def whole(least: int, most: int) -> PlainValidator:
    """A whole number in these bounds."""

    def check(value: Any) -> int:
        if type(value) is not int or value < least:
            raise fault(f"must be a whole number of at least {least}")
        if value > most:
            raise fault(f"must be at most {most}")
        return value

    return PlainValidator(check)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise fault("must be a text that is not empty")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise fault("must be true or false")
    return value


def _local_date(value: Any) -> date:
    try:
        day = date.fromisoformat(_text(value))
    except ValueError:
        raise fault('must be a date such as "2026-03-09"') from None
    return _in_our_time(day)


def _in_our_time(day: Moment) -> Moment:
    if day.year not in YEARS:
        raise fault(f"must lie between {YEARS[0]} and {YEARS[-1]}")
    return day


def _instant(value: Any) -> datetime:
    try:
        if not _text(value).endswith("Z"):
            raise ValueError
        instant = datetime.fromisoformat(value[:-1]).replace(tzinfo=UTC)
    except ValueError:
        raise fault('must be a UTC instant such as "2026-03-09T13:15:00Z"') from None
    return _in_our_time(instant)


def _start(value: Any, info: ValidationInfo) -> datetime:
    instant, here = _instant(value), around(info)
    local = instant.astimezone(here.zone)
    if (local.hour * 60 + local.minute) % here.grid or local.second or local.microsecond:
        raise fault(f"must lie on the grid of {here.grid} minutes")
    return instant


def _clock_time(value: Any, info: ValidationInfo) -> int:
    hours, _, minutes = value.partition(":") if isinstance(value, str) else ("", "", "")
    if len(hours) != 2 or len(minutes) != 2 or not (hours + minutes).isdecimal():
        raise fault('must be a time such as "08:15"')
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > MINUTES_PER_DAY:
        raise fault('must be a time from "00:00" to "24:00"')
    return _on_grid(minute, info)


def _on_grid(minutes: int, info: ValidationInfo) -> int:
    grid = around(info).grid
    if minutes % grid:
        raise fault(f"must lie on the grid of {grid} minutes")
    return minutes


def _zone(value: Any) -> str:
    try:
        ZoneInfo(_text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fault('must be a time zone such as "America/New_York"') from None
    return str(value)


def _grid(value: Any) -> int:
    if value not in GRIDS or type(value) is not int:
        raise fault("must be 5 or 15")
    return value


def known(table: str, what: str) -> AfterValidator:
    """An id that exists in that part of the file."""

    def check(value: str, info: ValidationInfo) -> str:
        if value not in around(info).ids.get(table, ()):
            raise fault(f"there is no {what} {value!r}")
        return value

    return AfterValidator(check)


def unique(table: str) -> AfterValidator:
    """An id that occurs once in its list."""

    def check(value: str, info: ValidationInfo) -> str:
        if around(info).ids.get(table, Counter())[value] > 1:
            raise fault(f"the id {value!r} is used more than once")
        return value

    return AfterValidator(check)


def _therapist(value: str, info: ValidationInfo) -> str:
    if value not in around(info).therapists:
        raise fault(f"there is no therapist {value!r}")
    return value


Text = Annotated[str, PlainValidator(_text)]
Flag = Annotated[bool, PlainValidator(_flag)]
Count = Annotated[int, whole(0, 1000)]
Number = Annotated[int, whole(1, 1000)]
HalfDays = Annotated[int, whole(0, 2000)]
Weight = Annotated[int, whole(0, 10**12)]
GridMinutes = Annotated[int, whole(0, MINUTES_PER_DAY), AfterValidator(_on_grid)]
SomeGridMinutes = Annotated[int, whole(1, MINUTES_PER_DAY), AfterValidator(_on_grid)]
LocalDate = Annotated[date, PlainValidator(_local_date)]
Instant = Annotated[datetime, PlainValidator(_instant)]
Start = Annotated[datetime, PlainValidator(_start)]
ClockTime = Annotated[int, PlainValidator(_clock_time)]
ZoneName = Annotated[str, PlainValidator(_zone)]
GridSize = Annotated[int, PlainValidator(_grid)]
VisitId = Annotated[Text, known("visits", "visit type")]
TherapistId = Annotated[Text, AfterValidator(_therapist)]
RoomId = Annotated[Text, known("rooms", "room")]
People = dict[Text, Annotated[Text, known("staff", "person")]]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


# --- Pairs and weeks ------------------------------------------------------------------------


def _forward(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    if not pair[0] < pair[1]:
        raise fault("must end after it starts")
    return pair


def _ascending(pair: tuple[int, int]) -> tuple[int, int]:
    if pair[0] > pair[1]:
        raise fault("must name the smaller number first")
    return pair


def _numbered(week: dict[str, Any]) -> dict[int, Any]:
    return {WEEKDAYS.index(day): value for day, value in week.items()}


def _closed_at_night(week: dict[int, Any]) -> dict[int, Any]:
    for intervals in week.values():
        if any(start < CLOSED_UNTIL for start, _ in intervals):
            raise fault("the clinic must be closed from 00:00 to 04:00")
    return week


def _not_too_long(horizon: tuple[date, date]) -> tuple[date, date]:
    if (horizon[1] - horizon[0]).days > LONGEST_HORIZON:
        raise fault(f"must span at most {LONGEST_HORIZON} days")
    return horizon


Period = Annotated[tuple[Instant, Instant], AfterValidator(_forward)]
Horizon = Annotated[
    tuple[LocalDate, LocalDate], AfterValidator(_forward), AfterValidator(_not_too_long)
]
Days = Annotated[tuple[Count, Count], AfterValidator(_ascending)]
Interval = Annotated[tuple[ClockTime, ClockTime], AfterValidator(_forward)]
Weekly = Annotated[dict[Weekday, tuple[Interval, ...]], AfterValidator(_numbered)]
OpeningHours = Annotated[Weekly, AfterValidator(_closed_at_night)]
PerWeekday = Annotated[dict[Weekday, Count], AfterValidator(_numbered)]
