"""The planning problem and its plan, as plain frozen data.

Ids are strings. Instants are aware UTC datetimes, periods are half-open, dates are the clinic's
local dates. A weekly table maps a weekday (0 = Monday) to intervals of wall-clock minutes; a dated
one says what holds instead on single dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

Kind = Literal["prep", "dosing", "integration"]
Weekly = Mapping[int, tuple[tuple[int, int], ...]]
Dated = Mapping[date, tuple[tuple[int, int], ...]]
Period = tuple[datetime, datetime]

RN = "rn"
THERAPIST = "therapist"


class Reason(StrEnum):
    """Why a course cannot be placed: the first single change that would make room for it."""

    CAPACITY = "CAPACITY"
    STAFF_LEAVE = "STAFF_LEAVE"
    CLOSURE = "CLOSURE"
    PATIENT_WINDOW = "PATIENT_WINDOW"
    START_WINDOW = "START_WINDOW"
    STRUCTURAL = "STRUCTURAL"
    TIME_LIMIT = "TIME_LIMIT"
    """Not a verdict on the course: planning was stopped before its turn came."""


@dataclass(frozen=True, slots=True)
class Clinic:
    id: str
    tz: str
    grid_min: int
    horizon: tuple[date, date]
    """First date, and the date after the last."""
    hours: Weekly
    closures: frozenset[date] = frozenset()
    soft_dosing_per_day: Mapping[int, int] = field(default_factory=dict)
    dated: Dated = field(default_factory=dict)
    """Opening hours of single dates."""


@dataclass(frozen=True, slots=True)
class Room:
    id: str
    kinds: frozenset[str]
    blocked: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    id: str
    roles: frozenset[str]
    capacity: int
    shifts: Weekly
    leave: tuple[Period, ...] = ()
    busy: tuple[Period, ...] = ()
    """Taken up by visits at other sites."""
    dated: Dated = field(default_factory=dict)
    """Shifts of single dates."""

    @property
    def away(self) -> tuple[Period, ...]:
        """When the person cannot be here, for whatever cause."""
        return self.leave + self.busy


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    min: int
    load: Mapping[str, int] = field(default_factory=dict)
    """Units that one person of the role carries throughout the phase."""
    presence: tuple[str, ...] = ()
    """Roles of which somebody must be on site, whatever else they do."""


@dataclass(frozen=True, slots=True)
class VisitType:
    dosing: bool
    room_kind: str
    turnover_min: int
    phases: tuple[Phase, ...]

    @property
    def minutes(self) -> int:
        """How long the patient stays."""
        return sum(phase.min for phase in self.phases)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that carry load here, one person each, in alphabetical order."""
        return tuple(sorted({role for p in self.phases for role, q in p.load.items() if q > 0}))


@dataclass(frozen=True, slots=True)
class PrepRule:
    visit: str
    days_before_first: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DoseRule:
    visit: str
    gap: tuple[int, int] | None = None
    """Fewest and most days since the dose before; None for dose 1 alone."""
    target2: int = 0
    """The gap to aim at, in half days."""


@dataclass(frozen=True, slots=True)
class SpanRule:
    to: int
    max_days: int


@dataclass(frozen=True, slots=True)
class IntegrationRule:
    after: int
    visit: str
    days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Protocol:
    dosing: tuple[DoseRule, ...]
    prep: tuple[PrepRule, ...] = ()
    spans: tuple[SpanRule, ...] = ()
    integration: tuple[IntegrationRule, ...] = ()

    @property
    def chain(self) -> tuple[tuple[Kind, int, str], ...]:
        """(kind, seq, visit) of every appointment, in the order in which they must happen."""
        chain: list[tuple[Kind, int, str]] = [
            ("prep", seq, rule.visit) for seq, rule in enumerate(self.prep, 1)
        ]
        following = {rule.after: rule for rule in self.integration}
        for seq, dose in enumerate(self.dosing, 1):
            chain.append(("dosing", seq, dose.visit))
            if seq in following:
                chain.append(("integration", seq, following[seq].visit))
        return tuple(chain)


