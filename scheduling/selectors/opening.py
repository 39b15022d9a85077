"""When a site is open on each of several dates, and which of its rooms are out of use then."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.availability.rules import Clock, hours_on
from clinic.availability.selectors import opening_week
from clinic.models import Closure, RoomBlock, Site, SpecialHours
from scheduling.loads import Stretch


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A date's hours; `closure` is why it is closed all day, and `note` why it is not as usual."""

    on: date
    hours: tuple[Clock, ...]
    closure: str | None = None
    note: str = ""
    is_special: bool = False

    @property
    def opens(self) -> time | None:
        """When the doors open; None on a closed day."""
        return self.hours[0][0] if self.hours else None

    @property
    def closes(self) -> time | None:
        """When they close for the last time that day."""
        return max(until for _, until in self.hours) if self.hours else None

    def stretches(self, site: Site) -> list[Stretch]:
        """The hours as moments."""
        return [
            (
                datetime.combine(self.on, starts, site.zone),
                datetime.combine(self.on, ends, site.zone),
            )
            for starts, ends in self.hours
        ]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch during which a room is out of use, cut to the days that are looked at."""

    room_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str


def bounds_of(site: Site, days: Collection[date]) -> Stretch:
    """From the first day's midnight to the last one's, by the site's clock."""
    return _at(min(days), time.min, site), _at(max(days) + timedelta(days=1), time.min, site)


def _at(day: date, clock: time, site: Site) -> datetime:
    return datetime.combine(day, clock, site.zone)


def open_days(site: Site, days: Collection[date]) -> dict[date, OpenDay]:
    """Each date's hours, in three queries."""
    reach = (min(days), max(days))
    closed = dict(Closure.objects.filter(site=site, on__range=reach).values_list("on", "reason"))
    dated: dict[date, list[Clock]] = defaultdict(list)
    notes: dict[date, str] = {}
    rows = SpecialHours.objects.filter(site=site, on__range=reach)
    for on, starts, ends, reason in rows.values_list("on", "starts", "ends", "reason"):
        dated[on].append((starts, ends))
        notes[on] = reason
    week = opening_week(site)
    return {
        day: OpenDay(
            on=day,
            hours=() if day in closed else hours_on(day, week, dated),
            closure=closed.get(day),
            note=notes.get(day, ""),
            is_special=day in dated,
        )
        for day in sorted(days)
    }


def blocks_of(site: Site, days: Collection[date]) -> list[Block]:
    """When which room is out of use on these days, in one query."""
    first, last = bounds_of(site, days)
    rows = RoomBlock.objects.filter(room__site=site, during__overlap=(first, last))
    return [
        Block(room, max(during.lower, first), min(during.upper, last), reason)
        for room, during, reason in rows.order_by("during", "pk").values_list(
            "room_id", "during", "reason"
        )
    ]
