"""Which caps a dose would exceed (DOMAIN 2.10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from courses.protocols import ProtocolDefinition
from courses.protocols.clinical import Cap

# Marks of values that nobody outside the clinic stands for.
OWN = frozenset({"dd", "gk"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A dose on a local date: given, or to be given; its amount where that is known.

    One of another drug has 0 mg of this one.
    """

    on: date
    mg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Excess:
    """A cap, and what a dose on that day makes of it; a label's cap nobody overrides."""

    cap: Cap
    on: date
    amount: Decimal
    is_label: bool

    @property
    def text(self) -> str:
        """What the page says."""
        within = f" within {self.cap.days} days" if self.cap.days else " in one dose"
        if self.cap.doses is not None:
            return f"At most {self.cap.doses} doses{within}: this would be number {self.amount}."
        return f"At most {self.cap.mg:g} mg{within}: this would make {self.amount:g} mg."


def excesses(
    definition: ProtocolDefinition, *, block: str, dose: Taken, others: Sequence[Taken]
) -> list[Excess]:
    """The caps that a dose of that block exceeds, beside the patient's other doses (DOMAIN 2.10).

    A dose of an unknown amount counts as the highest that the protocol allows.
    """
    found = (
        _excess(definition, number, dose, others)
        for number, cap in enumerate(definition.caps)
        if not cap.blocks or block in cap.blocks
    )
    return [one for one in found if one]


def _excess(
    definition: ProtocolDefinition, number: int, dose: Taken, others: Sequence[Taken]
) -> Excess | None:
    cap = definition.caps[number]
    highest = _highest(definition)
    most = max(_amounts(cap, dose, others, highest), default=Decimal(0))
    allowed = Decimal(cap.doses) if cap.doses is not None else Decimal(str(cap.mg))
    if most <= allowed:
        return None
    return Excess(cap, dose.on, most, _is_label(definition, number))


def _highest(definition: ProtocolDefinition) -> Decimal:
    """The most mg of one dose; nothing where it goes by weight, or the protocol does not say."""
    rule = definition.dose
    if rule is None or rule.basis != "mg":
        return Decimal(0)
    return Decimal(str(max(rule.allowed, default=rule.hard_max or 0)))


def _amounts(cap: Cap, dose: Taken, others: Sequence[Taken], highest: Decimal) -> Iterator[Decimal]:
    """What each stretch of so many days holds that holds the dose."""
    if cap.days is None:
        yield _mg(dose, highest)
        return
    every = [dose, *others]
    for back in range(cap.days):
        begins = dose.on - timedelta(days=back)
        ends = begins + timedelta(days=cap.days)
        within = [one for one in every if begins <= one.on < ends]
        if cap.doses is not None:
            yield Decimal(len(within))
        else:
            yield sum((_mg(one, highest) for one in within), Decimal(0))


def _mg(dose: Taken, highest: Decimal) -> Decimal:
    return highest if dose.mg is None else dose.mg


def _is_label(definition: ProtocolDefinition, number: int) -> bool:
    source = definition.source_of(f"/caps/{number}")
    return source is not None and not OWN & set(source.authority.split(", "))
