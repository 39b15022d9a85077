"""One person's visits as an iCalendar file (RFC 5545) in words that tell of nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from clinic.charts import is_shut, open_patient_ids
from clinic.models import Membership
from reminders.models import calendar_uid
from reminders.zones import zone_component
from scheduling.models import GroupVisit, Reservation
from sessions.models import Session

BEFORE, AFTER = timedelta(days=14), timedelta(days=90)
# How often a calendar program should look again.
EVERY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit or a group as its owner's calendar shows it."""

    id: UUID
    version: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    place: str
    url: str


def entries_of(member: Membership, *, now: datetime) -> list[Entry]:
    """The member's live visits from two weeks ago to ninety days ahead, in order; two queries."""
    own = Reservation.objects.filter(
        claims__membership=member,
        claims__starts_at__gt=now - BEFORE,
        claims__starts_at__lt=now + AFTER,
    )
    rows = own.select_related("session__site", "session__patient", "group__site", "room").distinct()
    open_ids = open_patient_ids(member, now=now)
    visits = [
        _entry(row, row.session, is_shut(row.session.patient, open_ids))
        for row in rows
        if row.session
    ]
    groups = [_group(row, row.group) for row in rows if row.group]
    return sorted([*visits, *groups], key=lambda entry: (entry.starts_at, entry.id))


def _group(row: Reservation, group: GroupVisit) -> Entry:
    return Entry(
        id=group.pk,
        version=group.version,
        changed_at=group.scheduled_at,
        starts_at=group.starts_at,
        ends_at=group.ends_at,
        zone=group.site.zone,
        summary=f"{group.get_kind_display()}, {row.room.name}",
        place=f"{row.room.name}, {group.site.name}",
        url=reverse("scheduling:group", args=[group.pk]),
    )


def _entry(row: Reservation, visit: Session, shut: bool) -> Entry:
    kind = "Visit" if shut else f"{Session.Kind(visit.kind).label} visit"
    return Entry(
        id=visit.pk,
        version=visit.version,
        changed_at=visit.scheduled_at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        zone=visit.site.zone,
        summary=f"{kind}, {row.room.name}",
        place=f"{row.room.name}, {visit.site.name}",
        url=reverse("scheduling:visit", args=[visit.pk]),
    )


def calendar_of(entries: Sequence[Entry]) -> bytes:
    """The file; the same entries make the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Courseline//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "Visits")
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for zone in {entry.zone.key: entry.zone for entry in entries}.values():
        calendar.add_component(zone_component(zone, entries[0].starts_at.year))
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"staff-{calendar_uid(entry.id)}")
    event.add("sequence", entry.version)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(entry.zone))
    event.add("dtend", entry.ends_at.astimezone(entry.zone))
    event.add("summary", entry.summary)
    event.add("location", entry.place)
    event.add("url", settings.BASE_URL + entry.url)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    return event
