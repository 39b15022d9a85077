"""From the database to a planning problem, in a fixed number of queries.

Everything is read for one site and one stretch of dates, so the cost follows the site's book in
that stretch and not the size of the tables.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from psycopg.types.range import DateRange, TimestamptzRange

from clinic.models import (
    Closure,
    Leave,
    Membership,
    OpeningHours,
    PatientUnavailability,
    PatientWindow,
    Role,
    RoleAssignment,
    Room,
    RoomBlock,
    Shift,
    Site,
)
from courses.doses.selectors import doses_of_patient
from courses.models import Course, Dose, ProtocolVersion
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of
from scheduling.crew import PLANNER_ROLES, crews
from scheduling.models import Reservation, StaffClaim, overlapping
from scheduling.places import Places, places_of
from scheduling.planner import model as planner
from scheduling.planner.model import Period, Weekly


@dataclass(frozen=True, slots=True)
class CourseProblem:
    """A problem with one course, and how the planner's numbering maps to the course's."""

    problem: planner.Problem
    course_id: str
    places: Places
    version_id: UUID

    def visit_key(self, name: str) -> str:
        """The planner's name for one of the course's visit types."""
        return f"{self.version_id}/{name}"


def course_problem(
    course: Course, *, now: datetime, extra_doses: int = 0, spare_weeks: int = 0
) -> CourseProblem:
    """What the planner must solve to place every visit of the course that has no place yet.

    Visits that are booked or done stay as they are; nothing new is placed before `now`. The
    horizon reaches as far as the course can, and `spare_weeks` further. `extra_doses` are planned
    past the ones that the course has.
    """
    definition = definition_of(course.protocol_version)
    today = now.astimezone(course.site.zone).date()
    places = places_of(course, definition, today=today, extra_doses=extra_doses)
    horizon = _horizon(course, places, now, spare_weeks)
    window = _window(horizon, course.site.zone)
    kinds = _VisitKinds(course.protocol_version, definition)
    bookings = _bookings(course, places, window, kinds)
    problem = planner.Problem(
        id=str(course.pk),
        clinic=_clinic(course.site, horizon),
        rooms=_rooms(course.site, window),
        staff=_staff(course.site, window, bookings),
        visits=kinds.types,
        protocols={"course": places.protocol(kinds.key)},
        courses=(_course(course, places, now, horizon),),
        bookings=tuple(bookings),
    )
    return CourseProblem(problem, str(course.pk), places, course.protocol_version_id)


class _VisitKinds:
    """Visit types of all the protocol versions in the book, each read once."""

    def __init__(self, version: ProtocolVersion, definition: ProtocolDefinition) -> None:
        self.types: dict[str, planner.VisitType] = {}
        self._definitions = {version.pk: definition}
        self._own = version.pk
        for name in definition.visit_types:
            self.of(version.pk, name)

    def key(self, name: str) -> str:
        """The planner's name for a visit type of the course's own version."""
        return f"{self._own}/{name}"

    def learn(self, version_ids: Iterable[UUID]) -> None:
        """Read the definitions of versions that others' bookings were made under."""
        unknown = set(version_ids) - self._definitions.keys()
        for version in ProtocolVersion.objects.filter(pk__in=unknown):
            self._definitions[version.pk] = definition_of(version)

    def of(self, version_id: UUID, name: str) -> str:
        """The planner's name for a visit type of any version."""
        key = f"{version_id}/{name}"
        if key not in self.types:
            self.types[key] = _visit_type(self._definitions[version_id], name)
        return key


def _visit_type(definition: ProtocolDefinition, name: str) -> planner.VisitType:
    visit = definition.visit_types[name]
    return planner.VisitType(
        dosing=visit.kind == "dosing",
        room_kind=visit.room_kind,
        turnover_min=visit.turnover_minutes,
        phases=tuple(
            planner.Phase(
                name=phase.name,
                min=phase.minutes,
                load={PLANNER_ROLES[Role(role)]: units for role, units in phase.load.items()},
                presence=tuple(PLANNER_ROLES[Role(role)] for role in phase.presence),
            )
            for phase in visit.phases
        ),
    )


