"""Words for the codes of a screening."""

from django import template

from courses.screening.catalogue import label_of

register = template.Library()


@register.filter
def code_label(code: str) -> str:
    """What people call a contraindication, a criterion or a question."""
    return label_of(code)
