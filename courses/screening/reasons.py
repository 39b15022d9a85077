"""A reason of a screening's result; pure."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What a reason does to the result."""

    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    DEFERRED = "DEFERRED"
    CONDITIONAL = "CONDITIONAL"
    # Worth knowing, a payer's rule say; changes nothing about the result.
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `kind` is a class of DOMAIN 3.2, HARD or SOFT, OPEN, CHECK or PAYER."""

    code: str
    text: str
    kind: str
    effect: Effect
    clears: str

    def as_json(self) -> dict[str, Any]:
        """As a decision keeps it."""
        return {**asdict(self), "effect": self.effect.value}
