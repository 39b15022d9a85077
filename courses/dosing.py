"""How much a dose is, and what stands against it: pure arithmetic on a protocol's dose rule.

Nothing here decides: an amount is computed, warned of, or asked of somebody with the role for it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Literal

from courses.protocols.clinical import DoseRule, ElderlyRule

WeightUnit = Literal["kg", "lb"]
# By definition of the international pound.
KG_PER_LB = Decimal("0.45359237")
TENTH = Decimal("0.1")


class Level(StrEnum):
    """What a remark asks for before the dose is recorded."""

    NOTE = "NOTE"
    CONFIRM = "CONFIRM"
    DIRECTOR = "DIRECTOR"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a dose or a weight, by its code and in words."""

    code: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A measured weight and its date."""

    kg: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Ordered:
    """An amount in the rule's units, for one patient; `before` is the amount of the last dose.

    `age_at_first` is the age on the day of the course's first dose (DOMAIN 8.47).
    """

    amount: Decimal
    is_first: bool
    age_at_first: int
    before: Decimal | None = None


def weight_in_kg(value: Decimal, unit: WeightUnit) -> Decimal:
    """The weight in kilograms, to a tenth (DOMAIN 8.49)."""
    return _tenth(value if unit == "kg" else value * KG_PER_LB)


def milligrams(mg_per_kg: Decimal, kg: Decimal) -> Decimal:
    """The dose in mg, half up to a tenth (DOMAIN 2.3)."""
    return _tenth(mg_per_kg * kg)


def amount_in_mg(rule: DoseRule, amount: Decimal, kg: Decimal | None) -> Decimal:
    """What an amount in the rule's units comes to; ValueError without the weight it goes by."""
    if rule.basis == "mg":
        return _tenth(amount)
    if kg is None:
        raise ValueError("a dose by weight needs a weight")
    return milligrams(amount, kg)


def devices_for(rule: DoseRule, mg: Decimal) -> int | None:
    """How many devices hold the dose; None where it comes in none or does not fill them."""
    if rule.device_mg is None:
        return None
    whole, rest = divmod(mg, _exact(rule.device_mg))
    return None if rest else int(whole)


def allowed_amounts(rule: DoseRule, *, is_first: bool, age_at_first: int) -> list[Decimal]:
    """The closed list for this dose; empty where the rule has none (DOMAIN 2.3, 8.47)."""
    elderly = _elderly(rule, age_at_first)
    every = elderly.allowed if elderly else rule.allowed
    first = elderly.first if elderly else rule.first
    return [_exact(amount) for amount in ((first or every) if is_first else every)]


def most_step(rule: DoseRule, *, age_at_first: int) -> Decimal | None:
    """The most by which a dose is raised from one session to the next; None: no such rule."""
    elderly = _elderly(rule, age_at_first)
    step = elderly.most_step if elderly else rule.most_step
    return None if step is None else _exact(step)


def _elderly(rule: DoseRule, age_at_first: int) -> ElderlyRule | None:
    """What holds instead for this patient under labels of the EU's kind, if anything."""
    is_old = rule.elderly is not None and age_at_first >= rule.elderly.from_age
    return rule.elderly if rule.label_region == "EU" and is_old else None


def judge_dose(rule: DoseRule, ordered: Ordered) -> list[Remark]:
    """What stands against the amount; empty when nothing does (DOMAIN 2.3, 8.50)."""
    found = [
        _not_allowed(rule, ordered),
        _over_the_hard_limit(rule, ordered),
        _unusual(rule, ordered),
        _too_big_a_step(rule, ordered),
    ]
    return [remark for remark in found if remark]


def _not_allowed(rule: DoseRule, ordered: Ordered) -> Remark | None:
    allowed = allowed_amounts(rule, is_first=ordered.is_first, age_at_first=ordered.age_at_first)
    if not allowed or ordered.amount in allowed:
        return None
    listed = " or ".join(f"{amount:f}" for amount in allowed)
    which = "The first dose" if ordered.is_first else "A dose"
    return Remark("NOT_ALLOWED", Level.REFUSED, f"{which} is {listed} {_unit(rule)}.")


