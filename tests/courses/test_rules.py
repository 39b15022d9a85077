"""The table of a course's states."""

import pytest

from courses import rules
from courses.models import Course

ALLOWED = {
    ("DRAFT", "ACTIVE"),
    ("DRAFT", "STOPPED"),
    ("ACTIVE", "PAUSED"),
    ("ACTIVE", "INTERRUPTED"),
    ("ACTIVE", "COMPLETED"),
    ("ACTIVE", "STOPPED"),
    ("PAUSED", "ACTIVE"),
    ("PAUSED", "INTERRUPTED"),
    ("PAUSED", "STOPPED"),
    ("INTERRUPTED", "ACTIVE"),
    ("INTERRUPTED", "STOPPED"),
}


@pytest.mark.parametrize("after", Course.Status.values)
@pytest.mark.parametrize("status", Course.Status.values)
def test_a_state_follows_as_the_table_says(after: str, status: str) -> None:
    assert (after in rules.states_before(status)) is ((after, status) in ALLOWED)


def test_halting_and_ending_early_need_a_reason() -> None:
    assert {s for s in Course.Status.values if rules.needs_reason(s)} == {"PAUSED", "STOPPED"}
