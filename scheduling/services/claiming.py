"""Steps inside a transaction: locking what becomes scarcer, and writing what a visit claims."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from psycopg.types.range import DateRange, TimestamptzRange

from clinic.identity.selectors import of_persons
from clinic.identity.services import lock_person
from clinic.models import Membership, Role, Room
from clinic.prepared import PreparedForOne
from courses.models import Course
from courses.protocols import ProtocolDefinition, VisitType
from scheduling.crew import ROLES
from scheduling.keeping.selectors import clashes_of, held_words
from scheduling.keeping.wanted import Share, Wanted
from scheduling.loads import Carried
from scheduling.models import GroupVisit, Reservation, StaffClaim
from sessions.models import Session

# The constraint that refused, and what it means to the person at the desk.
TAKEN = {
    "reservation_room_free": "the room has just been taken",
    "reservation_patient_free": "the patient has another visit at that time",
    "reservation_person_free": "the patient’s other chart has a visit at that time",
    "reservation_dose_gap": "another dose is too near",
    "reservation_person_gap": "a dose booked in the patient’s other chart is too near",
    "reservation_dose_day": "another dose is less than 24 hours away",
    "reservation_person_day": "a dose in the patient’s other chart is less than 24 hours away",
    "reservation_dose_elsewhere": "a dose at another clinic is too near",
    "dose_near_a_booked_one": "a booked dose is too near",
    "staffclaim_within_capacity": "somebody has just been booked to capacity",
    "session_one_live_per_place": "this visit has just been booked",
    "groupvisit_within_places": "the group is full",
}


class LostRace(Exception):
    """What looked free a moment ago is not; `change` says why, in words."""

    def __init__(self, change: str) -> None:
        super().__init__(change)
        self.change = change


@contextmanager
def constraints_in_words() -> Iterator[None]:
    """A savepoint in which a refusal of one of our constraints becomes LostRace."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        diag = getattr(exc.__cause__, "diag", None)
        if diag is None or diag.constraint_name not in TAKEN:
            raise
        raise LostRace(TAKEN[diag.constraint_name]) from exc


def lock_courses(*course_ids: UUID) -> None:
    """The first of all locks: courses, then visits, then the parties, each by their keys."""
    _lock_first(Course.objects.filter(pk__in=course_ids))


def lock_courses_of(*patient_ids: UUID) -> None:
    """The same for every course of these persons, in whichever of their charts."""
    _lock_first(Course.objects.filter(of_persons(patient_ids)))


def _lock_first(courses: QuerySet[Course]) -> None:
    rows = courses.select_for_update(no_key=True, of=("self",)).order_by("pk")
    list(rows.values_list("pk"))


def lock_parties(
    *,
    patient_id: UUID | None = None,
    room_ids: Collection[str] = (),
    member_ids: Collection[str] = (),
) -> None:
    """Make rivals queue instead of dying of deadlock: everybody locks in this order."""
    if patient_id is not None:
        lock_person(patient_id)
    for lock, ids in ((_ROOMS, room_ids), (_PEOPLE, member_ids)):
        lock([UUID(str(pk)) for pk in ids])


def _locking(model: Any) -> PreparedForOne[Any]:
    """Locks rows in the order of their keys."""
    rows = model.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return PreparedForOne(lambda ids: rows.filter(pk__in=ids).values_list("pk"))


_ROOMS, _PEOPLE = _locking(Room), _locking(Membership)