def _over_the_hard_limit(rule: DoseRule, ordered: Ordered) -> Remark | None:
    if rule.hard_max is None or ordered.amount <= _exact(rule.hard_max):
        return None
    text = f"Above {rule.hard_max:g} {_unit(rule)} a medical director decides."
    return Remark("OVER_HARD_LIMIT", Level.DIRECTOR, text)


def _unusual(rule: DoseRule, ordered: Ordered) -> Remark | None:
    if rule.usual is None:
        return None
    low, high = map(_exact, rule.usual)
    if low <= ordered.amount <= high:
        return None
    text = f"Outside the usual range, {low:f} to {high:f} {_unit(rule)}."
    return Remark("UNUSUAL", Level.CONFIRM, text)


def _too_big_a_step(rule: DoseRule, ordered: Ordered) -> Remark | None:
    step = most_step(rule, age_at_first=ordered.age_at_first)
    if step is None or ordered.before is None or ordered.amount - ordered.before <= step:
        return None
    text = f"A dose is raised by {step:f} {_unit(rule)} at most from one session to the next."
    return Remark("STEP_TOO_BIG", Level.CONFIRM, text)


def judge_weight(
    rule: DoseRule, weighed: Weighed, *, today: date, before: Weighed | None = None
) -> list[Remark]:
    """What stands against a weight: a slip of the pen, a change, its age (DOMAIN 2.3, 8.49)."""
    found = [
        _implausible(rule, weighed),
        _changed(rule, weighed, before),
        _old(rule, weighed, today),
    ]
    return [remark for remark in found if remark]


def _implausible(rule: DoseRule, weighed: Weighed) -> Remark | None:
    if rule.weight_kg is None:
        return None
    low, high = map(_exact, rule.weight_kg)
    if low <= weighed.kg <= high:
        return None
    text = f"A weight is {low:f} to {high:f} kg: check the unit and the decimal point."
    return Remark("WEIGHT_IMPLAUSIBLE", Level.REFUSED, text)


def _changed(rule: DoseRule, weighed: Weighed, before: Weighed | None) -> Remark | None:
    if rule.weight_change_percent is None or before is None:
        return None
    change = abs(weighed.kg - before.kg) / before.kg * 100
    if change <= _exact(rule.weight_change_percent):
        return None
    text = f"{_tenth(change)} % from the last weight, {before.kg:f} kg: weigh again or confirm."
    return Remark("WEIGHT_CHANGED", Level.CONFIRM, text)


def _old(rule: DoseRule, weighed: Weighed, today: date) -> Remark | None:
    if rule.weight_valid_days is None or (today - weighed.on).days <= rule.weight_valid_days:
        return None
    text = f"The weight is older than {rule.weight_valid_days} days: weigh again."
    return Remark("WEIGHT_OLD", Level.CONFIRM, text)


def body_mass_index(kg: Decimal, height_cm: Decimal) -> Decimal:
    """Weight by height squared, to a tenth."""
    return _tenth(kg / (height_cm / 100) ** 2)


def needs_weight_basis(rule: DoseRule, kg: Decimal, height_cm: Decimal) -> bool:
    """Whether a clinician chooses between actual, ideal and adjusted weight (DOMAIN 2.3)."""
    if rule.bmi_flag_from is None or rule.basis != "mg_per_kg":
        return False
    return body_mass_index(kg, height_cm) >= _exact(rule.bmi_flag_from)


def _unit(rule: DoseRule) -> str:
    return "mg/kg" if rule.basis == "mg_per_kg" else "mg"


def _exact(number: float) -> Decimal:
    """As it was written: 0.1 is a tenth."""
    return Decimal(str(number)).normalize()


def _tenth(number: Decimal) -> Decimal:
    return number.quantize(TENTH, ROUND_HALF_UP)
