"""Words of the pages about people and tokens."""

from collections.abc import Iterable

from django import template

from clinic import rights
from clinic.models import Membership
from clinic.rights import Right

register = template.Library()


@register.filter
def right_labels(scopes: Iterable[str]) -> list[str]:
    """Rights as people say them, in the order of the table; one that is no more is left out."""
    return [right.label for right in Right if right in set(scopes)]


@register.filter
def may(member: Membership | None, right: str) -> bool:
    """Whether somebody has the right at some site: for links, which are not shown to others."""
    return rights.may(member, Right(right))
