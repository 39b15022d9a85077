"""Answers that a patient might give, with nothing unsafe in them."""

from collections.abc import Sequence

from courses.instruments import instrument
from courses.instruments.format import Item


def safe_answers(code: str, level: float) -> dict[str, int | str | None]:
    """Answers at a level between none (0) and worst (1), with nothing unsafe in them."""
    used = instrument(code)
    unsafe: Sequence[str] = [
        condition.item for rule in used.safety for step in rule.levels for condition in step.any
    ]
    return {
        item.key: item.min if item.key in unsafe else _between(item, level)
        for item in used.items
        if item.asked_if is None
    }


def _between(item: Item, level: float) -> int:
    return round(item.min + level * (item.max - item.min))
