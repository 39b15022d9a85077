"""How much a dose is by a protocol's dose rule, and which amounts are asked about; pure.

Nothing here decides: what the rule says is shown, and an amount outside it is asked about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from courses.protocols.clinical import DoseRule, ElderlyRule


@dataclass(frozen=True, slots=True)
class Place:
    """Which dose it is: the first of its course or not, and the patient's age on the day of the
    first one (DOMAIN 8.47)."""

    is_first: bool
    age_at_first: int


@dataclass(frozen=True, slots=True)
class Said:
    """Something that the rule says of a dose, and the pointer to the number that it comes from."""

    text: str
    path: str


def allowed_amounts(rule: DoseRule, place: Place) -> list[Decimal]:
    """The closed list for this dose; empty where the rule has none (DOMAIN 2.3, 8.47)."""
    elderly = _elderly(rule, place)
    every = elderly.allowed if elderly else rule.allowed
    first = elderly.first if elderly else rule.first
    return [_exact(amount) for amount in ((first or every) if place.is_first else every)]


def most_step(rule: DoseRule, place: Place) -> Decimal | None:
    """The most by which a dose is raised from one session to the next; None: no such rule."""
    elderly = _elderly(rule, place)
    step = elderly.most_step if elderly else rule.most_step
    return None if step is None else _exact(step)


def _elderly(rule: DoseRule, place: Place) -> ElderlyRule | None:
    """What holds instead for this patient under labels of the EU's kind, if anything."""
    is_old = rule.elderly is not None and place.age_at_first >= rule.elderly.from_age
    return rule.elderly if rule.label_region == "EU" and is_old else None


def rule_in_words(rule: DoseRule, place: Place) -> list[Said]:
    """What the rule says of this dose, each with where it stands (DOMAIN 2.3)."""
    return list(_words(rule, place))


def _words(rule: DoseRule, place: Place) -> Iterator[Said]:
    unit = _unit(rule)
    own = "/dose/elderly" if _elderly(rule, place) else "/dose"
    if allowed := allowed_amounts(rule, place):
        key = "first" if place.is_first and rule.first else "allowed"
        yield Said(f"{_either(allowed)} {unit}", f"{own}/{key}")
    elif rule.start and place.is_first:
        yield Said(f"{rule.start:g} {unit} to begin with", "/dose/start")
    if rule.usual:
        yield Said(f"usually {rule.usual[0]:g} to {rule.usual[1]:g} {unit}", "/dose/usual")
    if (step := most_step(rule, place)) and not place.is_first:
        yield Said(f"raised by {step:f} {unit} at most", f"{own}/most_step")
    if rule.hard_max:
        text = f"above {rule.hard_max:g} {unit} a medical director decides"
        yield Said(text, "/dose/hard_max")


def why_asked(rule: DoseRule, mg: Decimal, place: Place) -> str:
    """Why an amount in mg is asked about before it is kept; empty where it is plausible.

    A dose by weight is judged by the lightest and the heaviest weight that the rule takes for
    true: 560 mg for 56 is no dose of anybody (DOMAIN 8.50).
    """
    if allowed := allowed_amounts(rule, place):
        which = "The first dose" if place.is_first else "A dose"
        return "" if mg in allowed else f"{which} is {_either(allowed)} {_unit(rule)}"
    span = _range_in_mg(rule)
    if span is None or span[0] <= mg <= span[1]:
        return ""
    return f"A dose is usually {span[0]:g} to {span[1]:g} mg"


def _range_in_mg(rule: DoseRule) -> tuple[Decimal, Decimal] | None:
    if rule.usual is None:
        return None
    low, high = map(_exact, rule.usual)
    if rule.basis == "mg":
        return low, high
    if rule.weight_kg is None:
        return None
    lightest, heaviest = map(_exact, rule.weight_kg)
    return low * lightest, high * heaviest


def _either(amounts: list[Decimal]) -> str:
    *before, last = (f"{amount:f}" for amount in amounts)
    return f"{', '.join(before)} or {last}" if before else last


def _unit(rule: DoseRule) -> str:
    return "mg/kg" if rule.basis == "mg_per_kg" else "mg"


def _exact(number: float) -> Decimal:
    """As it was written: 0.1 is a tenth."""
    return Decimal(str(number)).normalize()