def _horizon(course: Course, places: Places, now: datetime, spare_weeks: int) -> tuple[date, date]:
    today = now.astimezone(course.site.zone).date()
    dates = [today, course.earliest_on, *places.kept_dates()]
    last = max(_latest_first(course, today), *places.kept_dates(), today)
    return min(dates), last + timedelta(weeks=spare_weeks, days=places.most_days() + 1)


def _window(horizon: tuple[date, date], zone: ZoneInfo) -> TimestamptzRange:
    return TimestamptzRange(_midnight(horizon[0], zone), _midnight(horizon[1], zone))


def _clinic(site: Site, horizon: tuple[date, date]) -> planner.Clinic:
    closures = Closure.objects.filter(site=site, on__gte=horizon[0], on__lt=horizon[1])
    soft = site.soft_doses_per_day
    return planner.Clinic(
        id=str(site.pk),
        tz=site.timezone,
        grid_min=site.grid_minutes,
        horizon=horizon,
        hours=weekly(OpeningHours.objects.filter(site=site)),
        closures=frozenset(closures.values_list("on", flat=True)),
        soft_dosing_per_day={} if soft is None else dict.fromkeys(range(7), soft),
    )


def weekly(rows: Iterable[Any]) -> Weekly:
    """Rows with weekday, starts and ends as the planner's weekly table, in minutes."""
    table: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        table[row.weekday].append((_minutes(row.starts), _minutes(row.ends)))
    return {day: tuple(sorted(spans)) for day, spans in table.items()}


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _rooms(site: Site, window: TimestamptzRange) -> tuple[planner.Room, ...]:
    blocked = _periods(RoomBlock.objects.filter(room__site=site, during__overlap=window), "room_id")
    return tuple(
        planner.Room(
            id=str(room.pk),
            kinds=frozenset(room.kinds) if room.is_active else frozenset(),
            blocked=tuple(blocked.get(room.pk, ())),
        )
        for room in Room.objects.filter(site=site).order_by("position", "name", "pk")
    )


def _periods(rows: Iterable[Any], owner: str) -> dict[UUID, list[Period]]:
    found: dict[UUID, list[Period]] = defaultdict(list)
    for row in rows:
        found[getattr(row, owner)].append(_period(row.during))
    return found


def _staff(
    site: Site, window: TimestamptzRange, bookings: Iterable[planner.Booking]
) -> tuple[planner.Staff, ...]:
    """People with a role at the site, and whoever else a booking there names."""
    roles: dict[UUID, set[str]] = defaultdict(set)
    for one in RoleAssignment.objects.filter(site=site, role__in=PLANNER_ROLES):
        roles[one.membership_id].add(PLANNER_ROLES[Role(one.role)])
    booked = {UUID(member) for booking in bookings for member in booking.staff.values()}
    shifts: dict[UUID, list[Shift]] = defaultdict(list)
    for shift in Shift.objects.filter(site=site, membership__is_active=True):
        shifts[shift.membership_id].append(shift)
    own = Q(membership__in=set(roles))
    leave = _periods(Leave.objects.filter(own, during__overlap=window), "membership_id")
    claims = StaffClaim.objects.filter(own, overlapping("during", "starts_at", *_period(window)))
    elsewhere = claims.exclude(reservation__site=site)
    busy = _periods(elsewhere, "membership_id")
    return tuple(
        planner.Staff(
            id=str(member.pk),
            roles=frozenset(roles[member.pk]),
            capacity=member.capacity,
            shifts=weekly(shifts[member.pk]),
            leave=tuple(leave[member.pk]),
            busy=tuple(busy[member.pk]),
        )
        for member in Membership.objects.filter(pk__in=roles.keys() | booked).order_by("pk")
    )


def _bookings(
    course: Course, places: Places, window: TimestamptzRange, kinds: _VisitKinds
) -> list[planner.Booking]:
    """Everybody else's visits at the site in that stretch."""
    there = Reservation.objects.filter(
        overlapping("room_during", "session__starts_at", *_period(window)),
        session__site=course.site,
    )
    held = there.exclude(session__in=places.kept_ids())
    rows = list(
        held.order_by("pk").values_list(
            "pk",
            "session__course__protocol_version_id",
            "session__visit_type",
            "session__starts_at",
            "room_id",
        )
    )
    kinds.learn(row[1] for row in rows)
    staff = crews(StaffClaim.objects.filter(reservation__in=held.values("pk")))
    return [
        planner.Booking(
            id=str(pk),
            visit=kinds.of(version, visit_type),
            start=starts_at,
            room_id=str(room),
            staff=staff.get(pk, {}),
        )
        for pk, version, visit_type, starts_at, room in rows
    ]


