"""The parts of a problem file. Each is checked and turns into its part of the model."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from scheduling.planner import model
from scheduling.planner.file_values import (
    Count,
    Days,
    Flag,
    GridMinutes,
    GridSize,
    HalfDays,
    Horizon,
    LocalDate,
    Number,
    OpeningHours,
    People,
    Period,
    PerWeekday,
    RoomId,
    SomeGridMinutes,
    Start,
    Text,
    TherapistId,
    VisitId,
    Weekly,
    Weight,
    ZoneName,
    around,
    fault,
    known,
    unique,
    whole,
)


def becomes(target: Callable[..., Any]) -> AfterValidator:
    """Turn the checked part into its part of the model."""
    return AfterValidator(lambda part: target(**dict(part)))


class Part(BaseModel):
    """A JSON object; fields that the format does not know are left alone."""

    model_config = ConfigDict(extra="ignore")


class ClinicPart(Part):
    id: Text
    tz: ZoneName
    grid_min: GridSize
    horizon: Horizon
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
    target2: HalfDays = 0


class SpanPart(Part):
    to: Annotated[int, whole(2, 1000)]
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
    therapist_id: TherapistId | None = None
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
    unplaced: Weight = 1_000_000
    start_day: Weight = 200
    gap_halfday: Weight = 60
    pref: Weight = 50
    integ_day: Weight = 10
    therapist: Weight = 40
    rn_change: Weight = 15
    tod_5min: Weight = 1
    balance: Weight = 25
    moved_day: Weight = 1000
    moved_time: Weight = 300
    swapped: Weight = 20


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
