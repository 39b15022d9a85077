"""Prepared queries answer as the plain ones do, for every value and in every thread."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Membership
from clinic.prepared import Prepared, PreparedForOne
from tests import factories
from tests.race import race

PEOPLE = Prepared(
    lambda site, name: (
        Membership.objects.select_related("organization")
        .filter(assignments__site=site, name=name)
        .order_by("pk")
    ),
    site=uuid4(),
    name="of a person",
)
NAMES = PreparedForOne(
    lambda keys: Membership.objects.filter(pk__in=keys).order_by("name").values_list("pk", "name")
)


@pytest.mark.django_db(transaction=True)
def test_each_thread_gets_the_rows_of_its_own_values() -> None:
    clinics = [factories.make_clinic() for _ in range(4)]

    def ask(number: int) -> tuple[Membership, ...]:
        nurse = clinics[number].nurse
        return tuple(PEOPLE(site=clinics[number].site.pk, name=nurse.name))

    assert race(ask, rivals=4) == [(clinic.nurse,) for clinic in clinics]
    assert PEOPLE(site=clinics[0].site.pk, name=clinics[1].nurse.name) == []


@pytest.mark.django_db
def test_one_key_and_many_give_the_same_and_related_rows_come_along() -> None:
    clinic = factories.make_clinic()
    people = sorted([clinic.nurse, clinic.desk], key=lambda one: one.name)
    assert NAMES([]) == []
    assert NAMES([clinic.nurse.pk]) == [(clinic.nurse.pk, clinic.nurse.name)]
    assert NAMES([one.pk for one in people]) == [(one.pk, one.name) for one in people]
    with CaptureQueriesContext(connection) as asked:
        (found,) = PEOPLE(site=clinic.site.pk, name=clinic.nurse.name)
        assert found.organization == clinic.organization
    assert len(asked) == 1


@pytest.mark.django_db
def test_what_never_changes_may_hold_any_sign() -> None:
    clinic, odd = factories.make_clinic(), "50 % o'%s \\"
    Membership.objects.filter(pk=clinic.nurse.pk).update(name=odd)
    odd_ones = Prepared(
        lambda site: Membership.objects.filter(
            assignments__site=site, name=odd, name__contains="%"
        ),
        site=uuid4(),
    )
    assert odd_ones(site=clinic.site.pk) == [clinic.nurse]
