"""What protocols say of a dose by closed list, by range and by age, and what is asked about."""

from decimal import Decimal

import pytest

from courses.dosing import Place, allowed_amounts, rule_in_words, why_asked
from courses.protocols import read_definition, shipped_definitions
from courses.protocols.clinical import DoseRule

SHIPPED = {data["code"]: read_definition(data) for data in shipped_definitions()}
FIRST, LATER = Place(True, 40), Place(False, 40)


def rule(code: str) -> DoseRule:
    found = SHIPPED[code].dose
    assert found
    return found


def in_the_eu() -> DoseRule:
    return rule("ESK_TRD").model_copy(update={"label_region": "EU"})


def asked(code: str, mg: str, place: Place = LATER) -> bool:
    return bool(why_asked(rule(code), Decimal(mg), place))


@pytest.mark.parametrize(
    ("code", "low", "high"),
    [
        ("IV_2W3", "3", "187.5"),  # 0.1 mg/kg of 30 kg, 0.75 mg/kg of 250 kg
        ("SC_2W4", "15", "225"),
        ("IM_SERIES", "7.5", "250"),
        ("SL_CLINIC", "25", "300"),
    ],
)
def test_an_amount_that_is_nobodys_dose_is_asked_about(code: str, low: str, high: str) -> None:
    tenth = Decimal("0.1")
    assert not asked(code, low)
    assert not asked(code, high)
    assert asked(code, str(Decimal(low) - tenth))
    assert asked(code, str(Decimal(high) + tenth))


def test_8_50_560_mg_for_56_is_asked_about() -> None:
    assert why_asked(rule("ESK_TRD"), Decimal(560), LATER) == "A dose is 56 or 84 mg"
    assert why_asked(rule("ESK_TRD"), Decimal(56), LATER) == ""
    assert why_asked(rule("IV_2W3"), Decimal(560), LATER) == "A dose is usually 3 to 187.5 mg"


def test_first_dose_for_depression_that_resists_is_56_and_for_suicidality_84() -> None:
    assert [asked("ESK_TRD", mg, FIRST) for mg in ("56", "84")] == [False, True]
    assert [asked("ESK_MDSI", mg, FIRST) for mg in ("56", "84")] == [True, False]
    assert not asked("ESK_TRD", "84")
    assert not asked("ESK_MDSI", "56")


@pytest.mark.parametrize("is_first", [True, False])
def test_one_device_is_no_dose_in_the_us_at_any_age(is_first: bool) -> None:
    assert asked("ESK_TRD", "28", Place(is_first, 80))


@pytest.mark.parametrize(("age", "first"), [(64, [56]), (65, [28, 56]), (66, [28, 56])])
def test_8_47_age_on_the_day_of_the_first_dose_counts_in_the_eu(age: int, first: list[int]) -> None:
    assert allowed_amounts(in_the_eu(), Place(True, age)) == [Decimal(mg) for mg in first]


def test_8_47_who_turned_65_later_keeps_the_rule_of_the_first_day() -> None:
    assert why_asked(in_the_eu(), Decimal(28), Place(False, 64))
    assert not why_asked(in_the_eu(), Decimal(28), Place(False, 65))


def said(found: DoseRule, place: Place) -> list[str]:
    return [one.text for one in rule_in_words(found, place)]


def test_the_rule_is_said_for_the_first_dose_and_for_later_ones() -> None:
    usual, limit = "usually 0.1 to 0.75 mg/kg", "above 1 mg/kg a medical director decides"
    assert said(rule("IV_2W3"), FIRST) == ["0.5 mg/kg to begin with", usual, limit]
    assert said(rule("IV_2W3"), LATER) == [usual, "raised by 0.25 mg/kg at most", limit]
    assert said(rule("ESK_TRD"), FIRST) == ["56 mg"]
    assert said(rule("ESK_TRD"), LATER) == ["56 or 84 mg"]


def test_the_elderly_go_up_by_one_device_in_the_eu() -> None:
    old = Place(False, 70)
    assert said(in_the_eu(), old) == ["28, 56 or 84 mg", "raised by 28 mg at most"]
    assert said(rule("ESK_TRD"), old) == ["56 or 84 mg"]


@pytest.mark.parametrize("code", [code for code, one in SHIPPED.items() if one.dose])
@pytest.mark.parametrize("place", [FIRST, LATER, Place(False, 70)])
def test_what_is_said_has_its_source(code: str, place: Place) -> None:
    for one in rule_in_words(rule(code), place):
        assert SHIPPED[code].source_of(one.path), one


def test_pain_infusions_have_no_dose_of_their_own() -> None:
    assert SHIPPED["PAIN_INF"].dose is None
