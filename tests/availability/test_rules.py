"""Hours of days and weeks, and until when credentials keep somebody on the roster."""

from datetime import date, time

import pytest

from clinic.availability.holidays import coming, holidays_of, is_known
from clinic.availability.rules import (
    Span,
    fault_of_day,
    faults_of_week,
    hours_on,
    missing_credentials,
    roster_ends_on,
    warning_of,
)

MONDAY = date(2026, 1, 5)
NINE, TWELVE, ONE, FIVE = time(9), time(12), time(13), time(17)


@pytest.mark.parametrize(
    ("spans", "fault"),
    [
        ([(NINE, TWELVE), (ONE, FIVE)], ""),
        ([(NINE, TWELVE), (TWELVE, FIVE)], ""),
        ([(ONE, FIVE), (NINE, time(13, 5))], "overlap: until 13:05, and from 13:00"),
        ([(TWELVE, NINE)], "the end must be later"),
        ([(NINE, NINE)], "the end must be later"),
        ([(time(3), NINE)], "opens at 04:00 at the earliest"),
        ([(time(9, 3), TWELVE)], "not a step of 5 minutes"),
    ],
)
def test_a_day_is_right_or_told_what_is_wrong(spans, fault):
    told = fault_of_day(spans, earliest=time(4))
    assert fault in told
    assert bool(told) == bool(fault)


def test_each_faulty_day_of_a_week_is_told():
    week = [Span(0, NINE, FIVE), Span(2, FIVE, NINE), Span(4, NINE, FIVE), Span(4, ONE, FIVE)]
    assert sorted(faults_of_week(week)) == [2, 4]


def test_a_date_has_its_own_hours_or_those_of_its_weekday():
    week = [Span(0, ONE, FIVE), Span(0, NINE, TWELVE), Span(1, NINE, FIVE)]
    assert hours_on(MONDAY, week, {}) == ((NINE, TWELVE), (ONE, FIVE))
    assert hours_on(MONDAY, week, {MONDAY: [(NINE, TWELVE)]}) == ((NINE, TWELVE),)
    assert hours_on(MONDAY, week, {MONDAY: []}) == ()


def test_the_first_credential_that_a_role_needs_ends_the_roster():
    required = ["NURSE:LICENSE", "NURSE:BLS", "PRESCRIBER:ACLS"]
    held = {"LICENSE": date(2026, 6, 1), "BLS": date(2026, 3, 1), "ACLS": date(2026, 2, 1)}
    assert roster_ends_on(["NURSE"], held, required) == date(2026, 3, 1)
    assert roster_ends_on(["NURSE", "PRESCRIBER"], held, required) == date(2026, 2, 1)
    assert roster_ends_on(["THERAPIST"], held, required) is None
    assert roster_ends_on(["NURSE"], {}, required) is None
    assert missing_credentials(["NURSE"], ["BLS"], required) == ["LICENSE"]


@pytest.mark.parametrize(
    ("days", "warning"), [(61, None), (60, 60), (31, 60), (30, 30), (7, 7), (1, 7), (0, 0), (-9, 0)]
)
def test_an_expiry_is_warned_of_60_30_and_7_days_before(days, warning):
    assert warning_of(date.fromordinal(MONDAY.toordinal() + days), MONDAY) == warning


def test_public_holidays_are_of_the_country_and_region():
    names = {one.on: one.name for one in holidays_of("US", "MA", 2026)}
    assert names[date(2026, 12, 25)] == "Christmas Day"
    assert date(2026, 4, 20) in names, "Patriots’ Day"
    assert date(2026, 4, 20) not in {one.on for one in holidays_of("US", "NY", 2026)}
    assert "Karfreitag" not in {one.name for one in holidays_of("DE", "BE", 2026)}
    assert [is_known(*place) for place in (("US", "NY"), ("US", "XX"), ("XX", ""))] == [
        True,
        False,
        False,
    ]


def test_the_coming_year_begins_today_and_ends_before_the_same_day():
    days = [one.on for one in coming("US", "", date(2026, 12, 25))]
    assert days[0] == date(2026, 12, 25)
    assert days[-1] == date(2027, 12, 24), "Christmas observed"
