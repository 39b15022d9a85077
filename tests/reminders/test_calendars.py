"""The calendar file, read back with the library that programs use, and with its own zone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from reminders.models import calendar_uid
from tests.reminders.test_letters import NEW_YORK, TUESDAY, WRITTEN_AT, appointment, letter


def read(text: str) -> Calendar:
    return Calendar.from_ical(text)


def test_one_event_per_visit_each_with_its_own_uid():
    two = appointment(datetime(2026, 3, 13, 9, 0, tzinfo=NEW_YORK), id=UUID(int=2), version=3)
    calendar = read(letter("BOOKED", TUESDAY, two).calendar)
    assert calendar["METHOD"] == "PUBLISH"
    events = calendar.walk("VEVENT")
    assert [event["UID"] for event in events] == [calendar_uid(UUID(int=n)) for n in (1, 2)]
    assert [event["SEQUENCE"] for event in events] == [0, 3]
    assert {event["STATUS"] for event in events} == {"CONFIRMED"}


@pytest.mark.parametrize("kind", ["BOOKED", "MOVED", "BEFORE"])
def test_an_event_says_when_where_and_no_more(kind):
    (event,) = read(letter(kind).calendar).walk("VEVENT")
    assert event.decoded("DTSTART") == TUESDAY.starts_at
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event.decoded("DTEND") == TUESDAY.ends_at
    assert event.decoded("DTSTAMP") == WRITTEN_AT
    assert event["SUMMARY"] == "Appointment: Elm Street Practice"
    assert event["LOCATION"] == "Elm Street Practice, 1 Elm Street, New York"
    assert event["CLASS"] == "PRIVATE"
    assert "DESCRIPTION" not in event


def test_a_published_event_names_nobody_but_the_clinic():
    (event,) = read(letter("BOOKED").calendar).walk("VEVENT")
    assert event["ORGANIZER"] == "mailto:appointments@courseline.example"
    assert "ATTENDEE" not in event


def test_a_cancelled_visit_keeps_its_uid_and_names_whom_it_concerns():
    gone = appointment(datetime(2026, 3, 10, 10, 15, tzinfo=NEW_YORK), version=1)
    calendar = read(letter("CANCELLED", gone).calendar)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event["UID"], event["SEQUENCE"]) == (calendar_uid(UUID(int=1)), 1)
    assert event["ATTENDEE"] == "mailto:ada@example.com"


def test_several_cancelled_visits_are_published_as_cancelled():
    """A CANCEL is about one event alone (RFC 5546, 3.2.5)."""
    two = appointment(datetime(2026, 3, 13, 9, 0, tzinfo=NEW_YORK), id=UUID(int=2))
    calendar = read(letter("CANCELLED", TUESDAY, two).calendar)
    events = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert [event["STATUS"] for event in events] == ["CANCELLED", "CANCELLED"]
    assert all("ATTENDEE" not in event for event in events)


ZONES = {
    "America/New_York": "BYDAY=2SU;BYMONTH=3",
    "Europe/London": "BYDAY=-1SU;BYMONTH=3",
    "Europe/Dublin": "BYDAY=-1SU;BYMONTH=10",
    "Australia/Sydney": "BYDAY=1SU;BYMONTH=10",
    "Australia/Lord_Howe": "BYDAY=1SU;BYMONTH=4",
    "America/Santiago": "RDATE",
    "Asia/Gaza": "RDATE",
    "Asia/Kolkata": "TZOFFSETTO:+0530",
    "UTC": "TZOFFSETTO:+0000",
}


@pytest.mark.parametrize(("name", "rule"), ZONES.items())
def test_the_files_own_zone_is_right_all_year(name, rule):
    zone = ZoneInfo(name)
    first = appointment(datetime(2026, 12, 31, 9, 0, tzinfo=zone))
    (component,) = read(letter("BOOKED", first).calendar).walk("VTIMEZONE")
    assert rule in component.to_ical().decode()
    clock = component.to_tz(lookup_tzid=False)
    for hours in range(0, 3 * 365 * 24, 7):
        moment = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=hours)
        local = moment.astimezone(zone)
        if local.fold or local.replace(fold=1).utcoffset() != local.utcoffset():
            continue  # the hour that comes twice has no one answer
        assert local.replace(tzinfo=clock).utcoffset() == local.utcoffset(), local
