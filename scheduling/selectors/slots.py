"""Free times for one visit, by day, and why another time will not do."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from scheduling.moving import refusals_of, slots_of
from scheduling.names import names_for
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """A time that the visit could have, with the room and people that suit it best."""

    starts_at: datetime
    ends_at: datetime
    room_name: str
    staff: list[str]
    is_best: bool


@dataclass(frozen=True, slots=True)
class SlotDay:
    """The free times of one local date."""

    day: date
    slots: list[SlotChoice]


def slot_days(visit: Session, *, now: datetime) -> list[SlotDay]:
    """Every other time that is legal for the visit, by day; the best of all is marked."""
    slots = [slot for slot in slots_of(visit, now=now) if slot.start != visit.starts_at]
    names = names_for(
        [slot.room_id for slot in slots], [who for slot in slots for who in slot.staff.values()]
    )
    zone, best = visit.site.zone, slots[0].start if slots else None
    choices = [
        SlotChoice(
            starts_at=slot.start,
            ends_at=slot.end,
            room_name=names.rooms.get(slot.room_id, ""),
            staff=names.crew(slot.staff),
            is_best=slot.start == best,
        )
        for slot in sorted(slots, key=lambda slot: slot.start)
    ]
    by_day = groupby(choices, key=lambda choice: choice.starts_at.astimezone(zone).date())
    return [SlotDay(day, list(group)) for day, group in by_day]


def why_not(visit: Session, starts_at: datetime, *, now: datetime) -> list[str]:
    """Why the visit cannot start then, in words; empty when it can."""
    return refusals_of(visit, starts_at, now=now)
