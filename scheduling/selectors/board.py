"""One site's day: which visit is in which room, and in which phase."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.charts import shown_name
from clinic.models import Closure, OpeningHours, Room, Site
from courses.selectors import definition_of
from scheduling.models import Reservation, StaffClaim, overlapping
from scheduling.wording import place_label
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class BoardPhase:
    """One phase of a visit as planned."""

    name: str
    label: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class BoardVisit:
    """A visit that takes a room that day."""

    id: UUID
    course_id: UUID
    patient_id: UUID
    patient_name: str
    label: str
    kind: str
    seq: int
    status: str
    status_label: str
    room_id: UUID
    starts_at: datetime
    ends_at: datetime
    phases: list[BoardPhase]
    staff: list[str]


@dataclass(frozen=True, slots=True)
class DayBoard:
    """A site's rooms and visits on one local date; `opens` is None on a closed day."""

    site: Site
    day: date
    opens: time | None
    closes: time | None
    closure: str | None
    rooms: list[Room]
    visits: list[BoardVisit]


def day_board(*, site: Site, day: date, open_ids: Collection[UUID] = ()) -> DayBoard:
    """The day by room, in a fixed number of queries.

    Restricted charts keep their times without a name, but for those of the patients `open_ids`.
    """
    hours = OpeningHours.objects.filter(site=site, weekday=day.weekday())
    spans = list(hours.order_by("starts").values_list("starts", "ends"))
    closure = Closure.objects.filter(site=site, on=day).values_list("reason", flat=True).first()
    is_open = spans and closure is None
    visits = _visits(site, day, open_ids)
    used = {visit.room_id for visit in visits}
    rooms = Room.objects.filter(site=site).order_by("position", "name", "pk")
    return DayBoard(
        site=site,
        day=day,
        opens=spans[0][0] if is_open else None,
        closes=max(end for _, end in spans) if is_open else None,
        closure=closure,
        rooms=[room for room in rooms if room.is_active or room.pk in used],
        visits=visits,
    )


def _visits(site: Site, day: date, open_ids: Collection[UUID]) -> list[BoardVisit]:
    first = datetime.combine(day, time.min, site.zone)
    last = datetime.combine(day + timedelta(days=1), time.min, site.zone)
    held = (
        Reservation.objects.filter(
            overlapping("room_during", "session__starts_at", first, last),
            session__site=site,
        )
        .select_related("session__patient", "session__course__protocol_version")
        .order_by("room_during", "pk")
    )
    rows = list(held)
    crew = _crew(rows)
    return [_board_visit(row, crew.get(row.pk, []), open_ids) for row in rows]


def _crew(rows: list[Reservation]) -> Mapping[UUID, list[str]]:
    claims = StaffClaim.objects.filter(reservation__in=[row.pk for row in rows])
    named: dict[UUID, list[str]] = defaultdict(list)
    for reservation, name in (
        claims.order_by("role", "membership__name")
        .values_list("reservation_id", "membership__name")
        .distinct()
    ):
        named[reservation].append(name)
    return named


def _board_visit(row: Reservation, crew: list[str], open_ids: Collection[UUID]) -> BoardVisit:
    visit = row.session
    definition = definition_of(visit.course.protocol_version)
    return BoardVisit(
        id=visit.pk,
        course_id=visit.course_id,
        patient_id=visit.patient_id,
        patient_name=shown_name(visit.patient, open_ids),
        label=place_label(definition, visit.kind, visit.seq),
        kind=visit.kind,
        seq=visit.seq,
        status=visit.status,
        status_label=visit.get_status_display(),
        room_id=row.room_id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        phases=planned_phases(visit),
        staff=crew,
    )


def planned_phases(visit: Session) -> list[BoardPhase]:
    """The visit's phases with their planned times, in order."""
    rule = definition_of(visit.course.protocol_version).visit_types[visit.visit_type]
    phases, at = [], visit.starts_at
    for phase in rule.phases:
        until = at + timedelta(minutes=phase.minutes)
        phases.append(BoardPhase(phase.name, phase.label, at, until))
        at = until
    return phases
