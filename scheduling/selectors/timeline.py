"""A course as a line of visits: what was, what comes, and what has no time yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.models import Course
from courses.protocols import ProtocolDefinition
from courses.selectors import definition_of
from scheduling.crew import crew_of, crews
from scheduling.models import Reservation, StaffClaim
from scheduling.names import Names, names_for
from scheduling.places import places_of
from scheduling.wording import place_label
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class TimelineVisit:
    """A visit, or (without an id) a place of the course that has none."""

    id: UUID | None
    kind: str
    seq: int
    label: str
    status: str
    status_label: str
    starts_at: datetime | None
    ends_at: datetime | None
    room_name: str
    staff: list[str]
    gap_days: int | None
    # The coded reason, and what somebody wrote beside it, for who may read clinical words.
    reason_label: str
    reason: str
    is_provisional: bool = False
    # The group in which it is a place.
    group_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CourseTimeline:
    """All visits of a course in order of time, and what is to be done next."""

    visits: list[TimelineVisit]
    next_step: str
    zone: ZoneInfo


def course_timeline(course: Course, *, now: datetime) -> CourseTimeline:
    """The course's visits, cancelled and missed ones too, then its unbooked places."""
    definition = definition_of(course.protocol_version)
    held = _held(course)
    visits = _with_gaps(course, definition, held)
    unbooked: list[TimelineVisit] = []
    if course.status in (Course.Status.DRAFT, Course.Status.ACTIVE, Course.Status.PAUSED):
        today = now.astimezone(course.site.zone).date()
        unbooked = [
            _unbooked(definition, *key) for key in places_of(course, definition, today=today).open()
        ]
    return CourseTimeline(
        visits=visits + unbooked,
        next_step=_next_step(course, visits, unbooked),
        zone=course.site.zone,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    rooms: dict[UUID, str]
    staff: dict[UUID, dict[str, str]]
    names: Names
    groups: dict[UUID, UUID | None]


def _held(course: Course) -> _Held:
    reservations = Reservation.objects.filter(session__course=course)
    rows = {row.session_id: row for row in reservations.select_related("group") if row.session_id}
    claims = crews(StaffClaim.objects.filter(reservation__session__course=course))
    staff = {session: crew_of(row, claims) for session, row in rows.items()}
    people = [who for crew in staff.values() for who in crew.values()]
    return _Held(
        rooms={session: str(row.room_id) for session, row in rows.items()},
        staff=staff,
        names=names_for([str(row.room_id) for row in rows.values()], people),
        groups={session: row.group_id for session, row in rows.items()},
    )


def _with_gaps(course: Course, definition: ProtocolDefinition, held: _Held) -> list[TimelineVisit]:
    found, last_dose = [], None
    for visit in course.visits.order_by("starts_at", "pk"):
        gap = None
        if visit.kind == Session.Kind.DOSING and visit.is_live:
            day = visit.starts_at.astimezone(course.site.zone).date()
            gap = (day - last_dose).days if last_dose else None
            last_dose = day
        found.append(_timeline_visit(visit, definition, held, gap))
    return found


def _timeline_visit(
    visit: Session, definition: ProtocolDefinition, held: _Held, gap: int | None
) -> TimelineVisit:
    return TimelineVisit(
        id=visit.pk,
        kind=visit.kind,
        seq=visit.seq,
        label=place_label(definition, visit.kind, visit.seq),
        status=visit.status,
        status_label=visit.get_status_display(),
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        room_name=held.names.rooms.get(held.rooms.get(visit.pk, ""), ""),
        staff=held.names.crew(held.staff.get(visit.pk, {})),
        gap_days=gap,
        reason_label=visit.get_cancel_code_display(),
        reason=visit.cancel_reason,
        is_provisional=visit.is_provisional and visit.is_live,
        group_id=held.groups.get(visit.pk),
    )


def _unbooked(definition: ProtocolDefinition, kind: str, seq: int) -> TimelineVisit:
    return TimelineVisit(
        id=None,
        kind=kind,
        seq=seq,
        label=place_label(definition, kind, seq),
        status="UNBOOKED",
        status_label="Not booked",
        starts_at=None,
        ends_at=None,
        room_name="",
        staff=[],
        gap_days=None,
        reason_label="",
        reason="",
    )


def _next_step(course: Course, visits: list[TimelineVisit], unbooked: list[TimelineVisit]) -> str:
    if course.status == Course.Status.DRAFT:
        return "Plan the visits and accept a proposal."
    if course.status == Course.Status.PAUSED:
        return "The course is paused."
    if course.status in (Course.Status.COMPLETED, Course.Status.STOPPED):
        return "Nothing more: the course is over."
    if unbooked:
        return f"Find a time for {unbooked[0].label[0].lower()}{unbooked[0].label[1:]}."
    ahead = [v for v in visits if v.status not in ("DONE", "CANCELLED", "MISSED")]
    if not ahead:
        return "Every planned visit is over."
    if ahead[0].is_provisional:
        return f"{ahead[0].label} is next, once the patient is cleared."
    return f"{ahead[0].label} is next."
