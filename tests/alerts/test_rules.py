"""Who is told of an alert, by the pure rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from courses.alerts import rules
from courses.alerts.rules import Duty, Told
from courses.alerts.words import label_of

SERVES, SHIFT, CALL, DIRECTOR, SECOND = (UUID(int=n) for n in range(1, 6))
FULL = Duty(
    serving=[SERVES],
    on_shift=[SHIFT],
    on_call=[CALL],
    directors=[DIRECTOR],
    everybody=[SERVES, SHIFT, CALL, DIRECTOR],
)


@pytest.mark.parametrize(
    ("duty", "expected"),
    [
        (FULL, [Told(SERVES, "SERVING")]),
        (Duty(on_shift=[SHIFT], on_call=[CALL], directors=[DIRECTOR]), [Told(SHIFT, "ON_SHIFT")]),
        (Duty(on_call=[CALL], directors=[DIRECTOR]), [Told(CALL, "ON_CALL")]),
        (
            Duty(directors=[DIRECTOR, SECOND]),
            [Told(DIRECTOR, "DIRECTOR"), Told(SECOND, "DIRECTOR")],
        ),
        (Duty(everybody=[SHIFT]), [Told(SHIFT, "NOBODY")]),
        (Duty(), []),
    ],
)
def test_in_hours_the_nearest_clinician_is_told(duty: Duty, expected: list[Told]) -> None:
    assert rules.first_told(duty) == expected


def test_off_hours_on_call_and_directors_are_told_at_once() -> None:
    off = Duty(on_shift=[SHIFT], on_call=[CALL], directors=[DIRECTOR], is_open=False)
    assert rules.first_told(off) == [Told(CALL, "ON_CALL"), Told(DIRECTOR, "DIRECTOR")]


def test_a_director_who_is_on_call_is_told_once() -> None:
    off = Duty(on_call=[DIRECTOR], directors=[DIRECTOR], is_open=False)
    assert rules.first_told(off) == [Told(DIRECTOR, "ON_CALL")]


def test_off_hours_with_nobody_named_everybody_is_told() -> None:
    assert rules.first_told(Duty(everybody=[SHIFT, CALL], is_open=False)) == [
        Told(SHIFT, "NOBODY"),
        Told(CALL, "NOBODY"),
    ]


@pytest.mark.parametrize(
    ("duty", "escalations", "expected"),
    [
        (FULL, 0, [Told(DIRECTOR, "DIRECTOR")]),
        (
            FULL,
            1,
            [Told(DIRECTOR, "DIRECTOR"), Told(CALL, "ON_CALL"), Told(SHIFT, "ON_SHIFT")],
        ),
        (Duty(on_call=[CALL], everybody=[SHIFT]), 0, [Told(CALL, "ON_CALL")]),
        (Duty(everybody=[SHIFT]), 3, [Told(SHIFT, "NOBODY")]),
        (
            Duty(on_call=[CALL], directors=[DIRECTOR], is_open=False),
            0,
            [Told(DIRECTOR, "DIRECTOR"), Told(CALL, "ON_CALL")],
        ),
    ],
)
def test_unanswered_it_goes_to_the_directors(
    duty: Duty, escalations: int, expected: list[Told]
) -> None:
    assert rules.further_told(duty, escalations=escalations) == expected


def test_levels_only_rise_in_one_order() -> None:
    assert rules.rises("URGENT", above="ALERT")
    assert rules.rises("HIGH", above="URGENT")
    assert not rules.rises("ALERT", above="ALERT")
    assert not rules.rises("URGENT", above="HIGH")


@pytest.mark.parametrize(
    ("level", "expected"), [("ALERT", False), ("URGENT", True), ("HIGH", True)]
)
def test_from_urgent_on_an_answer_comes_before_the_dose(level: str, expected: bool) -> None:
    assert rules.needs_answer_before_dose(level) is expected
    assert rules.forbids_doses(level) is (level == "HIGH")


def test_high_risk_alone_forbids_doses() -> None:
    allowed = [risk for risk in ("NONE", "LOW", "MODERATE", "HIGH") if rules.allows_doses(risk)]
    assert allowed == ["NONE", "LOW", "MODERATE"]


def test_the_next_escalation_counts_elapsed_minutes_over_a_clock_change() -> None:
    before = datetime(2026, 3, 8, 6, 50, tzinfo=UTC)  # ten minutes before New York's clocks change
    assert rules.next_escalation(before, 15) - before == timedelta(minutes=15)


def test_a_rule_without_words_of_its_own_is_readable() -> None:
    assert label_of("PHQ9_9") == "PHQ-9, item 9"
    assert label_of("BAM_X") == "BAM X"
