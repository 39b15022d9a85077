"""No check constraint passes for want of a value: SQL takes a comparison with NULL for neither."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.db.models import F, Q

APPS = ("courses",)
COMPARED = frozenset({"gte", "gt", "lte", "lt", "range"})


def constraints():
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for one in model._meta.constraints:
                if isinstance(one, models.CheckConstraint):
                    yield pytest.param(model, one, id=one.name)


def nullable(model, name):
    return model._meta.get_field(name).null


def compared(model, node: Q) -> set[str]:
    """The nullable fields that one branch compares."""
    found = set()
    for child in node.children:
        if not isinstance(child, tuple):
            continue
        name, _, lookup = child[0].partition("__")
        names = [name] if lookup in COMPARED else []
        names += [child[1].name] if isinstance(child[1], F) else []
        found |= {one for one in names if nullable(model, one)}
    return found


def said_of_nulls(node: Q, *, is_null: bool) -> set[str]:
    """The fields of which a branch says that they are empty, or that they are not."""
    found = set()
    for child in node.children:
        if not isinstance(child, tuple):
            continue
        name, _, lookup = child[0].partition("__")
        is_said = lookup == "isnull" and child[1] is is_null
        if is_said or (is_null and not lookup and child[1] is None):
            found.add(name)
    return found


def holes(model, node: Q, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """Nullable fields that a branch compares without asking that there is a value."""
    if node.connector == Q.OR:
        # What may be empty all by itself is no hole: the other branch is true then.
        known |= {
            name
            for child in node.children
            for branch in [child if isinstance(child, Q) else Q(child)]
            if len(branch.children) == 1
            for name in said_of_nulls(branch, is_null=True)
        }
    else:
        known |= said_of_nulls(node, is_null=False)
        known |= {
            name
            for child in node.children
            if isinstance(child, Q) and child.connector == Q.AND and not child.negated
            for name in said_of_nulls(child, is_null=False)
        }
    yield from compared(model, node) - known
    for child in node.children:
        if isinstance(child, Q):
            yield from holes(model, child, known)


@pytest.mark.parametrize(("model", "constraint"), list(constraints()))
def test_what_is_compared_has_a_value(model, constraint):
    assert sorted(set(holes(model, Q(constraint.condition)))) == []


def test_the_walk_sees_a_half_that_may_be_empty():
    review = apps.get_model("courses", "Review")
    half = Q(decided_at__isnull=True, decision="") | Q(decided_at__gte=F("raised_at"))
    assert set(holes(review, half)) == {"decided_at"}
    whole = half | Q(decided_at__isnull=True)
    assert set(holes(review, whole)) == set()
    asked = Q(decided_at__isnull=False, decided_at__gte=F("raised_at")) & ~Q(decision="")
    assert set(holes(review, asked)) == set()
