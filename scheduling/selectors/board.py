"""One site's day: which visit is in which room, and in which phase."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from clinic.charts import RESTRICTED_NAME, is_shut
from clinic.models import Closure, OpeningHours, Room, Site
from courses.selectors import definition_of
from scheduling.models import Reservation, StaffClaim, overlapping
from scheduling.wording import place_label
from sessions.models import Session

# In place of names, for who may see the schedule alone.
NO_NAME = "Booked"


@dataclass(frozen=True, slots=True)
class BoardPhase:
    """One phase of a visit as planned."""

    name: str
    label: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class BoardVisit:
    """A visit that takes a room that day; of a shut chart only that it does, and when."""

    id: UUID
    course_id: UUID | None
    patient_id: UUID | None
    patient_name: str
    label: str
    kind: str
    seq: int | None
    status: str
    status_label: str
    room_id: UUID
    starts_at: datetime
    ends_at: datetime
    phases: list[BoardPhase]
    staff: list[str]
    is_provisional: bool = False


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


def day_board(
    *, site: Site, day: date, has_names: bool = False, open_ids: Collection[UUID] = ()
) -> DayBoard:
    """The day by room, in a fixed number of queries.

    It says whose a visit is only with `has_names`. Of restricted charts it has the times alone,
    but for those of the patients `open_ids`.
    """
    hours = OpeningHours.objects.filter(site=site, weekday=day.weekday())
    spans = list(hours.order_by("starts").values_list("starts", "ends"))
    closure = Closure.objects.filter(site=site, on=day).values_list("reason", flat=True).first()
    is_open = spans and closure is None
    rows, crew = _held(site, day)
    visits = [_board_visit(row, crew.get(row.pk, []), has_names, open_ids) for row in rows]
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


def _held(site: Site, day: date) -> tuple[list[Reservation], Mapping[UUID, list[str]]]:
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
    return rows, _crew(rows)


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


def _board_visit(
    row: Reservation, crew: list[str], has_names: bool, open_ids: Collection[UUID]
) -> BoardVisit:
    visit = row.session
    definition = definition_of(visit.course.protocol_version)
    shown = BoardVisit(
        id=visit.pk,
        course_id=visit.course_id,
        patient_id=visit.patient_id,
        patient_name=visit.patient.sort_name,
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
        is_provisional=visit.is_provisional,
    )
    if is_shut(visit.patient, open_ids):
        return replace(shown, **_UNNAMED, **_UNTOLD, patient_name=RESTRICTED_NAME)
    return shown if has_names else replace(shown, **_UNNAMED, patient_name=NO_NAME)


# What leads to whose visit it is, and what tells of the treatment.
_UNNAMED: Mapping[str, Any] = {"course_id": None, "patient_id": None}
_UNTOLD: Mapping[str, Any] = {
    "label": "", "kind": "", "seq": None, "phases": [], "is_provisional": False,
}  # fmt: skip


def planned_phases(visit: Session) -> list[BoardPhase]:
    """The visit's phases with their planned times, in order."""
    rule = definition_of(visit.course.protocol_version).visit_types[visit.visit_type]
    phases, at = [], visit.starts_at
    for phase in rule.phases:
        until = at + timedelta(minutes=phase.minutes)
        phases.append(BoardPhase(phase.name, phase.label, at, until))
        at = until
    return phases
