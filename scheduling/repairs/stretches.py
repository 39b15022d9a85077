"""The planned visits of a site in some days, with all live visits of their courses."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.models import Site
from courses.models import Course
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of
from scheduling.crew import crews
from scheduling.models import Reservation, StaffClaim
from scheduling.reading import Stretch
from sessions.models import Session

Key = tuple[str, int]
ONE_DAY = timedelta(days=1)
CAN_BE_PLANNED = (Course.Status.DRAFT, Course.Status.ACTIVE)


@dataclass(frozen=True, slots=True)
class Booked:
    """A live visit with what it takes."""

    visit: Session
    day: date
    room_id: str
    staff: Mapping[str, str]
    is_of_group: bool
    is_overridden: bool

    @property
    def key(self) -> Key:
        """Kind and number in the course."""
        return self.visit.kind, self.visit.seq


@dataclass(frozen=True, slots=True)
class Chart:
    """A course with its live visits by kind and number."""

    course: Course
    definition: ProtocolDefinition
    live: Mapping[Key, Booked]


@dataclass(frozen=True, slots=True)
class Days:
    """What stands in a site's book in some days: whole courses, by their ids."""

    site: Site
    first: date
    last: date
    now: datetime
    charts: Mapping[UUID, Chart]

    @property
    def ahead(self) -> list[Booked]:
        """The planned visits of these days that have not begun, in order of time."""
        found = [one for chart in self.charts.values() for one in chart.live.values()]
        ahead = [one for one in found if self.holds(one)]
        return sorted(ahead, key=lambda one: (one.visit.starts_at, one.visit.pk))

    def holds(self, one: Booked) -> bool:
        """Whether a visit is planned here on these days."""
        visit = one.visit
        is_here = visit.site_id == self.site.pk and self.first <= one.day <= self.last
        return is_here and visit.status == Session.Status.PLANNED and visit.starts_at > self.now


def days_of(site: Site, first: date, last: date, *, now: datetime) -> Days:
    """The planned visits of these days with their courses: three queries."""
    begins, ends = Stretch(site, first, last + ONE_DAY).period
    hit = Session.objects.planned().filter(
        site=site, starts_at__gte=max(begins, now), starts_at__lt=ends
    )
    return _with_courses(site, first, last, now, set(hit.values_list("course_id", flat=True)))


def _with_courses(
    site: Site, first: date, last: date, now: datetime, course_ids: Collection[UUID]
) -> Days:
    rows = Reservation.objects.filter(
        session__course__in=course_ids, session__status__in=Session.LIVE
    ).select_related("session__course__protocol_version", "session__course__patient",
                     "session__course__site")  # fmt: skip
    found = list(rows.order_by("session__starts_at", "pk"))
    staff = crews(StaffClaim.objects.filter(reservation__in=[row.pk for row in found]))
    charts = dict(_charts(found, staff))
    return Days(site, first, last, now, charts)


def _charts(
    rows: Iterable[Reservation], staff: Mapping[UUID, Mapping[str, str]]
) -> Iterable[tuple[UUID, Chart]]:
    booked: dict[UUID, list[Booked]] = defaultdict(list)
    courses: dict[UUID, Course] = {}
    for row in rows:
        if (visit := row.session) is None:
            continue
        course = courses.setdefault(visit.course_id, visit.course)
        visit.course, visit.site, visit.patient = course, course.site, course.patient
        day = visit.starts_at.astimezone(course.site.zone).date()
        crew = dict(staff.get(row.pk, {}))
        is_overridden = row.guard_override_id is not None
        one = Booked(visit, day, str(row.room_id), crew, bool(row.group_id), is_overridden)
        booked[course.pk].append(one)
    definitions: dict[UUID, ProtocolDefinition] = {}
    for pk, course in sorted(courses.items()):
        version = course.protocol_version
        if version.pk not in definitions:
            definitions[version.pk] = definition_of(version)
        yield pk, Chart(course, definitions[version.pk], {one.key: one for one in booked[pk]})
