"""Tables of missed doses, and caps, of the shipped protocols (DOMAIN 2.7, 2.10)."""

from typing import Any

import pytest

from courses.protocols import ProtocolDefinition
from tests.protocols.test_sixteen import CODES, DEPRESSION, INDUCTION, SHIPPED, TABLE


def row_at(rule: ProtocolDefinition, days: int, block: str = "") -> Any:
    """The row of the table of missed doses for a lapse."""
    block = block or rule.blocks[0].name
    [found] = [
        row
        for row in rule.missed
        if row.from_days <= days <= (row.to_days if row.to_days is not None else days)
        and (not row.blocks or block in row.blocks)
    ]
    return found


@pytest.mark.parametrize("code", INDUCTION)
def test_racemic_table_of_missed_doses(code: str) -> None:
    rule, soft = SHIPPED[code], TABLE[code].soft or 0
    for days in range(60):
        row = row_at(rule, days)
        if days <= soft:
            assert row.asks == "NOTHING"
        elif days <= 7:
            assert row.asks == "NOTE"
        elif days <= 14:
            assert (row.options, row.needs) == (["CONTINUE", "ADD_1", "ADD_2"], ["SCORE"])
        elif days <= 28:
            assert (row.options, row.needs) == (["CONTINUE", "RESTART"], ["SAME_DAY_SCREEN"])
        else:
            assert (row.options, row.interrupts) == (["RESTART"], True)
            assert row.needs == ["RESCREEN", "CONSENT"]


@pytest.mark.parametrize(
    ("block", "days", "asks", "options"),
    [
        ("induction", 5, "NOTHING", []),
        ("induction", 6, "NOTE", []),
        ("induction", 28, "NOTE", []),
        ("maintenance_1", 8, "NOTHING", []),
        ("maintenance_1", 9, "DECISION", ["CONTINUE", "STEP_BACK"]),
        ("maintenance_2", 14, "NOTHING", []),
        ("maintenance_2", 15, "DECISION", ["CONTINUE", "STEP_BACK"]),
        ("induction", 29, "DECISION", ["RESUME", "REINDUCE"]),
        ("maintenance_2", 29, "DECISION", ["RESUME", "REINDUCE"]),
    ],
)
def test_esketamine_table_of_missed_doses(
    block: str, days: int, asks: str, options: list[str]
) -> None:
    row = row_at(SHIPPED["ESK_TRD"], days, block)
    assert (row.asks, row.options) == (asks, options)


@pytest.mark.parametrize("code", [c for c in CODES if c != "IV_SINGLE"])
def test_every_lapse_has_one_row(code: str) -> None:
    rule = SHIPPED[code]
    for block in rule.blocks:
        for days in range(120):
            row_at(rule, days, block.name)


@pytest.mark.parametrize("code", DEPRESSION)
def test_racemic_caps(code: str) -> None:
    caps = [(cap.doses, cap.days) for cap in SHIPPED[code].caps]
    assert caps == ([(3, 7), (4, 30)] if code == "MAINT_IV" else [(3, 7)])


@pytest.mark.parametrize("code", ["ESK_TRD", "ESK_MDSI"])
def test_esketamine_caps(code: str) -> None:
    caps = [(cap.mg, cap.doses, cap.days) for cap in SHIPPED[code].caps]
    assert caps == [(84, None, None), (None, 2, 7), (168, None, 7)]
