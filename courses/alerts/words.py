"""What was positive, in the words of the instrument or of the checklist that asked."""

from functools import cache

from courses.instruments import instruments
from courses.screening.catalogue import by_code


@cache
def _labels() -> dict[str, str]:
    found = {code: entry.label for code, entry in by_code().items()}
    return found | {rule.rule: rule.label for one in instruments() for rule in one.safety}


def label_of(rule: str) -> str:
    """The rule's own label; its code where no instrument has it any more."""
    return _labels().get(rule, rule.replace("_", " "))
