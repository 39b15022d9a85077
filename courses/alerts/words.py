"""What was positive, in the words of the instrument that asked."""

from functools import cache

from courses.instruments import instruments


@cache
def _labels() -> dict[str, str]:
    return {rule.rule: rule.label for one in instruments() for rule in one.safety}


def label_of(rule: str) -> str:
    """The rule's own label; its code where no instrument has it any more."""
    return _labels().get(rule, rule.replace("_", " "))
