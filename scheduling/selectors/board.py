"""A site's days: which visit is in which room, in which phase, and who serves in it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from clinic.charts import RESTRICTED_NAME, is_shut
from clinic.models import Room, Site
from courses.selectors import definition_of
from scheduling.groups.selectors import BoardGroup, blocks_with, groups_between
from scheduling.models import Reservation, StaffClaim, overlapping
from scheduling.selectors.opening import Block, OpenDay, blocks_of, bounds_of, open_days
from scheduling.selectors.people import BoardPerson, people_of
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
    staff_ids: list[UUID] = field(default_factory=list)
    group_id: UUID | None = None

    @property
    def is_group(self) -> bool:
        """Unlike a group, which stands beside visits."""
        return False

    @property
    def is_told(self) -> bool:
        """Whether the viewer may know whose visit it is."""
        return self.patient_id is not None


@dataclass(frozen=True, slots=True)
class DayBoard:
    """A site's rooms and visits on one local date; `opens` is None on a closed day."""

    site: Site
    day: date
    open: OpenDay
    rooms: list[Room]
    visits: list[BoardVisit]
    blocks: list[Block]
    groups: list[BoardGroup] = field(default_factory=list)

    @property
    def entries(self) -> list[BoardVisit | BoardGroup]:
        """What stands in its rooms, in order of time: a group is one, with its members."""
        return blocks_with(self.visits, self.groups)

    @property
    def opens(self) -> time | None:
        """When the doors open."""
        return self.open.opens

    @property
    def closes(self) -> time | None:
        """When they close."""
        return self.open.closes

    @property
    def closure(self) -> str | None:
        """Why the site is closed all day."""
        return self.open.closure

    @property
    def people(self) -> list[BoardPerson]:
        """Who works or serves that day, read anew; a fixed set of queries."""
        serving = {who for visit in self.visits for who in visit.staff_ids}
        serving |= {group.therapist_id for group in self.groups}
        return people_of(self.site, self.day, serving)


@dataclass(frozen=True, slots=True)
class Viewer:
    """How much of a board somebody is shown: whose visits, and which restricted charts."""

    has_names: bool = False
    open_ids: Collection[UUID] = ()


def day_board(
    *, site: Site, day: date, has_names: bool = False, open_ids: Collection[UUID] = ()
) -> DayBoard:
    """The day by room, in a fixed number of queries.

    It says whose a visit is only with `has_names`. Of restricted charts it has the times alone,
    but for those of the patients `open_ids`.
    """
    visits = board_visits(site, [day], Viewer(has_names, open_ids))
    groups = groups_between(site, bounds_of(site, [day]))
    used = {visit.room_id for visit in visits} | {group.room_id for group in groups}
    return DayBoard(
        site=site,
        day=day,
        open=open_days(site, [day])[day],
        rooms=[room for room in rooms_of(site) if room.is_active or room.pk in used],
        visits=visits,
        blocks=blocks_of(site, [day]),
        groups=groups,
    )


def rooms_of(site: Site) -> list[Room]:
    """The site's rooms in their order, those out of use too."""
    return list(Room.objects.filter(site=site).order_by("position", "name", "pk"))


def board_visits(site: Site, days: Collection[date], viewer: Viewer) -> list[BoardVisit]:
    """The visits that take a room on these days, in order of time; two queries."""
    first, last = bounds_of(site, days)
    held = Reservation.objects.filter(
        overlapping("room_during", "session__starts_at", first, last), session__site=site
    ).select_related("session__patient", "session__course__protocol_version", "group__therapist")
    rows = list(held.order_by("room_during", "pk"))
    crew = _crew(rows)
    return [
        _board_visit(row, row.session, crew.get(row.pk, {}), viewer) for row in rows if row.session
    ]


def _crew(rows: list[Reservation]) -> Mapping[UUID, dict[UUID, str]]:
    """Who serves each reservation: name by id, in order of roles and names."""
    claims = StaffClaim.objects.filter(reservation__in=[row.pk for row in rows])
    named: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for row in rows:
        if row.group:
            named[row.pk][row.group.therapist_id] = row.group.therapist.name
    for reservation, who, name in (
        claims.order_by("role", "membership__name")
        .values_list("reservation_id", "membership_id", "membership__name")
        .distinct()
    ):
        named[reservation][who] = name
    return named


def _board_visit(
    row: Reservation, visit: Session, crew: Mapping[UUID, str], viewer: Viewer
) -> BoardVisit:
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
        staff=list(crew.values()),
        is_provisional=visit.is_provisional,
        staff_ids=list(crew),
        group_id=row.group_id,
    )
    if is_shut(visit.patient, viewer.open_ids):
        return replace(shown, **_UNNAMED, **_UNTOLD, patient_name=RESTRICTED_NAME)
    return shown if viewer.has_names else replace(shown, **_UNNAMED, patient_name=NO_NAME)


# What leads to whose visit it is, and what tells of the treatment.
_UNNAMED: Mapping[str, Any] = {"course_id": None, "patient_id": None}
_UNTOLD: Mapping[str, Any] = {
    "label": "", "kind": "", "seq": None, "phases": [], "is_provisional": False,
}  # fmt: skip


def planned_phases(visit: Session) -> list[BoardPhase]:
    """The visit's phases with their planned times, in order."""
    rule = definition_of(visit.course.protocol_version).visit_type(visit.visit_type)
    phases, at = [], visit.starts_at
    for phase in rule.phases:
        until = at + timedelta(minutes=phase.minutes)
        phases.append(BoardPhase(phase.name, phase.label, at, until))
        at = until
    return phases