@dataclass(frozen=True, slots=True)
class Previous:
    """An appointment of the course as it stood before; `locked` ones may not change."""

    kind: Kind
    seq: int
    start: datetime
    room_id: str
    staff: Mapping[str, str]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    patient_id: str
    protocol: str
    earliest: date
    latest_first: date
    windows: Weekly
    priority: int = 1
    preferred: Weekly | None = None
    unavailable: tuple[Period, ...] = ()
    therapist_id: str | None = None
    previous: tuple[Previous, ...] = ()
    barred: tuple[Period, ...] = ()
    """When no visit can be, whatever anybody wishes: the past, the patient's other visits."""
    barred_dosing: tuple[Period, ...] = ()
    """When no dosing visit can be: too near to doses of other courses."""

    def barred_for(self, visit: VisitType) -> tuple[Period, ...]:
        """When a visit of that type cannot be, whatever anybody wishes."""
        return self.barred + self.barred_dosing if visit.dosing else self.barred


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit of somebody else, which stays where it is."""

    id: str
    visit: str
    start: datetime
    room_id: str
    staff: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Weights:
    unplaced: int = 1_000_000
    start_day: int = 200
    gap_halfday: int = 60
    pref: int = 50
    integ_day: int = 10
    therapist: int = 40
    rn_change: int = 15
    tod_5min: int = 1
    balance: int = 25
    moved_day: int = 1000
    moved_time: int = 300
    swapped: int = 20


@dataclass(frozen=True, slots=True)
class Problem:
    id: str
    clinic: Clinic
    rooms: tuple[Room, ...]
    staff: tuple[Staff, ...]
    visits: Mapping[str, VisitType]
    protocols: Mapping[str, Protocol]
    courses: tuple[Course, ...]
    bookings: tuple[Booking, ...] = ()
    weights: Weights = Weights()

    def protocol_of(self, course: Course) -> Protocol:
        """The protocol that the course follows."""
        return self.protocols[course.protocol]

    def needs_lead(self, course: Course) -> bool:
        """Whether some visit of the course takes a therapist's time."""
        chain = self.protocol_of(course).chain
        return any(THERAPIST in self.visits[visit].roles for _, _, visit in chain)

    def course(self, course_id: str) -> Course:
        """The course of that id; KeyError when there is none."""
        for course in self.courses:
            if course.id == course_id:
                return course
        raise KeyError(course_id)


@dataclass(frozen=True, slots=True)
class Appointment:
    kind: Kind
    seq: int
    """1.. for prep and dosing; for integration the number of the dose it follows."""
    visit: str
    start: datetime
    end: datetime
    room_id: str
    staff: Mapping[str, str]
    """Role -> person."""


@dataclass(frozen=True, slots=True)
class CostTerms:
    """The objective O1 to O9 of one course, each weighted."""

    start_day: int = 0
    gaps: int = 0
    preference: int = 0
    integration_delay: int = 0
    therapist_changes: int = 0
    nurse_changes: int = 0
    time_of_day: int = 0
    balance: int = 0
    disturbance: int = 0

    @property
    def total(self) -> int:
        """What the planner minimises."""
        return (
            self.start_day
            + self.gaps
            + self.preference
            + self.integration_delay
            + self.therapist_changes
            + self.nurse_changes
            + self.time_of_day
            + self.balance
            + self.disturbance
        )


@dataclass(frozen=True, slots=True)
class Placed:
    course_id: str
    lead_therapist: str | None
    appointments: tuple[Appointment, ...]
    """In order of time."""
    cost: CostTerms


@dataclass(frozen=True, slots=True)
class Unplaced:
    course_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Certificate:
    objective: int
    bound: int | None
    """No plan can cost less; None when planning was stopped before it was known."""
    seconds: float
    seed: int | None = None
    """With the same seed and as many rounds the search finds the same plan."""

    @property
    def gap(self) -> int | None:
        """By how much the plan may at most be dearer than the best; None when nobody knows."""
        return None if self.bound is None else self.objective - self.bound


@dataclass(frozen=True, slots=True)
class Plan:
    problem_id: str
    courses: tuple[Placed | Unplaced, ...]
    """In the order of the problem."""
    certificate: Certificate


def appointment_end(visit: VisitType, start: datetime) -> datetime:
    """When the patient may leave."""
    return start + timedelta(minutes=visit.minutes)
