"""From the database to a planning problem, in a fixed number of queries.

Everything is read for one site and one stretch of dates, so the cost follows the site's book in
that stretch and not the size of the tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from clinic.models import Role
from courses.models import Course, ProtocolVersion
from courses.protocols import ProtocolDefinition
from courses.protocols.evaluation import EVALUATION
from courses.selectors import definition_of
from scheduling.crew import PLANNER_ROLES
from scheduling.keeping.reading import Asker
from scheduling.names import Names
from scheduling.patient_reading import PatientTime, patient_time, time_in
from scheduling.places import Places, places_of
from scheduling.planner import model as planner
from scheduling.planner.model import Kind, Period
from scheduling.planner.rules import ONE_DAY, dates_between
from scheduling.reading import Reader, Stretch, read_site


@dataclass(frozen=True, slots=True)
class CourseProblem:
    """A problem with one course, and how the planner's numbering maps to the course's."""

    problem: planner.Problem
    course_id: str
    places: Places
    version_id: UUID
    names: Names

    def visit_key(self, name: str) -> str:
        """The planner's name for one of the course's visit types."""
        return f"{self.version_id}/{name}"


def course_problem(
    course: Course,
    *,
    now: datetime,
    asked_at: datetime | None = None,
    extra_doses: int = 0,
    spare_weeks: int = 0,
    only: tuple[str, int] | None = None,
    on: date | None = None,
    places: Places | None = None,
) -> CourseProblem:
    """What the planner must solve to place every visit of the course that has no place yet.

    What others hold counts as booked until it is over, as of `asked_at` where that is not `now`.
    Visits that are booked or done stay as they are; nothing new is placed before `now`. The
    horizon reaches as far as the course can, and `spare_weeks` further. `extra_doses` are planned
    past the ones that the course has. Where `only` one place is asked for (kind and number), the
    horizon is what the others leave it; `on` one date, that date or, past the horizon, nothing.
    `places` are the course's, where they are known.
    """
    definition = definition_of(course.protocol_version)
    today = now.astimezone(course.site.zone).date()
    places = places or places_of(course, definition, today=today, extra_doses=extra_doses)
    horizon = _horizon(course, places, now, spare_weeks)
    kinds = _VisitKinds(course.protocol_version, definition)
    protocol = places.protocol(kinds.key)
    stretch = Stretch(course.site, *_narrowed(horizon, places, protocol, today, only, on))
    gap = timedelta(days=definition.min_gap_days)
    reader = Reader(
        kept={one.visit.pk: one.visit.reservation.pk for one in places.kept.values()},
        asker=Asker(course.pk, asked_at or now),
        learn=kinds.learn,
        key=kinds.of,
        since=today,
    )
    here, book, found = read_site(stretch, reader, patient_time(course, stretch, gap=gap))
    time = time_in(found)
    problem = planner.Problem(
        id=str(course.pk),
        clinic=here.clinic,
        rooms=here.rooms,
        staff=tuple(_with_work(person, book.busy) for person in here.staff),
        visits=kinds.types,
        protocols={"course": protocol},
        courses=(_course(course, places, time, now, stretch),),
        bookings=book.bookings,
    )
    return CourseProblem(problem, str(course.pk), places, course.protocol_version_id, here.names)


def _narrowed(
    horizon: tuple[date, date],
    places: Places,
    protocol: planner.Protocol,
    today: date,
    only: tuple[str, int] | None,
    on: date | None,
) -> tuple[date, date]:
    """The part of the horizon that the other visits leave the one; all of it where that is past.

    Of that the one date, if there is one.
    """
    if only is None or not places.has(*only):
        return horizon
    key = cast("Kind", only[0]), places.planner_number(*only)
    days = {
        (cast("Kind", kind), places.planner_number(kind, seq)): one.day
        for (kind, seq), one in places.kept.items()
        if (kind, seq) != only
    }
    first, last = dates_between(protocol, days, key)
    first, end = max(first, horizon[0]), min(last, horizon[1] - ONE_DAY) + ONE_DAY
    if on is not None:
        return on, on + ONE_DAY if max(first, today) <= on < end else on
    return (first, end) if max(first, today) < end else horizon


class _VisitKinds:
    """Visit types of all the protocol versions in the book, each read once."""

    def __init__(self, version: ProtocolVersion, definition: ProtocolDefinition) -> None:
        self.types: dict[str, planner.VisitType] = {}
        self._definitions = {version.pk: definition}
        self._own = version.pk
        for name in {**definition.visit_types, EVALUATION: None}:
            self.of(version.pk, name)

    def key(self, name: str) -> str:
        """The planner's name for a visit type of the course's own version."""
        return f"{self._own}/{name}"

    def learn(self, version_ids: Iterable[UUID]) -> None:
        """Read the definitions of versions that others' bookings were made under."""
        unknown = set(version_ids) - self._definitions.keys()
        for version in ProtocolVersion.objects.filter(pk__in=unknown) if unknown else ():
            self._definitions[version.pk] = definition_of(version)

    def of(self, version_id: UUID | None, name: str) -> str:
        """The planner's name for a visit type of any version, or of a group."""
        key = f"{version_id}/{name}"
        if key not in self.types:
            self.types[key] = (
                _visit_type(self._definitions[version_id], name) if version_id else _group(name)
            )
        return key


def _group(name: str) -> planner.VisitType:
    """A group visit: it has its therapist wholly, and its room through turnover."""
    turnover, load, minutes = map(int, name.split())
    together = planner.Phase("group", minutes, {PLANNER_ROLES[Role.THERAPIST]: load})
    return planner.VisitType(False, "", turnover, (together,))


def _visit_type(definition: ProtocolDefinition, name: str) -> planner.VisitType:
    visit = definition.visit_type(name)
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


def _with_work(person: planner.Staff, busy: Mapping[str, Sequence[Period]]) -> planner.Staff:
    """The person with the time that visits at other sites take."""
    return replace(person, busy=tuple(busy[person.id])) if person.id in busy else person


def _course(
    course: Course, places: Places, time: PatientTime, now: datetime, stretch: Stretch
) -> planner.Course:
    therapist, gap = course.lead_therapist_id, timedelta(days=places.definition.min_gap_days)
    return planner.Course(
        id=str(course.pk),
        patient_id=str(course.patient_id),
        protocol="course",
        earliest=_earliest(course, places, now),
        latest_first=_latest_first(course, now.astimezone(course.site.zone).date()),
        windows=time.windows or _always(),
        preferred=time.preferred or None,
        unavailable=tuple(time.unavailable),
        therapist_id=str(therapist) if therapist else None,
        previous=tuple(places.previous()),
        barred=(*_past(now, stretch), *time.visits),
        barred_dosing=tuple(_near_doses(time, stretch, gap)),
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


def _past(now: datetime, stretch: Stretch) -> Iterator[Period]:
    """The part of the stretch that is over."""
    begins, _ = stretch.period
    if begins < now:
        yield begins, now


def _near_doses(time: PatientTime, stretch: Stretch, gap: timedelta) -> Iterator[Period]:
    """Whole days on which this course may give no dose: near those of other courses (G4), at
    other clinics, and in other charts of the same person (DOMAIN 8.20, 8.21, 8.45)."""
    for first, end in time.guards:
        yield stretch.midnight(first - gap + ONE_DAY), stretch.midnight(end)
    for on in time.doses:
        yield stretch.midnight(on - gap + ONE_DAY), stretch.midnight(on + gap)
