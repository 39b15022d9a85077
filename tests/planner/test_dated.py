"""Dates on which other hours or shifts hold than those of the weekday."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduling.planner import plan_course, violations, why_not
from scheduling.planner.model import Dated, Placed, Problem, Reason, Unplaced
from tests.planner.clinics import (
    MONDAY,
    at,
    clinic,
    course,
    infusions,
    nurse,
    plan,
    problem,
    reason,
    with_clinic,
)

# (zone, the Sunday on which clocks change, or would)
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Australia/Sydney", date(2026, 4, 5)),
    ("Australia/Sydney", date(2026, 10, 4)),
    ("Asia/Kolkata", date(2026, 3, 8)),
]
AFTERNOON = ((14 * 60, 17 * 60),)


def one_day(day: date = MONDAY, **of_clinic: Any) -> Problem:
    """One infusion that must be on that day."""
    return problem(
        infusions(1),
        clinic=clinic(horizon=(day, day + timedelta(days=1)), **of_clinic),
        courses=(
            course(earliest=day, latest_first=day, windows=dict.fromkeys(range(7), ((0, 1440),))),
        ),
    )


def everybody(base: Problem, dated: Dated) -> Problem:
    return replace(base, staff=tuple(replace(person, dated=dated) for person in base.staff))


@pytest.mark.parametrize(("tz", "change"), CHANGES)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_dated_hours_hold_by_the_wall_clock_around_a_clock_change(
    tz: str, change: date, days: int
) -> None:
    day = change + timedelta(days=days)
    base = everybody(one_day(day, tz=tz, dated={day: AFTERNOON}), {day: AFTERNOON})
    placed = plan(base)
    assert placed.appointments[0].start == at(day, 14, tz=tz)
    assert violations(base, placed) == []
    refused = why_not(base, "k1", "dosing", 1, at(day, 16, 30, tz))
    assert {one.rule for one in refused} == {"CLOSED_HOURS", "PRESENCE", "STAFF_ROLE"}


def test_other_dates_keep_the_weekly_hours() -> None:
    base = one_day(dated={MONDAY + timedelta(days=7): AFTERNOON})
    assert plan(base).appointments[0].start == at(MONDAY, 9)


def test_an_extra_shift_opens_a_date_and_a_shorter_one_closes_the_rest() -> None:
    base = one_day()
    late = nurse(shifts={}, dated={MONDAY: ((10 * 60, 12 * 60),)})
    base = replace(base, staff=(late, *base.staff[1:]))
    assert plan(base).appointments[0].start == at(MONDAY, 9, 45)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (one_day(dated={MONDAY: ()}), Reason.CLOSURE),
        (everybody(one_day(), {MONDAY: ()}), Reason.STAFF_LEAVE),
    ],
)
def test_a_shorter_day_is_told_like_a_closure_and_a_shorter_shift_like_leave(
    base: Problem, expected: Reason
) -> None:
    assert reason(base) == expected


def test_an_extra_shift_is_no_leave_to_be_dropped() -> None:
    """What a date adds stays when the ladder asks whether leave is the reason."""
    extra = one_day(dated={MONDAY: ((9 * 60, 12 * 60),)})
    base = with_clinic(extra, hours={}, closures=frozenset({MONDAY}))
    assert plan_course(base, "k1") == Unplaced("k1", Reason.CLOSURE)
    assert isinstance(plan_course(with_clinic(base, closures=frozenset()), "k1"), Placed)
