"""When the conversation after a dose is overdue (DOMAIN 2.12), hour by hour and day by day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from courses.protocols import Integration, read_definition, shipped_definitions
from sessions.integrations.rules import Given, Level, Talks, overdue

SHIPPED = {data["code"]: read_definition(data) for data in shipped_definitions()}
FIRST = datetime(2026, 1, 5, 15, tzinfo=UTC)


def rule(**changes) -> Integration:
    found = SHIPPED["KAP_PROG"].integration
    assert found
    return found.model_copy(update=changes)


def dose(seq: int, after: int = 0) -> Given:
    at = FIRST + timedelta(days=after)
    return Given(seq, at.date(), at)


def state(later: timedelta, *doses: Given, talks: Talks | None = None, **changes):
    now = FIRST + later
    given = doses or (dose(1),)
    return overdue(rule(**changes), given, talks or Talks(), now=now, today=now.date())


@pytest.mark.parametrize(
    ("after", "level"),
    [
        (timedelta(hours=23, minutes=59), None),
        (timedelta(hours=24), Level.TASK),
        (timedelta(days=3, hours=8), Level.TASK),
        (timedelta(days=4, hours=-15), Level.AMBER),
        (timedelta(days=7, hours=8), Level.AMBER),
        (timedelta(days=8, hours=-15), Level.RED),
        (timedelta(days=40), Level.RED),
    ],
)
def test_2_12_a_task_after_24_hours_amber_from_day_4_red_from_day_8(after, level):
    found = state(after)
    assert (found and found.level) == level


def test_it_says_after_which_doses_and_for_how_long():
    found = state(timedelta(days=9), dose(1), dose(2, after=7))
    assert (found.doses, found.days, found.level) == ((1, 2), 9, Level.RED)
    assert found.words == "No integration after doses 1 and 2 for 9 days"
    assert state(timedelta(days=1)).words == "No integration after dose 1 for 1 day"


def test_what_is_booked_is_no_task_however_late():
    assert state(timedelta(days=9), talks=Talks(booked={1})) is None
    assert state(timedelta(days=9), talks=Talks(done={1})) is None


def test_a_talk_covers_the_doses_before_it_and_a_booked_one_does_not():
    doses = (dose(1), dose(2, after=3))
    assert state(timedelta(days=9), *doses, talks=Talks(done={2})) is None
    assert state(timedelta(days=9), *doses, talks=Talks(booked={2})).doses == (1,)
    assert state(timedelta(days=9), *doses, talks=Talks(done={1})).doses == (2,)


def test_doses_that_the_protocol_lets_no_talk_follow_ask_for_none():
    assert state(timedelta(days=9), after="every_other") is None
    found = state(timedelta(days=9), dose(1), dose(2, after=3), after="every_other")
    assert (found.doses, found.level) == ((2,), Level.AMBER)


def test_a_protocol_without_these_numbers_asks_for_nothing():
    none = dict.fromkeys(("book_within_days", "amber_after_days", "red_after_days"))
    assert state(timedelta(days=40), **none) is None
    assert state(timedelta(days=2), book_within_days=None) is None
    assert state(timedelta(days=4), book_within_days=None).level == Level.AMBER


def test_days_are_those_of_the_site():
    evening = datetime(2026, 1, 6, 3, tzinfo=UTC)  # the 5th in New York
    given = [Given(1, date(2026, 1, 5), evening)]
    now = datetime(2026, 1, 9, 4, tzinfo=UTC)  # still the 8th there
    for today, level in ((date(2026, 1, 8), Level.TASK), (date(2026, 1, 9), Level.AMBER)):
        assert overdue(rule(), given, Talks(), now=now, today=today).level == level
