"""Reads of availability: hours of a site, its rooms, and what is to come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from clinic.availability.holidays import Holiday, coming
from clinic.availability.rules import Clock, Span, hours_on
from clinic.models import (
    Closure,
    OpeningHours,
    Room,
    RoomBlock,
    ShiftChange,
    Site,
    SpecialHours,
)


@dataclass(frozen=True, slots=True)
class DatedHours:
    """A date with hours or shifts of its own; `id` is of the first of its rows."""

    id: UUID
    on: date
    hours: tuple[Clock, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SiteHours:
    """When a site is open: its week, and what differs from today on."""

    week: list[Span]
    special: list[DatedHours]
    closures: list[Closure]
    proposed: list[Holiday]


def opening_week(site: Site) -> list[Span]:
    """The site's weekly hours, in the order of the week."""
    rows = OpeningHours.objects.filter(site=site).order_by("weekday", "starts", "pk")
    return [Span(*row) for row in rows.values_list("weekday", "starts", "ends")]


def site_hours(site: Site, *, today: date) -> SiteHours:
    """All that says when the site is open from today on; public holidays not taken over yet."""
    closures = list(Closure.objects.filter(site=site, on__gte=today).order_by("on"))
    return SiteHours(
        week=opening_week(site),
        special=dated_hours(SpecialHours.objects.filter(site=site, on__gte=today)),
        closures=closures,
        proposed=proposed_holidays(site, closures, today=today),
    )


def dated_hours(rows: "QuerySet[SpecialHours] | QuerySet[ShiftChange]") -> list[DatedHours]:
    """The rows by date; one without hours says that there are none on its date."""
    ordered: Iterable[SpecialHours | ShiftChange] = rows.order_by("on", "starts", "pk")
    by_day = groupby(ordered, key=lambda row: row.on)
    return [_hours_on(on, list(group)) for on, group in by_day]


def _hours_on(on: date, rows: Sequence[SpecialHours | ShiftChange]) -> DatedHours:
    hours = tuple((row.starts, row.ends) for row in rows if row.starts and row.ends)
    return DatedHours(rows[0].pk, on, hours, rows[0].reason)


def proposed_holidays(site: Site, closures: Iterable[Closure], *, today: date) -> list[Holiday]:
    """The public holidays of the coming year on which the site is not closed yet."""
    if not site.holiday_country:
        return []
    closed = {one.on for one in closures}
    found = coming(site.holiday_country, site.holiday_subdivision, today)
    return [one for one in found if one.on not in closed]


def hours_of_day(site: Site, day: date) -> tuple[Clock, ...]:
    """When the site is open on that date; empty when it is closed."""
    if Closure.objects.filter(site=site, on=day).exists():
        return ()
    special = SpecialHours.objects.filter(site=site, on=day).values_list("starts", "ends")
    dated = {day: list(special)} if special else {}
    return hours_on(day, opening_week(site), dated)


def is_open_at(site: Site, now: datetime) -> bool:
    """Whether the site is open at that moment, by its own clock."""
    there = now.astimezone(site.zone)
    hours = hours_of_day(site, there.date())
    return any(starts <= there.time() < ends for starts, ends in hours)


def rooms_with_blocks(site: Site, *, now: datetime) -> "QuerySet[Room]":
    """The site's rooms, and when they are out of use from now on (`coming_blocks`)."""
    blocks = RoomBlock.objects.filter(during__endswith__gt=now).order_by("during", "pk")
    coming_blocks = Prefetch("blocks", queryset=blocks, to_attr="coming_blocks")
    rooms = Room.objects.filter(site=site).prefetch_related(coming_blocks)
    return rooms.order_by("-is_active", "position", "name", "pk")


def known_kinds(site: Site) -> list[str]:
    """The kinds that rooms of the organisation have, to be offered."""
    rows = Room.objects.filter(organization_id=site.organization_id).values_list("kinds", flat=True)
    return sorted({kind for kinds in rows for kind in kinds})
