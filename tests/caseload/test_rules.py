"""Who needs somebody first, and what a line of the caseload draws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sessions.caseload.rules import (
    HEIGHT,
    LABELS,
    ORDER,
    WIDTH,
    Flag,
    Line,
    NextVisit,
    by_need,
    direction,
    drawing,
    flags_in_order,
    matches,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PHQ9 = (0, 27)


def line(name: str = "Alder, Ada", *codes: str, in_days: int | None = None) -> Line:
    """A line with these flags, whose next visit is in so many days."""
    number = UUID(int=abs(hash(name)) % 2**64)
    visit = None
    if in_days is not None:
        visit = NextVisit(number, "Infusion 2", "dosing", NOON + timedelta(days=in_days))
    return Line(
        course_id=number, patient_id=number, patient_name=name, protocol="Infusions",
        protocol_code="IV_2W3", status="ACTIVE", status_label="Active", timezone="UTC",
        doses_given=1, doses_planned=6, next_visit=visit,
        flags=[Flag(code) for code in codes],
    )  # fmt: skip


def names(*lines: Line) -> list[str]:
    return [one.patient_name for one in by_need(lines)]


def test_every_flag_has_words_and_a_rank():
    assert set(ORDER) == set(LABELS)
    assert [Flag(code).rank for code in ORDER] == list(range(len(ORDER)))


def test_safety_comes_before_scores_and_scores_before_what_is_missing():
    found = names(
        line("Fine"), line("Overdue", "OVERDUE_SCORE"), line("Unchanged", "NON_RESPONSE"),
        line("Alert", "ALERT"), line("Held", "HOLD"), line("High", "ALERT_HIGH"),
    )  # fmt: skip
    assert found == ["High", "Alert", "Unchanged", "Held", "Overdue", "Fine"]


def test_one_urgent_flag_outweighs_many_others():
    many = line("Many", "HOLD", "REVIEW_DUE", "NOT_CLEARED", "AUTHORIZATION", "OVERDUE_SCORE")
    assert names(many, line("One", "ALERT")) == ["One", "Many"]


def test_among_equals_who_comes_in_sooner_is_first_then_who_has_more_then_the_name():
    assert names(
        line("Later", "HOLD", in_days=3), line("Never", "HOLD"), line("Soon", "HOLD", in_days=1)
    ) == ["Soon", "Later", "Never"]
    assert names(line("Few", "HOLD"), line("More", "HOLD", "OVERDUE_SCORE")) == ["More", "Few"]
    assert names(line("Birch"), line("Alder")) == ["Alder", "Birch"]


@given(st.lists(st.sampled_from([line(f"P{n}", code) for n, code in enumerate(ORDER)])))
def test_the_order_does_not_depend_on_how_lines_came(lines):
    assert by_need(lines) == by_need(lines[::-1])


def test_integration_long_overdue_comes_before_what_the_next_dose_waits_for():
    found = names(
        line("Task", "INTEGRATION"), line("Amber", "INTEGRATION_AMBER"),
        line("Cleared not", "NOT_CLEARED"), line("Red", "INTEGRATION_RED"), line("Held", "HOLD"),
    )  # fmt: skip
    assert found == ["Held", "Red", "Cleared not", "Amber", "Task"]
    assert matches(line("Red", "INTEGRATION_RED"), flag="INTEGRATION")
    assert not matches(line("Red", "INTEGRATION_RED"), flag="INTEGRATION_AMBER")


def test_flags_of_a_kind_are_shown_once_and_the_most_urgent_first():
    found = flags_in_order([Flag("HOLD", "Pregnancy"), Flag("ALERT"), Flag("HOLD", "Hospital")])
    assert [(flag.code, flag.label) for flag in found] == [
        ("ALERT", "Safety alert"),
        ("HOLD", "Pregnancy"),
    ]


def test_what_a_filter_lets_through():
    alert = line("Alder, Ada", "ALERT_HIGH", "HOLD")
    assert matches(alert, flag="ALERT")
    assert matches(alert, flag="HOLD")
    assert matches(alert, flag="ANY")
    assert not matches(alert, flag="WORSE")
    assert not matches(line("Birch, Ben"), flag="ANY")
    assert matches(alert, protocol="IV_2W3")
    assert not matches(alert, protocol="ESK_TRD")
    assert matches(alert, words=["ada", "ald"])
    assert not matches(alert, words=["ada", "birch"])


def test_a_trend_is_drawn_over_the_whole_range_of_the_instrument():
    falling = drawing([Decimal(27), Decimal(0)], PHQ9)
    assert falling is not None
    assert falling.points == f"3.0,3.0 {WIDTH - 3}.0,{HEIGHT - 3}.0"
    assert drawing([Decimal(9)], PHQ9) is None
    small = drawing([Decimal(20), Decimal(19)], PHQ9)
    assert small is not None
    first, last = (float(dot.split(",")[1]) for dot in small.points.split())
    assert 0 < last - first < 1, "one point of 27 looks like one point of 27"


def test_a_trend_says_where_it_goes():
    ten, nine = Decimal(10), Decimal(9)
    assert [direction(v) for v in ([ten, nine], [nine, ten], [ten, ten], [ten])] == [
        "falling", "rising", "level", "",
    ]  # fmt: skip


def test_lines_without_a_visit_come_after_those_with_one():
    with_visit = line("Zoe", in_days=9)
    assert by_need([replace(with_visit, next_visit=None), with_visit])[0].next_visit
