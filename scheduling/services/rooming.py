"""Giving a planned visit another room at the same time, which changes nothing else."""

from datetime import datetime

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from clinic.errors import DomainError
from clinic.models import Membership, Room, RoomBlock
from courses.models import CourseEvent
from courses.selectors import definition_of
from scheduling.models import Reservation
from scheduling.services.changing import SlotTaken, lock_planned, note_change
from scheduling.services.claiming import (
    Claim,
    LostRace,
    constraints_in_words,
    lock_parties,
    refuse_held,
)
from sessions.models import Session


class RoomRefused(DomainError):
    """The room is not for visits of this kind, or out of use then."""

    code = "room-refused"


def room_refusal(visit: Session, room: Room, during: TimestamptzRange) -> str:
    """Why the visit cannot be in that room during a stretch, in words; empty when it can.

    Whether another visit has the room is asked of the database when it is taken.
    """
    needed = definition_of(visit.course.protocol_version).visit_type(visit.visit_type).room_kind
    if room.site_id != visit.site_id or not room.is_active:
        return f"{room.name} cannot be booked here."
    if needed not in room.kinds:
        return f"{room.name} cannot take it: this visit needs a room for {needed}."
    if RoomBlock.objects.filter(room=room, during__overlap=during).exists():
        return f"{room.name} is out of use at that time."
    return ""


def held_by_others(visit: Session, room: Room, during: TimestamptzRange) -> bool:
    """Whether another visit has the room during the stretch; as it looks now."""
    others = Reservation.objects.filter(
        room=room, room_during__overlap=during, session__starts_at__lt=during.upper
    )
    groups = Reservation.objects.filter(
        room=room, room_during__overlap=during, group__starts_at__lt=during.upper, session=None
    )
    return others.exclude(session=visit).exists() or groups.exists()


@transaction.atomic
def change_room(
    *, visit: Session, room: Room, by: Membership, now: datetime, version: int | None = None
) -> Session:
    """Put the planned visit into another room; its time, people and letters stay as they are.

    The course's history keeps it. `version` is that of the visit as it was shown, where it was.
    Raises VisitNotPlanned, RoomRefused or SlotTaken (field `room`); then nothing changed.
    """
    lock_planned(visit)
    if visit.starts_at <= now:
        raise RoomRefused("The visit’s time has begun.", field="room")
    if version not in (None, visit.version):
        raise SlotTaken("The visit has another time by now: look again.", field="room")
    lock_parties(patient_id=visit.patient_id, room_ids=[str(room.pk)])
    held = Reservation.objects.get(session=visit)
    if held.group_id:
        raise RoomRefused("The visit has a place in a group, and its room.", field="room")
    if refusal := room_refusal(visit, room, held.room_during):
        raise RoomRefused(refusal, field="room")
    try:
        with constraints_in_words():
            definition = definition_of(visit.course.protocol_version)
            refuse_held([Claim(visit, str(room.pk), {})], definition, now=now)
            Reservation.objects.filter(pk=held.pk).update(room=room)
    except LostRace as exc:
        raise SlotTaken(f"The visit stays where it is: {exc.change}.", field="room") from exc
    _keep(visit, held, room, by, now)
    return visit


def _keep(visit: Session, held: Reservation, room: Room, by: Membership, now: datetime) -> None:
    """Write it into the course's history; the version stays, for letters are of a version."""
    at = visit.starts_at.isoformat()
    detail = {"visit": str(visit.pk), "from": at, "to": at}
    detail |= {"room_from": str(held.room_id), "room_to": str(room.pk)}
    note_change(visit, CourseEvent.Kind.VISIT_MOVED, by, "", now, detail)
