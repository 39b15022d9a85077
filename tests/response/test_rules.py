"""Response, remission and relapse by the examples of DOMAIN 5.1 and 2.9."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from courses.response.rules import (
    Limits,
    Reading,
    Relapse,
    Status,
    Trend,
    add_workdays,
    baseline_among,
    best_of,
    is_remission,
    is_worse_by_mcid,
    overlaps,
    percent_change,
    plain,
    relapse_flags,
    shown_percent,
    status_of,
    trend_of,
)

PHQ9 = Limits(
    response_percent=Decimal(50),
    partial_percent=Decimal(25),
    remission_max=Decimal(4),
    mcid=Decimal(5),
    recall_days=14,
    relapse_rise=Decimal(5),
    relapse_floor=Decimal(10),
    relapse_repeat_days=3,
)
DAY = date(2026, 1, 5)


def on(day: int, total: str | int, hour: int = 9) -> Reading:
    """A reading so many days after the first dose."""
    there = DAY + timedelta(days=day)
    return Reading(there, datetime.combine(there, time(hour), UTC), Decimal(total))


def series(*pairs: tuple[int, int]) -> list[Reading]:
    return [on(day, total) for day, total in pairs]


@pytest.mark.parametrize(
    ("baseline", "current", "shown", "status"),
    [
        (20, 10, "50.0", Status.RESPONSE),
        (20, 11, "45.0", Status.PARTIAL),
        (20, 4, "80.0", Status.RESPONSE),
        (21, 11, "47.6", Status.PARTIAL),
        (18, 14, "22.2", Status.NON_RESPONSE),
        (10, 14, "-40.0", Status.WORSE),
        (0, 0, None, Status.UNDEFINED),
        (0, 8, None, Status.UNDEFINED),
        (20, 15, "25.0", Status.PARTIAL),
        (20, 20, "0.0", Status.NON_RESPONSE),
    ],
)
def test_the_examples_of_5_1(baseline, current, shown, status):
    change = percent_change(Decimal(baseline), Decimal(current))
    found = shown_percent(change)
    assert (None if found is None else str(found)) == shown
    assert status_of(Decimal(baseline), Decimal(current), PHQ9) == status


def test_what_is_compared_is_not_rounded():
    # 49.96 % is shown as 50.0 and is no response.
    baseline, current = Decimal("1000"), Decimal("500.4")
    assert str(shown_percent(percent_change(baseline, current))) == "50.0"
    assert status_of(baseline, current, PHQ9) == Status.PARTIAL
    # A third is exactly a third: nothing is lost by dividing.
    third = Limits(Decimal(100) / 3, Decimal(10))
    assert status_of(Decimal(3), Decimal(2), third) == Status.RESPONSE


def test_remission_goes_by_the_cut_off_alone():
    assert is_remission(Decimal(4), PHQ9)
    assert not is_remission(Decimal(5), PHQ9)
    assert not is_remission(Decimal(0), Limits(Decimal(50), Decimal(25)))


def test_madrs_response_of_38_to_19():
    madrs = Limits(Decimal(50), Decimal(25), remission_max=Decimal(10), mcid=Decimal(6))
    assert status_of(Decimal(38), Decimal(19), madrs) == Status.RESPONSE
    assert not is_remission(Decimal(19), madrs)
    assert is_remission(Decimal(10), madrs)


def test_ptsd_responds_at_its_own_percentage():
    pcl5 = Limits(Decimal(30), Decimal(25), remission_max=Decimal(30), mcid=Decimal(10))
    assert status_of(Decimal(50), Decimal(35), pcl5) == Status.RESPONSE
    assert status_of(Decimal(50), Decimal(36), pcl5) == Status.PARTIAL


def test_8_37_a_low_baseline_defines_no_response():
    assert status_of(Decimal(4), Decimal(2), PHQ9) == Status.UNDEFINED
    assert status_of(Decimal(4), Decimal(9), PHQ9) == Status.UNDEFINED
    assert status_of(Decimal(5), Decimal(2), PHQ9) == Status.RESPONSE


@pytest.mark.parametrize(("current", "is_worse"), [(14, False), (15, True), (20, True), (9, False)])
def test_worse_counts_from_the_change_that_matters(current, is_worse):
    assert is_worse_by_mcid(Decimal(10), Decimal(current), PHQ9) is is_worse


def test_8_38_of_two_on_the_same_day_the_latest_before_the_dose_is_the_baseline():
    early, late, after = on(0, 20, 8), on(0, 18, 9), on(0, 10, 15)
    dose_at = datetime.combine(DAY, time(10), UTC)
    asked = {"before": dose_at, "dose_on": DAY, "window_days": 14}
    assert baseline_among([early, late, after], **asked) is late
    assert baseline_among([after], **asked) is None


def test_the_baseline_lies_within_its_window():
    dose_at = datetime.combine(DAY, time(10), UTC)
    asked = {"before": dose_at, "dose_on": DAY, "window_days": 14}
    assert baseline_among([on(-14, 20)], **asked)
    assert baseline_among([on(-15, 20)], **asked) is None


def test_trend_goes_by_the_change_that_matters():
    assert trend_of(series((0, 20), (7, 16)), PHQ9) == Trend.STEADY
    assert trend_of(series((0, 20), (7, 15)), PHQ9) == Trend.BETTER
    assert trend_of(series((0, 15), (7, 20)), PHQ9) == Trend.WORSE
    assert trend_of(series((0, 15)), PHQ9) == Trend.UNKNOWN


def test_scores_nearer_than_their_recall_overlap():
    assert overlaps(series((0, 20), (13, 15)), PHQ9)
    assert not overlaps(series((0, 20), (14, 15)), PHQ9)


def test_the_best_is_the_lowest():
    assert best_of(series((1, 9), (8, 6), (15, 6), (20, 8))).on == DAY + timedelta(days=15)
    assert best_of([]) is None


def flags(*pairs: tuple[int, int], ended: int | None = 17, baseline: int = 20):
    induction_ended = None if ended is None else DAY + timedelta(days=ended)
    return relapse_flags(
        baseline=Decimal(baseline),
        readings=series(*pairs),
        induction_ended=induction_ended,
        limits=PHQ9,
    )


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        # Up by 5 from the best, and at 10.
        ([(20, 5), (40, 10)], {Relapse.RISE}),
        # Up by 5, and under 10.
        ([(20, 4), (40, 9)], set()),
        # At 10, up by 4.
        ([(20, 6), (40, 10)], set()),
        # Response lost on two readings three days apart.
        ([(20, 8), (40, 11), (43, 11)], {Relapse.RESPONSE_LOST}),
        # Two days apart is not enough.
        ([(20, 8), (40, 11), (42, 11)], set()),
        # One reading is not enough.
        ([(20, 8), (40, 11)], set()),
        # Back in response: no flag.
        ([(20, 8), (40, 11), (43, 11), (50, 9)], set()),
        # There was never a response to lose.
        ([(20, 15), (40, 14), (43, 14)], set()),
        # Both signs.
        ([(20, 5), (40, 12), (44, 12)], {Relapse.RISE, Relapse.RESPONSE_LOST}),
    ],
)
def test_relapse_flags(pairs, found):
    assert set(flags(*pairs)) == found


def test_no_relapse_while_induction_goes_on():
    assert flags((3, 5), (10, 15), ended=None) == ()
    assert flags((3, 5), (10, 15)) == ()  # both before its end


def test_no_response_is_lost_from_a_low_baseline():
    assert flags((20, 1), (40, 4), (44, 4), baseline=4) == ()


@pytest.mark.parametrize(
    ("day", "number", "found"),
    [
        (date(2026, 1, 5), 2, date(2026, 1, 7)),
        (date(2026, 1, 8), 2, date(2026, 1, 12)),
        (date(2026, 1, 10), 1, date(2026, 1, 12)),
        (date(2026, 1, 5), 0, date(2026, 1, 5)),
    ],
)
def test_working_days_leave_weekends_out(day, number, found):
    assert add_workdays(day, number) == found


def test_numbers_are_written_plainly():
    assert [plain(Decimal(said)) for said in ("20.0", "3.5", "100", "0")] == [
        "20", "3.5", "100", "0",
    ]  # fmt: skip
