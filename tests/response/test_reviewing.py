"""When the shipped protocols ask for a review, and what is suggested (DOMAIN 2.8, 2.10)."""

import pytest

from courses.protocols import read_definition, shipped_definitions
from courses.response.reviewing import (
    doses_before_maintenance,
    induction_doses,
    last_dose_of,
    points_after,
    prompt_for,
)
from courses.response.rules import Status

SHIPPED = {one["code"]: read_definition(one) for one in shipped_definitions()}


def asked(code: str, planned: int) -> dict[int, list[str]]:
    found = {
        seq: [point.name for point in points_after(SHIPPED[code], seq, planned)]
        for seq in range(1, 31)
    }
    return {seq: names for seq, names in found.items() if names}


@pytest.mark.parametrize(
    ("code", "planned", "found"),
    [
        ("IV_2W3", 6, {3: ["early"], 6: ["end"], 10: ["mandatory"], 16: ["mandatory"],
                       22: ["mandatory"], 28: ["mandatory"]}),
        ("IV_2W3", 10, {3: ["early"], 10: ["end", "mandatory"], 16: ["mandatory"],
                        22: ["mandatory"], 28: ["mandatory"]}),
        ("ESK_TRD", 12, {8: ["week_4"], 12: ["week_8"]}),
        ("ESK_TRD", 20, {8: ["week_4"], 12: ["week_8"]}),
        ("IV_3IN11", 3, {2: ["early"], 3: ["end"]}),
        ("MAINT_IV", 1, {10: ["mandatory"], 16: ["mandatory"], 22: ["mandatory"],
                         28: ["mandatory"]}),
    ],
)  # fmt: skip
def test_reviews_come_after_their_doses(code, planned, found):
    assert asked(code, planned) == found


def test_blocks_end_with_their_doses():
    spray = SHIPPED["ESK_TRD"]
    assert last_dose_of(spray, "maintenance_1", 12) == 12
    assert last_dose_of(spray, "maintenance_2", 12) is None
    assert last_dose_of(SHIPPED["IV_FLEX_6_8"], "induction", 8) == 8


@pytest.mark.parametrize(
    ("code", "planned", "induction", "maintenance"),
    [("ESK_TRD", 12, 8, 12), ("IV_2W3", 8, 8, None), ("MAINT_IV", 1, 1, 1)],
)
def test_where_induction_ends_and_the_ladder_begins(code, planned, induction, maintenance):
    assert induction_doses(SHIPPED[code], planned) == induction
    assert doses_before_maintenance(SHIPPED[code], planned) == maintenance


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.RESPONSE, "maintenance"),
        (Status.PARTIAL, "your judgement"),
        (Status.NON_RESPONSE, "default is to stop"),
        (Status.UNDEFINED, "question the indication"),
        (Status.NO_SCORE, "no complete score"),
    ],
)
def test_the_end_of_induction_suggests_and_decides_nothing(status, word):
    assert word in prompt_for(is_end=True, status=status)


def test_during_induction_nobody_is_told_to_stop():
    assert "nothing stops by itself" in prompt_for(is_end=False, status=Status.NON_RESPONSE)
