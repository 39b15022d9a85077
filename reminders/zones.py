"""A time zone as a component of a calendar file.

Written with yearly rules wherever the zone has them: Outlook passes over lists of dates and is
then an hour wrong for half of the year.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# From a year before the first visit; enough of them to tell "the last" from "the fourth".
YEARS = 8
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a zone's clock; `at` is what the old clock shows at that instant."""

    at: datetime
    old: timedelta
    new: timedelta
    name: str
    is_daylight: bool

    @property
    def kind(self) -> tuple[bool, timedelta, timedelta, str, int]:
        return (self.is_daylight, self.old, self.new, self.name, self.at.month)


@lru_cache(maxsize=256)
def zone_component(zone: ZoneInfo, year: int) -> Timezone:
    """The zone's VTIMEZONE, right for that year and the years after it."""
    component = Timezone()
    component.add("tzid", zone.key)
    changes = sorted(_changes(zone, year - 1), key=lambda change: (change.kind, change.at))
    for _kind, group in groupby(changes, key=lambda change: change.kind):
        component.add_component(_observance(list(group)))
    if not changes:
        component.add_component(_observance([_unchanging(zone, year)]))
    return component


def _changes(zone: ZoneInfo, year: int) -> Iterator[Change]:
    noon = datetime(year, 1, 1, tzinfo=UTC)
    for day in (noon + n * DAY for n in range(YEARS * 366)):
        if _offset(day, zone) != _offset(day + DAY, zone):
            yield _change_within(day, zone)


def _change_within(day: datetime, zone: ZoneInfo) -> Change:
    old, low, high = _offset(day, zone), 0, 24 * 60
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(day + middle * MINUTE, zone) == old else (low, middle)
    moment = day + high * MINUTE
    new = moment.astimezone(zone)
    at = (moment + old).replace(tzinfo=None)
    return Change(at, old, _offset(moment, zone), new.tzname() or "", bool(new.dst()))


def _unchanging(zone: ZoneInfo, year: int) -> Change:
    start = datetime(year - 1, 1, 1, tzinfo=zone)
    offset = _offset(start, zone)
    return Change(start.replace(tzinfo=None), offset, offset, start.tzname() or "", False)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _observance(changes: Sequence[Change]) -> TimezoneStandard | TimezoneDaylight:
    first = changes[0]
    part = TimezoneDaylight() if first.is_daylight else TimezoneStandard()
    part.add("dtstart", first.at)
    part.add("tzoffsetfrom", first.old)
    part.add("tzoffsetto", first.new)
    part.add("tzname", first.name)
    rule = _yearly_rule([change.at for change in changes])
    if rule:
        part.add("rrule", rule)
    elif changes[1:]:
        part.add("rdate", [change.at for change in changes[1:]])
    return part


def _yearly_rule(moments: Sequence[datetime]) -> dict[str, Any] | None:
    """`the second Sunday of March`, when that is what all these moments are."""
    if len(moments) < YEARS or len({(m.month, m.weekday(), m.time()) for m in moments}) > 1:
        return None
    places = [_place_in_month(moment) for moment in moments]
    for place in places[0]:
        if all(place in others for others in places):
            day = f"{place}{WEEKDAYS[moments[0].weekday()]}"
            return {"freq": "yearly", "bymonth": moments[0].month, "byday": day}
    return None


def _place_in_month(moment: datetime) -> tuple[int, ...]:
    nth = (moment.day - 1) // 7 + 1
    is_last = moment.day + 7 > monthrange(moment.year, moment.month)[1]
    return (nth, -1) if is_last else (nth,)