def _course(
    course: Course, places: Places, now: datetime, horizon: tuple[date, date]
) -> planner.Course:
    windows = list(PatientWindow.objects.filter(patient=course.patient))
    preferred = [window for window in windows if window.preferred]
    therapist = course.lead_therapist_id
    window = _window(horizon, course.site.zone)
    others = Reservation.objects.filter(patient=course.patient).exclude(session__course=course)
    return planner.Course(
        id=str(course.pk),
        patient_id=str(course.patient_id),
        protocol="course",
        earliest=_earliest(course, places, now),
        latest_first=_latest_first(course, now.astimezone(course.site.zone).date()),
        windows=weekly(windows) or _always(),
        preferred=weekly(preferred) or None,
        unavailable=tuple(_unavailable(course, window)),
        therapist_id=str(therapist) if therapist else None,
        previous=tuple(places.previous()),
        barred=tuple(_barred(others, now, window)),
        barred_dosing=(
            *_guarded(others, places, horizon, course.site.zone),
            *_near_elsewhere(course, places, horizon),
        ),
    )


def _earliest(course: Course, places: Places, now: datetime) -> date:
    """Days lost before planning are no fault of the plan: a new course counts from today."""
    today = now.astimezone(course.site.zone).date()
    return course.earliest_on if places.kept else max(course.earliest_on, today)


def _latest_first(course: Course, today: date) -> date:
    """A course under way whose first dose fell through has as many days again, from today."""
    if course.status == Course.Status.DRAFT:
        return course.latest_first_on
    return max(course.latest_first_on, today + (course.latest_first_on - course.earliest_on))


def _always() -> Mapping[int, tuple[tuple[int, int], ...]]:
    return dict.fromkeys(range(7), ((0, 24 * 60),))


def _unavailable(course: Course, window: TimestamptzRange) -> Iterator[Period]:
    """When the patient said to be away."""
    said = PatientUnavailability.objects.filter(patient=course.patient, during__overlap=window)
    yield from map(_period, said.order_by("during", "pk").values_list("during", flat=True))


def _barred(
    others: "QuerySet[Reservation]", now: datetime, window: TimestamptzRange
) -> Iterator[Period]:
    """The past, and the patient's visits outside this course."""
    begins, _ = _period(window)
    if begins < now:
        yield begins, now
    elsewhere = others.filter(patient_during__overlap=window).order_by("patient_during", "pk")
    yield from map(_period, elsewhere.values_list("patient_during", flat=True))


def _period(during: Any) -> Period:
    return during.lower, during.upper


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _guarded(
    others: "QuerySet[Reservation]", places: Places, horizon: tuple[date, date], zone: ZoneInfo
) -> Iterator[Period]:
    """Whole days around doses of other courses, on which this course may give none (G4)."""
    before = timedelta(days=places.definition.min_gap_days - 1)
    near = DateRange(horizon[0], horizon[1] + before)
    guards = others.filter(guard__overlap=near).order_by("pk").values_list("guard", flat=True)
    for guard in filter(None, guards):
        yield _midnight(guard.lower - before, zone), _midnight(guard.upper, zone)


def _near_elsewhere(course: Course, places: Places, horizon: tuple[date, date]) -> Iterator[Period]:
    """Whole days around the patient's doses at other clinics (DOMAIN 8.20, 8.21)."""
    gap, zone = timedelta(days=places.definition.min_gap_days), course.site.zone
    given = doses_of_patient(course.patient).filter(source=Dose.Source.OUTSIDE)
    for on in given.filter(on__gt=horizon[0] - gap).values_list("on", flat=True):
        yield _midnight(on - gap + timedelta(days=1), zone), _midnight(on + gap, zone)
