"""Courses that cross the night on which a zone changes its clocks."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.planner import violations, why_not
from scheduling.planner.model import Problem
from tests.planner.clinics import (
    at,
    booking,
    clinic,
    course,
    dose_days,
    infusions,
    nurse,
    plan,
    problem,
    with_course,
)

CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("Australia/Sydney", date(2026, 4, 5)),
    ("Australia/Sydney", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Tokyo", date(2026, 3, 8)),
    ("Asia/Kathmandu", date(2026, 3, 8)),
]


def across(tz: str, change: date) -> Problem:
    """Four doses, every second day, from three days before the change."""
    first = change - timedelta(days=3)
    return problem(
        infusions(4, gap=(2, 2), target2=4),
        clinic=clinic(tz=tz, horizon=(first, change + timedelta(days=20))),
        courses=(course(earliest=first, latest_first=first),),
    )


@pytest.mark.parametrize(("tz", "change"), CHANGES)
def test_doses_stay_at_the_same_wall_clock_time(tz: str, change: date) -> None:
    base = across(tz, change)
    placed = plan(base)
    local = [item.start.astimezone(ZoneInfo(tz)) for item in placed.appointments]
    assert {moment.time() for moment in local} == {local[0].time()}
    assert dose_days(placed, tz) == [change + timedelta(days=n) for n in (-3, -1, 1, 3)]
    assert placed.cost.total == 0
    assert violations(base, placed) == []


def test_control_the_clock_really_changes_in_new_york() -> None:
    starts = [item.start for item in plan(across(*CHANGES[0])).appointments]
    assert starts[2] - starts[1] == timedelta(days=2, hours=-1)


@pytest.mark.parametrize(("tz", "change"), CHANGES)
def test_bookings_on_the_day_of_the_change_are_seen_at_their_local_time(
    tz: str, change: date
) -> None:
    """Every hour of the only nurse but the last is taken, on the very day."""
    starts = [at(change, hour, minute, tz) for hour, minute in ((9, 0), (10, 0))]
    base = problem(
        infusions(1),
        clinic=clinic(tz=tz, horizon=(change, change + timedelta(days=1))),
        courses=(course(earliest=change, latest_first=change),),
        bookings=tuple(
            booking(f"b{n}", "iv", start, f"other{n}", rn="rn1") for n, start in enumerate(starts)
        ),
    )
    placed = plan(base)
    # The phase without a nurse may overlap: 10:45-11:45 begins its load at 11:00.
    assert placed.appointments[0].start == at(change, 10, 45, tz)
    assert violations(base, placed) == []


def test_leave_in_utc_ends_at_the_right_local_minute_after_the_change() -> None:
    change = date(2026, 3, 8)
    away = (at(change, 4), at(change, 10))
    base = problem(
        infusions(1),
        clinic=clinic(horizon=(change, date(2026, 3, 9))),
        staff=(nurse(leave=(away,)), *problem().staff[1:]),
        courses=(course(earliest=change, latest_first=change),),
    )
    assert plan(base).appointments[0].start == at(change, 9, 45)


def test_unavailable_patient_is_asked_in_local_time_after_the_change() -> None:
    change = date(2026, 11, 1)
    base = with_course(
        across("America/New_York", change),
        protocol="P",
        earliest=change,
        latest_first=change,
        unavailable=((at(change, 9), at(change, 10, 30)),),
    )
    placed = plan(base)
    assert placed.appointments[0].start == at(change, 10, 30)
    refused = why_not(base, "k1", "dosing", 1, at(change, 9, 30))
    assert [refusal.rule for refusal in refused] == ["PATIENT_UNAVAILABLE"]