@dataclass(frozen=True, slots=True)
class StaffedVisit:
    """A visit, booked or not, in a room and with one person per role that carries load."""

    visit_type: str
    starts_at: datetime
    ends_at: datetime
    room_id: str
    staff: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a visit takes: a room, and one person per role that carries load; or a place in a
    group, which has both already."""

    visit: Session
    room_id: str
    staff: Mapping[str, str]
    group: GroupVisit | None = None

    @property
    def staffed(self) -> StaffedVisit:
        """The same without what the visit is of."""
        visit = self.visit
        times = visit.starts_at, visit.ends_at
        return StaffedVisit(visit.visit_type, *times, self.room_id, self.staff)


def write_claims(
    claims: Collection[Claim], definition: ProtocolDefinition, *, now: datetime
) -> None:
    """Reserve rooms and people, all locked, for visits that have just been written.

    Raises LostRace where somebody holds them for a proposal.
    """
    refuse_held(claims, definition, now=now)
    reservations = [_reservation(claim, definition) for claim in claims]
    Reservation.objects.bulk_create(reservations)
    StaffClaim.objects.bulk_create(
        row
        for claim, reservation in zip(claims, reservations, strict=True)
        if claim.group is None
        for row in staff_claims(claim, reservation, definition)
    )


def refuse_held(
    claims: Collection[Claim], definition: ProtocolDefinition, *, now: datetime
) -> None:
    """Raise LostRace where somebody else holds what the visits of a course claim.

    Rooms and people are locked, and what the visits had before is let go.
    """
    alone = [claim for claim in claims if claim.group is None]
    wanted = [wanted_of(claim.staffed, definition) for claim in alone]
    for course_id in {claim.visit.course_id for claim in alone}:
        for clash in clashes_of(wanted, course_id=course_id, now=now):
            zone = alone[clash.number].visit.site.zone
            raise LostRace(f"that time is {held_words(clash.hold.by, clash.hold.until, zone)}")


def wanted_of(one: StaffedVisit, definition: ProtocolDefinition) -> Wanted:
    """What the visit would take, for comparing it with what others hold."""
    turnover = timedelta(minutes=definition.visit_type(one.visit_type).turnover_minutes)
    return Wanted(
        room_id=UUID(str(one.room_id)),
        room_during=(one.starts_at, one.ends_at + turnover),
        shares=tuple(
            Share(UUID(str(who)), Carried(begins, ends, load))
            for who, _, begins, ends, load in staff_loads(one, definition)
        ),
    )


def _reservation(claim: Claim, definition: ProtocolDefinition) -> Reservation:
    visit = claim.visit
    taken = periods(visit, definition)
    if claim.group is not None:
        # The group itself keeps the room through turnover.
        taken |= {"room_during": taken["patient_during"], "group_id": claim.group.pk}
    return Reservation(
        organization_id=visit.organization_id,
        session=visit,
        site_id=visit.site_id,
        room_id=claim.room_id,
        patient_id=visit.patient_id,
        **taken,
    )


def periods(visit: Session, definition: ProtocolDefinition) -> dict[str, Any]:
    """The stretches that a visit of its own takes of room and patient, and the days a dose
    guards; a place in a group is let go by it."""
    rule = definition.visit_type(visit.visit_type)
    cleaned = visit.ends_at + timedelta(minutes=rule.turnover_minutes)
    is_dose = visit.kind == Session.Kind.DOSING
    return {
        "room_during": TimestamptzRange(visit.starts_at, cleaned),
        "patient_during": TimestamptzRange(visit.starts_at, visit.ends_at),
        "guard": _guard(visit.local_date, definition.min_gap_days) if is_dose else None,
        "gap_days": definition.min_gap_days if is_dose else None,
        "guard_override": None,
        "group_id": None,
    }


def _guard(day: date, days: int) -> DateRange:
    return DateRange(day, day + timedelta(days=days))


def staff_claims(
    claim: Claim, reservation: Reservation, definition: ProtocolDefinition
) -> Iterator[StaffClaim]:
    """One row per person and stretch of even load."""
    for who, role, begins, ends, load in staff_loads(claim.staffed, definition):
        yield StaffClaim(
            organization_id=reservation.organization_id,
            reservation=reservation,
            membership_id=who,
            role=role,
            during=TimestamptzRange(begins, ends),
            load=load,
        )


def staff_loads(
    one: StaffedVisit, definition: ProtocolDefinition
) -> Iterator[tuple[str, Role, datetime, datetime, int]]:
    """Who carries how much in which role, and from when to when."""
    rule = definition.visit_type(one.visit_type)
    for word, member_id in one.staff.items():
        for begins, ends, load in load_segments(rule, ROLES[word], one.starts_at):
            yield member_id, ROLES[word], begins, ends, load


def load_segments(
    rule: VisitType, role: Role, starts_at: datetime
) -> list[tuple[datetime, datetime, int]]:
    """When a visit puts how much load on whoever serves it in that role; neighbours merged."""
    segments: list[tuple[datetime, datetime, int]] = []
    at = starts_at
    for phase in rule.phases:
        until = at + timedelta(minutes=phase.minutes)
        load = phase.load.get(role.value, 0)  # type: ignore[call-overload]
        if load and segments and segments[-1][1:] == (at, load):
            segments[-1] = (segments[-1][0], until, load)
        elif load:
            segments.append((at, until, load))
        at = until
    return segments
