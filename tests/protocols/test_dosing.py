"""Doses by weight, by closed list and by device, and what is asked about a weight."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from courses.dosing import (
    Level,
    Ordered,
    Weighed,
    allowed_amounts,
    amount_in_mg,
    body_mass_index,
    devices_for,
    judge_dose,
    judge_weight,
    milligrams,
    needs_weight_basis,
    weight_in_kg,
)
from courses.protocols import read_definition, shipped_definitions
from courses.protocols.clinical import DoseRule

SHIPPED = {data["code"]: read_definition(data) for data in shipped_definitions()}
TODAY = date(2026, 1, 5)


def rule(code: str) -> DoseRule:
    found = SHIPPED[code].dose
    assert found
    return found


def in_the_eu() -> DoseRule:
    return rule("ESK_TRD").model_copy(update={"label_region": "EU"})


def codes(found: DoseRule, amount: str, **said: Any) -> list[str]:
    said = {"is_first": False, "age_at_first": 40} | said
    return [one.code for one in judge_dose(found, Ordered(Decimal(amount), **said))]


@pytest.mark.parametrize(
    ("mg_per_kg", "kg", "mg"),
    [("0.5", "82.4", "41.2"), ("0.5", "70", "35.0"), ("0.5", "120", "60.0"),
     ("0.5", "82.5", "41.3"), ("0.1", "60.5", "6.1"), ("0.75", "66.6", "50.0")],
)  # fmt: skip
def test_dose_by_weight_is_rounded_half_up_to_a_tenth(mg_per_kg: str, kg: str, mg: str) -> None:
    assert milligrams(Decimal(mg_per_kg), Decimal(kg)) == Decimal(mg)


def test_a_dose_by_weight_needs_a_weight_and_a_fixed_one_none() -> None:
    assert amount_in_mg(rule("IV_2W3"), Decimal("0.5"), Decimal("82.4")) == Decimal("41.2")
    assert amount_in_mg(rule("SL_CLINIC"), Decimal(100), None) == Decimal("100.0")
    with pytest.raises(ValueError, match="needs a weight"):
        amount_in_mg(rule("IV_2W3"), Decimal("0.5"), None)


@pytest.mark.parametrize(("mg", "devices"), [(28, 1), (56, 2), (84, 3), (60, None)])
def test_devices_hold_28_mg_each(mg: int, devices: int | None) -> None:
    assert devices_for(rule("ESK_TRD"), Decimal(mg)) == devices


def test_infusions_come_in_no_devices() -> None:
    assert devices_for(rule("IV_2W3"), Decimal("41.2")) is None


@pytest.mark.parametrize(
    ("code", "amount", "expected"),
    [
        ("IV_2W3", "0.1", []),
        ("IV_2W3", "0.75", []),
        ("IV_2W3", "0.09", ["UNUSUAL"]),
        ("IV_2W3", "0.76", ["UNUSUAL"]),
        ("IV_2W3", "1.0", ["UNUSUAL"]),
        ("IV_2W3", "1.01", ["OVER_HARD_LIMIT", "UNUSUAL"]),
        ("SC_2W4", "0.9", []),
        ("SC_2W4", "0.91", ["OVER_HARD_LIMIT", "UNUSUAL"]),
        ("SC_2W4", "0.4", ["UNUSUAL"]),
        ("IM_SERIES", "1.5", ["UNUSUAL"]),
        ("IM_SERIES", "1.51", ["OVER_HARD_LIMIT", "UNUSUAL"]),
        ("SL_CLINIC", "300", []),
        ("SL_CLINIC", "350", ["UNUSUAL"]),
        ("SL_HOME", "401", ["OVER_HARD_LIMIT", "UNUSUAL"]),
    ],
)
def test_ranges_warn_and_hard_limits_ask_the_medical_director(
    code: str, amount: str, expected: list[str]
) -> None:
    assert codes(rule(code), amount) == expected


def test_8_50_560_mg_for_56_is_refused() -> None:
    [remark] = judge_dose(rule("ESK_TRD"), Ordered(Decimal(560), False, 40))
    assert (remark.code, remark.level) == ("NOT_ALLOWED", Level.REFUSED)
    assert remark.text == "A dose is 56 or 84 mg."


def test_8_50_more_than_1_mg_per_kg_needs_the_medical_director() -> None:
    found = judge_dose(rule("IV_2W3"), Ordered(Decimal("1.1"), False, 40))
    assert found[0].level == Level.DIRECTOR


def test_first_dose_for_depression_that_resists_is_56_and_for_suicidality_84() -> None:
    assert codes(rule("ESK_TRD"), "84", is_first=True) == ["NOT_ALLOWED"]
    assert codes(rule("ESK_TRD"), "56", is_first=True) == []
    assert codes(rule("ESK_TRD"), "84") == []
    assert codes(rule("ESK_MDSI"), "84", is_first=True) == []
    assert codes(rule("ESK_MDSI"), "56", is_first=True) == ["NOT_ALLOWED"]
    assert codes(rule("ESK_MDSI"), "56") == []


@pytest.mark.parametrize("is_first", [True, False])
def test_one_device_is_no_dose_in_the_us_at_any_age(is_first: bool) -> None:
    assert codes(rule("ESK_TRD"), "28", is_first=is_first, age_at_first=80) == ["NOT_ALLOWED"]


@pytest.mark.parametrize(("age", "first"), [(64, [56]), (65, [28, 56]), (66, [28, 56])])
def test_8_47_age_on_the_day_of_the_first_dose_counts_in_the_eu(age: int, first: list[int]) -> None:
    found = allowed_amounts(in_the_eu(), is_first=True, age_at_first=age)
    assert found == [Decimal(mg) for mg in first]


def test_8_47_who_turned_65_later_keeps_the_rule_of_the_first_day() -> None:
    assert codes(in_the_eu(), "28", age_at_first=64) == ["NOT_ALLOWED"]
    assert codes(in_the_eu(), "28", age_at_first=65) == []


def test_the_elderly_go_up_by_one_device_in_the_eu() -> None:
    ordered = {"age_at_first": 70, "before": Decimal(28)}
    assert codes(in_the_eu(), "56", **ordered) == []
    assert codes(in_the_eu(), "84", **ordered) == ["STEP_TOO_BIG"]


def test_dose_is_raised_by_a_quarter_at_most_and_lowered_at_will() -> None:
    assert codes(rule("IV_2W3"), "0.75", before=Decimal("0.5")) == []
    assert codes(rule("IV_2W3"), "0.75", before=Decimal("0.4")) == ["STEP_TOO_BIG"]
    assert codes(rule("IV_2W3"), "0.1", before=Decimal("0.75")) == []


def test_8_49_pounds_are_turned_into_kilograms() -> None:
    assert weight_in_kg(Decimal("181.7"), "lb") == Decimal("82.4")
    assert weight_in_kg(Decimal("82.4"), "kg") == Decimal("82.4")


@pytest.mark.parametrize(("kg", "expected"), [("820", 1), ("29.9", 1), ("30", 0), ("250", 0)])
def test_8_49_a_weight_outside_30_to_250_kg_is_refused(kg: str, expected: int) -> None:
    found = judge_weight(rule("IV_2W3"), Weighed(Decimal(kg), TODAY), today=TODAY)
    assert [one.level for one in found] == [Level.REFUSED] * expected


@pytest.mark.parametrize(("kg", "expected"), [("84", []), ("76", []), ("84.1", ["WEIGHT_CHANGED"])])
def test_8_49_a_change_of_more_than_5_percent_is_confirmed(kg: str, expected: list[str]) -> None:
    before = Weighed(Decimal(80), date(2026, 1, 1))
    found = judge_weight(rule("IV_2W3"), Weighed(Decimal(kg), TODAY), today=TODAY, before=before)
    assert [one.code for one in found] == expected


@pytest.mark.parametrize(
    ("on", "expected"), [(date(2025, 12, 6), []), (date(2025, 12, 5), ["WEIGHT_OLD"])]
)
def test_a_weight_is_good_for_30_days(on: date, expected: list[str]) -> None:
    found = judge_weight(rule("IV_2W3"), Weighed(Decimal(80), on), today=TODAY)
    assert [one.code for one in found] == expected


def test_fixed_doses_ask_nothing_of_a_weight() -> None:
    found = judge_weight(rule("SL_CLINIC"), Weighed(Decimal(820), date(2020, 1, 1)), today=TODAY)
    assert found == []


def test_the_weight_basis_is_chosen_from_a_body_mass_index_of_30_on() -> None:
    assert body_mass_index(Decimal(120), Decimal(180)) == Decimal("37.0")
    assert needs_weight_basis(rule("IV_2W3"), Decimal(120), Decimal(180))
    assert needs_weight_basis(rule("IV_2W3"), Decimal("97.2"), Decimal(180))
    assert not needs_weight_basis(rule("IV_2W3"), Decimal("96.8"), Decimal(180))
    assert not needs_weight_basis(rule("SL_CLINIC"), Decimal(120), Decimal(180))


def test_pain_infusions_have_no_dose_of_their_own() -> None:
    assert SHIPPED["PAIN_INF"].dose is None
