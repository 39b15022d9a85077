"""Words for the codes of a screening."""

from django import template

from courses.screening.catalogue import label_of

register = template.Library()


@register.filter
def code_label(code: str) -> str:
    """What people call a contraindication, a criterion or a question."""
    return label_of(code)


KINDS = {
    "ABS": "Absolute", "REL": "Relative", "TEMP": "Temporary", "HARD": "Required",
    "SOFT": "Expected", "OPEN": "Open", "CHECK": "Check", "PAYER": "Payer",
}  # fmt: skip


@register.filter
def kind_label(kind: str) -> str:
    """What people call the class of a reason."""
    return KINDS.get(kind, kind)
