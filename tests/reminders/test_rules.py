"""When each message is due, across changes of the clock; when a failed one is tried again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reminders import rules

NEW_YORK, LONDON, SYDNEY = (
    ZoneInfo(name) for name in ("America/New_York", "Europe/London", "Australia/Sydney")
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "starts_at", "due"),
    [
        # The clock goes forward on 14 March 2027, back on 1 November 2026 (New York).
        (NEW_YORK, "2027-03-16T14:15", "2027-03-13T15:15"),
        (NEW_YORK, "2026-11-02T15:15", "2026-10-30T14:15"),
        (NEW_YORK, "2026-07-08T14:15", "2026-07-05T14:15"),
        (LONDON, "2027-03-29T09:15", "2027-03-26T10:15"),
        (LONDON, "2026-10-26T10:15", "2026-10-23T09:15"),
        # Sydney changes the other way round: forward on 4 October 2026, back on 4 April 2027.
        (SYDNEY, "2026-10-04T23:15", "2026-10-02T00:15"),
        (SYDNEY, "2027-04-05T00:15", "2027-04-01T23:15"),
    ],
)
def test_three_days_before_keeps_the_wall_clock_time(zone, starts_at, due):
    found = rules.days_before(utc(starts_at), zone, 3)
    assert found == utc(due)
    there, then = utc(starts_at).astimezone(zone), found.astimezone(zone)
    assert (there.hour, there.minute) == (then.hour, then.minute)
    assert there.date() - then.date() == timedelta(days=3)


@pytest.mark.parametrize(
    ("zone", "skipped", "next_minute"),
    [
        (NEW_YORK, "2027-03-14T02:30", "2027-03-14T07:00"),
        (LONDON, "2027-03-28T01:01", "2027-03-28T01:00"),
        (SYDNEY, "2026-10-04T02:00", "2026-10-03T16:00"),
    ],
)
def test_a_time_that_the_clock_skips_becomes_the_next_minute_there_is(zone, skipped, next_minute):
    assert rules.clock_shows(datetime.fromisoformat(skipped), zone) == utc(next_minute)


@pytest.mark.parametrize(
    ("zone", "twice", "first"),
    [
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        (LONDON, "2026-10-25T01:30", "2026-10-25T00:30"),
        (SYDNEY, "2027-04-04T02:30", "2027-04-03T15:30"),
    ],
)
def test_a_time_that_comes_twice_is_its_first_occurrence(zone, twice, first):
    assert rules.clock_shows(datetime.fromisoformat(twice), zone) == utc(first)


@pytest.mark.parametrize(
    ("scheduled_at", "is_asked"),
    [
        ("2026-01-10T15:14:59", True),
        ("2026-01-10T15:15:00", False),
        ("2026-01-12T00:00:00", False),
    ],
)
def test_a_reminder_past_when_the_visit_got_its_time_is_not_asked_for(scheduled_at, is_asked):
    due = rules.reminder_due(
        starts_at=utc("2026-01-13T15:15"),
        zone=NEW_YORK,
        days=3,
        scheduled_at=utc(scheduled_at),
    )
    assert due == (utc("2026-01-10T15:15") if is_asked else None)


def test_tries_come_at_growing_intervals_and_end():
    now = utc("2026-01-05T14:00")
    tries = [rules.next_try(attempts=n, now=now) for n in range(1, rules.MOST_TRIES + 1)]
    waits = [again - now for again in tries[:-1]]
    assert waits == sorted(set(waits))
    assert waits[0] == timedelta(minutes=1)
    assert tries[-1] is None
