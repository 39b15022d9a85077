"""The shapes of a problem file. Each part checks itself and turns into its part of the model.

What a part must know of the rest of the file (the grid, the ids that exist) it finds in the
`Surroundings`, read beforehand without trust, so that one pass finds all faults at once.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from scheduling.planner import model
from scheduling.planner.wall import CLOSED_UNTIL, MINUTES_PER_DAY

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRIDS = (5, 15)


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


def whole(least: int) -> PlainValidator:
    """A whole number of at least so much."""

    def check(value: Any) -> int:
        if type(value) is not int or value < least:
            raise fault(f"must be a whole number of at least {least}")
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
        return date.fromisoformat(_text(value))
    except ValueError:
        raise fault('must be a date such as "2026-03-09"') from None


def _instant(value: Any) -> datetime:
    try:
        if not _text(value).endswith("Z"):
            raise ValueError
        return datetime.fromisoformat(value[:-1]).replace(tzinfo=UTC)
    except ValueError:
        raise fault('must be a UTC instant such as "2026-03-09T13:15:00Z"') from None


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
Count = Annotated[int, whole(0)]
Number = Annotated[int, whole(1)]
GridMinutes = Annotated[int, whole(0), AfterValidator(_on_grid)]
SomeGridMinutes = Annotated[int, whole(1), AfterValidator(_on_grid)]
LocalDate = Annotated[date, PlainValidator(_local_date)]
Instant = Annotated[datetime, PlainValidator(_instant)]
Start = Annotated[datetime, PlainValidator(_start)]
ClockTime = Annotated[int, PlainValidator(_clock_time)]
VisitId = Annotated[Text, known("visits", "visit type")]
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


Period = Annotated[tuple[Instant, Instant], AfterValidator(_forward)]
Days = Annotated[tuple[Count, Count], AfterValidator(_ascending)]
Interval = Annotated[tuple[ClockTime, ClockTime], AfterValidator(_forward)]
Weekly = Annotated[dict[Weekday, tuple[Interval, ...]], AfterValidator(_numbered)]
OpeningHours = Annotated[Weekly, AfterValidator(_closed_at_night)]
PerWeekday = Annotated[dict[Weekday, Count], AfterValidator(_numbered)]


# --- Parts ----------------------------------------------------------------------------------


def becomes(target: Callable[..., Any]) -> AfterValidator:
    """Turn the checked part into its part of the model."""
    return AfterValidator(lambda part: target(**dict(part)))


class Part(BaseModel):
    """A JSON object; fields that the format does not know are left alone."""

    model_config = ConfigDict(extra="ignore")


class ClinicPart(Part):
    id: Text
    tz: Annotated[str, PlainValidator(_zone)]
    grid_min: Annotated[int, PlainValidator(_grid)]
    horizon: Annotated[tuple[LocalDate, LocalDate], AfterValidator(_forward)]
    hours: OpeningHours
    closures: frozenset[LocalDate] = frozenset()
    soft_dosing_per_day: PerWeekday = {}


class RoomPart(Part):
    id: Annotated[Text, unique("rooms")]
    kinds: frozenset[Text]
    blocked: tuple[Period, ...] = ()


class StaffPart(Part):
    id: Annotated[Text, unique("staff")]
    roles: frozenset[Text]
    capacity: Count
    shifts: Weekly
    leave: tuple[Period, ...] = ()


class PhasePart(Part):
    name: Text
    min: SomeGridMinutes
    load: dict[Text, Count] = {}
    presence: tuple[Text, ...] = ()


class VisitPart(Part):
    dosing: Flag = False
    room_kind: Text
    turnover_min: GridMinutes = 0
    phases: tuple[Annotated[PhasePart, becomes(model.Phase)], ...]


class PrepPart(Part):
    visit: VisitId
    days_before_first: Days


class DosePart(Part):
    visit: VisitId
    gap: Days | None = None
    target2: Count = 0


class SpanPart(Part):
    to: Annotated[int, whole(2)]
    max_days: Count


class IntegrationPart(Part):
    after: Number
    visit: VisitId
    days: Days


def _gaps_after_first(doses: tuple[Any, ...]) -> tuple[Any, ...]:
    if not doses:
        raise fault("must name at least one dose")
    missing = [number for number, dose in enumerate(doses) if (dose.gap is None) != (number == 0)]
    if missing:
        raise fault(f"dose {missing[0] + 1} {'needs a' if missing[0] else 'has no'} gap")
    return doses


def _within_doses(protocol: Any) -> Any:
    count = len(protocol.dosing)
    for span in protocol.spans:
        if span.to > count:
            raise fault(f"a span ends at dose {span.to}, but there are {count}")
    after = [rule.after for rule in protocol.integration]
    if any(number > count for number in after):
        raise fault(f"an integration visit follows dose {max(after)}, but there are {count}")
    if len(set(after)) < len(after):
        raise fault("two integration visits follow the same dose")
    return protocol


class ProtocolPart(Part):
    prep: tuple[Annotated[PrepPart, becomes(model.PrepRule)], ...] = ()
    dosing: Annotated[
        tuple[Annotated[DosePart, becomes(model.DoseRule)], ...],
        AfterValidator(_gaps_after_first),
    ]
    spans: tuple[Annotated[SpanPart, becomes(model.SpanRule)], ...] = ()
    integration: tuple[Annotated[IntegrationPart, becomes(model.IntegrationRule)], ...] = ()


class PreviousPart(Part):
    kind: Literal["prep", "dosing", "integration"]
    seq: Number
    start: Start
    room_id: RoomId
    staff: People
    locked: Flag = False


def _each_once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    keys = [(item.kind, item.seq) for item in items]
    if len(set(keys)) < len(keys):
        raise fault("names the same appointment more than once")
    return items


def _in_protocol(course: Any, info: ValidationInfo) -> Any:
    known_ones = around(info).appointments.get(course.protocol)
    for item in course.previous:
        if known_ones is not None and (item.kind, item.seq) not in known_ones:
            raise fault(f"its protocol has no {item.kind} {item.seq}, which `previous` names")
    return course


class CoursePart(Part):
    id: Annotated[Text, unique("courses")]
    patient_id: Text
    protocol: Annotated[Text, known("protocols", "protocol")]
    priority: Number = 1
    earliest: LocalDate
    latest_first: LocalDate
    windows: Weekly
    preferred: Weekly | None = None
    unavailable: tuple[Period, ...] = ()
    therapist_id: Annotated[Text, AfterValidator(_therapist)] | None = None
    previous: Annotated[
        tuple[Annotated[PreviousPart, becomes(model.Previous)], ...], AfterValidator(_each_once)
    ] = ()


class BookingPart(Part):
    id: Annotated[Text, unique("bookings")]
    visit: VisitId
    start: Start
    room_id: RoomId
    staff: People


class WeightsPart(Part):
    unplaced: Count = 1_000_000
    start_day: Count = 200
    gap_halfday: Count = 60
    pref: Count = 50
    integ_day: Count = 10
    therapist: Count = 40
    rn_change: Count = 15
    tod_5min: Count = 1
    balance: Count = 25
    moved_day: Count = 1000
    moved_time: Count = 300
    swapped: Count = 20


class ProblemPart(Part):
    id: Text
    clinic: Annotated[ClinicPart, becomes(model.Clinic)]
    rooms: tuple[Annotated[RoomPart, becomes(model.Room)], ...]
    staff: tuple[Annotated[StaffPart, becomes(model.Staff)], ...]
    visits: dict[Text, Annotated[VisitPart, becomes(model.VisitType)]]
    protocols: dict[
        Text,
        Annotated[ProtocolPart, AfterValidator(_within_doses), becomes(model.Protocol)],
    ]
    courses: tuple[Annotated[CoursePart, AfterValidator(_in_protocol), becomes(model.Course)], ...]
    bookings: tuple[Annotated[BookingPart, becomes(model.Booking)], ...] = ()
    weights: Annotated[WeightsPart, becomes(model.Weights)] = Field(
        default={}, validate_default=True
    )
