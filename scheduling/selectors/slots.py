"""Free times for one visit, by day, and why another time will not do."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.models import Course
from scheduling.groups.offers import GroupOffer, full_groups, group_offers
from scheduling.moving import named_slots_of, open_place, refusals_of, slots_of_place
from scheduling.names import Names
from scheduling.places import Key
from scheduling.planner.slots import Slot
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
class GroupChoice:
    """A group in which the visit could have a place."""

    group_id: UUID
    starts_at: datetime
    ends_at: datetime
    room_name: str
    staff: list[str]
    free: int
    places: int
    is_best: bool


@dataclass(frozen=True, slots=True)
class SlotDay:
    """The free times of one local date, and the groups with a free place."""

    day: date
    slots: list[SlotChoice]
    groups: list[GroupChoice] = field(default_factory=list)


def slot_days(visit: Session, *, now: datetime, on: date | None = None) -> list[SlotDay]:
    """Every other time that is legal for the visit, by day; the best of all is marked.

    With `on`, those of that one date.
    """
    found, names = named_slots_of(visit, now=now, on=on)
    slots = [slot for slot in found if slot.start != visit.starts_at]
    offers = group_offers(visit, now=now, on=on)
    return _with_groups(
        by_day(slots, names, visit.site.zone), offers, slots[0].cost if slots else None
    )


def _with_groups(
    days: list[SlotDay], offers: Sequence[GroupOffer], cheapest: int | None
) -> list[SlotDay]:
    """The days with the groups of each; one of these is the best of all where it costs less."""
    if not offers:
        return days
    least = min(offers, key=lambda offer: offer.cost)
    best = least.group.pk if cheapest is None or least.cost < cheapest else None
    alone = {day.day: day.slots for day in days}
    groups: dict[date, list[GroupChoice]] = defaultdict(list)
    for offer in offers:
        groups[offer.group.local_date].append(_choice(offer, is_best=offer.group.pk == best))
    found = [SlotDay(day, alone.get(day, []), groups[day]) for day in sorted({*alone, *groups})]
    return [_without_best(day) for day in found] if best else found


def _choice(offer: GroupOffer, *, is_best: bool) -> GroupChoice:
    group = offer.group
    return GroupChoice(
        group_id=group.pk,
        starts_at=group.starts_at,
        ends_at=group.ends_at,
        room_name=group.room.name,
        staff=[group.therapist.name],
        free=offer.seat.free,
        places=group.places,
        is_best=is_best,
    )


def _without_best(day: SlotDay) -> SlotDay:
    return replace(day, slots=[replace(slot, is_best=False) for slot in day.slots])


def open_slot_days(
    course: Course, place: Key | None, *, now: datetime, on: date | None = None
) -> list[SlotDay]:
    """The same for a visit that the course has not booked, its next one unless named.

    Raises PlaceNotOpen.
    """
    places, key = open_place(course, place, now=now)
    return by_day(*slots_of_place(course, places, key, now=now, on=on), course.site.zone)


def by_day(slots: Sequence[Slot], names: Names, zone: ZoneInfo) -> list[SlotDay]:
    """Starts, the best first, as choices of each date."""
    best = slots[0].start if slots else None
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
    days = groupby(choices, key=lambda choice: choice.starts_at.astimezone(zone).date())
    return [SlotDay(day, list(group)) for day, group in days]


def why_not(visit: Session, starts_at: datetime, *, now: datetime) -> list[str]:
    """Why the visit cannot start then, in words; empty when it can."""
    reasons = refusals_of(visit, starts_at, now=now)
    return [*reasons, *full_groups(visit, starts_at)] if reasons else []
