"""The steps of a visit."""

from datetime import date
from itertools import pairwise

import pytest

from sessions import rules
from sessions.models import Session


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("dosing", ["PLANNED", "ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE"]),
        ("prep", ["PLANNED", "ARRIVED", "IN_PROGRESS", "DONE"]),
        ("integration", ["PLANNED", "ARRIVED", "IN_PROGRESS", "DONE"]),
    ],
)
def test_visit_goes_from_step_to_step(kind: str, steps: list[str]) -> None:
    before = {status: rules.status_before(kind, status) for status in Session.Status.values}
    assert {a: b for a, b in before.items() if b} == {
        later: earlier for earlier, later in pairwise(steps)
    }
    after = {status: rules.next_status(kind, status) for status in Session.Status.values}
    assert {a: b for a, b in after.items() if b} == dict(pairwise(steps))


def test_every_kind_of_visit_has_its_steps() -> None:
    assert set(rules.STEPS) == set(Session.Kind.values)


@pytest.mark.parametrize(("day", "come"), [(4, True), (5, True), (6, False)])
def test_visit_has_come_on_its_day(day: int, come: bool) -> None:
    assert rules.has_come(date(2026, 1, day), today=date(2026, 1, 5)) is come
