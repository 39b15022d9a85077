"""When a site and its rooms can be booked. What an entry would hit is asked above this floor."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from clinic.availability.holidays import Holiday, holidays_of, is_known
from clinic.availability.rules import EARLIEST_OPENING, Clock, Span
from clinic.availability.saving import (
    AvailabilityRefused,
    check_day,
    check_week,
    put,
    replace,
    shape_of,
    told,
)
from clinic.models import Closure, OpeningHours, Room, RoomBlock, Site, SpecialHours


def not_over(site: Site, on: date, now: datetime, *, field: str = "on") -> None:
    """AvailabilityRefused when the date has passed at the site."""
    if on < now.astimezone(site.zone).date():
        raise AvailabilityRefused("That day is over.", field=field)


def lock_site(site: Site) -> None:
    """Inside a transaction: whoever else changes the site's availability waits."""
    Site.objects.select_for_update(of=("self",), no_key=True).get(pk=site.pk)


@transaction.atomic
def set_opening_hours(*, site: Site, week: Collection[Span]) -> None:
    """Let these be the site's weekly hours; AvailabilityRefused names the day that is wrong."""
    check_week(week, field="week", earliest=EARLIEST_OPENING)
    lock_site(site)
    own = {"organization_id": site.organization_id, "site": site}
    rows = [OpeningHours(weekday=s.weekday, starts=s.starts, ends=s.ends, **own) for s in week]
    replace(OpeningHours.objects.filter(site=site), rows, shape_of, field="week")


@transaction.atomic
def shorten_day(
    *, site: Site, on: date, hours: Sequence[Clock], reason: str = "", now: datetime
) -> list[SpecialHours]:
    """Let the site be open at these hours on that date, shorter or longer than its weekday.

    AvailabilityRefused when the date has passed, or without hours: then it is a closure.
    """
    not_over(site, on, now)
    if not hours:
        raise AvailabilityRefused("Without hours the site is closed: enter a closure.", field="on")
    check_day(hours, field="hours", earliest=EARLIEST_OPENING)
    lock_site(site)
    own = {"organization_id": site.organization_id, "site": site, "on": on, "reason": reason}
    of_day = SpecialHours.objects.filter(site=site, on=on)
    rows = [SpecialHours(starts=starts, ends=ends, **own) for starts, ends in hours]
    replace(of_day, rows, lambda row: (row.starts, row.ends, row.reason), field="hours")
    return list(of_day.order_by("starts", "pk"))


@transaction.atomic
def keep_usual_day(*, site: Site, on: date) -> None:
    """Let the hours of the weekday hold again on that date."""
    SpecialHours.objects.filter(site=site, on=on).delete()


@transaction.atomic
def close_site(*, site: Site, on: date, reason: str, now: datetime) -> Closure:
    """Close the site all day; AvailabilityRefused when the date has passed or is closed already."""
    not_over(site, on, now)
    if not reason.strip():
        raise AvailabilityRefused("Say why the site is closed.", field="reason")
    lock_site(site)
    own = {"organization_id": site.organization_id, "site": site}
    return put(Closure(on=on, reason=reason.strip(), **own), field="on")


@transaction.atomic
def reopen_site(*, closure: Closure) -> None:
    """Take a closure back."""
    closure.delete()


@transaction.atomic
def set_holiday_calendar(*, site: Site, country: str, subdivision: str) -> None:
    """Say whose public holidays are proposed; AvailabilityRefused for a place that is unknown."""
    if country and not is_known(country):
        raise AvailabilityRefused("There is no calendar of this country.", field="country")
    if subdivision and not is_known(country, subdivision):
        raise AvailabilityRefused("The country has no such region.", field="subdivision")
    site.holiday_country, site.holiday_subdivision = country, subdivision
    site.save(update_fields=["holiday_country", "holiday_subdivision"])


@transaction.atomic
def take_over_holidays(*, site: Site, days: Iterable[date], now: datetime) -> list[Closure]:
    """Close the site on these public holidays of its calendar; days closed already stay so.

    AvailabilityRefused, naming the first, for a day that has passed or is no public holiday.
    """
    wanted = sorted(set(days))
    names = {one.on: one.name for year in {day.year for day in wanted} for one in _of(site, year)}
    for day in wanted:
        not_over(site, day, now, field="days")
        if day not in names:
            raise AvailabilityRefused(f"{day:%Y-%m-%d} is no public holiday here.", field="days")
    lock_site(site)
    closed = set(Closure.objects.filter(site=site, on__in=wanted).values_list("on", flat=True))
    own = {"organization_id": site.organization_id, "site": site}
    rows = [Closure(on=day, reason=names[day][:120], **own) for day in wanted if day not in closed]
    return list(Closure.objects.bulk_create(rows))


def _of(site: Site, year: int) -> Iterable[Holiday]:
    if not site.holiday_country:
        raise AvailabilityRefused("Choose the site's calendar of holidays first.", field="country")
    return holidays_of(site.holiday_country, site.holiday_subdivision, year)


@transaction.atomic
def add_room(*, site: Site, name: str, kinds: Sequence[str], is_active: bool = True) -> Room:
    """Open a room; AvailabilityRefused when the site has one of that name, or it has no kind."""
    _check_kinds(kinds)
    last = Room.objects.filter(site=site).order_by("-position").first()
    room = Room(
        organization_id=site.organization_id,
        site=site,
        name=name,
        kinds=list(dict.fromkeys(kinds)),
        position=last.position + 1 if last else 0,
        is_active=is_active,
    )
    return put(room, field="name")


@transaction.atomic
def change_room(*, room: Room, name: str, kinds: Sequence[str], is_active: bool) -> Room:
    """Rename a room, say what can be done in it, and whether it can be booked."""
    _check_kinds(kinds)
    room.name, room.kinds, room.is_active = name, list(dict.fromkeys(kinds)), is_active
    with told(Room, field="name"):
        room.save(update_fields=["name", "kinds", "is_active"])
    return room


def _check_kinds(kinds: Sequence[str]) -> None:
    if not kinds:
        raise AvailabilityRefused("Say at least one kind of visit for the room.", field="kinds")


@transaction.atomic
def block_room(*, room: Room, starts_at: datetime, ends_at: datetime, reason: str) -> RoomBlock:
    """Take a room out of use; AvailabilityRefused when it ends before it starts, or is already."""
    if ends_at <= starts_at:
        raise AvailabilityRefused("The end must be later than the start.", field="ends_at")
    if not reason.strip():
        raise AvailabilityRefused("Say why the room is out of use.", field="reason")
    block = RoomBlock(
        organization_id=room.organization_id,
        room=room,
        during=(starts_at, ends_at),
        reason=reason.strip(),
    )
    return put(block, field="starts_at")


@transaction.atomic
def unblock_room(*, block: RoomBlock) -> None:
    """Take the room into use again."""
    block.delete()
