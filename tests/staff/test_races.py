"""Managers who end each other's access at one moment; and the same with the guard off."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from django.db import connection

from clinic.models import Membership, Role, RoleAssignment
from clinic.staffing.changing import change_roles, deactivate_member
from clinic.staffing.rules import LastManager
from tests.factories import NOW, make_clinic, make_member
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 8
TABLES = ("clinic_membership", "clinic_roleassignment")


def managers_left(clinic):
    holders = RoleAssignment.objects.filter(
        organization=clinic.organization, role=Role.MANAGER, membership__is_active=True
    )
    return holders.count()


@contextmanager
def guard_off() -> Iterator[None]:
    """Both tables without the trigger."""

    def turn(to: str) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} {to} TRIGGER organization_keeps_a_manager")

    turn("DISABLE")
    try:
        yield
    finally:
        turn("ENABLE")


def leave(clinic, managers):
    """Each ends the access of the next."""
    return lambda n: deactivate_member(
        by=managers[n], member=managers[(n + 1) % RIVALS], reason="Gone", now=NOW
    )


def step_down(clinic, managers):
    """Each gives up the role."""
    desk = frozenset({(clinic.site.pk, Role.FRONT_DESK)})
    return lambda n: change_roles(by=managers[n], member=managers[n], posts=desk)


@pytest.mark.parametrize("attempt", [leave, step_down])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_manager_always_stays(attempt, guarded):
    clinic = make_clinic()
    managers = [make_member(clinic.site, Role.MANAGER) for _ in range(RIVALS)]
    managers = [Membership.objects.get(pk=one.pk) for one in managers]
    assert all(one.duties for one in managers)
    with nullcontext() if guarded else guard_off():
        outcomes = race(attempt(clinic, managers), rivals=RIVALS)
    if not guarded:
        assert managers_left(clinic) == 0
        return
    refused = [outcome for outcome in outcomes if isinstance(outcome, LastManager)]
    assert managers_left(clinic) == len(refused) == 1
