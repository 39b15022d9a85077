"""Whose rows a transaction sees: one organisation's, or nobody's (G10).

Row-level security goes by a setting that lives as long as one transaction, so that nothing stays
on a pooled connection. Without it every tenant table is empty. `clinic.walls` has the policies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

SETTING = "courseline.organization"


@contextmanager
def tenant(organization_id: UUID) -> Iterator[None]:
    """A transaction that sees the rows of one organisation.

    Inside another transaction it is a savepoint, after which that one sees what it saw before.
    """
    is_inner = connection.in_atomic_block
    with transaction.atomic():
        before = enter_tenant(organization_id)
        yield
        if is_inner:
            enter_tenant(before)


def enter_tenant(organization_id: UUID | None) -> UUID | None:
    """See the rows of this organisation, and no other's, for the rest of the transaction.

    The answer is whose rows were seen before; None is nobody.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A tenant is set inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clinic_tenant(), set_config(%s, %s, true)",
            [SETTING, str(organization_id or "")],
        )
        (before, _now) = cursor.fetchone()
    return before  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organisation that somebody works for, before its tenant is entered."""

    membership_id: UUID
    organization_id: UUID
    organization_name: str


def workplaces_of(user_id: UUID) -> list[Workplace]:
    """Where an account works, by the organisation's name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clinic_memberships_of(%s)", [user_id])
        return [Workplace(*row) for row in cursor.fetchall()]


def tenant_of_token(digest: str) -> UUID | None:
    """The organisation that a token acts in, by the token's hash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clinic_token_tenant(%s)", [digest])
        row = cursor.fetchone()
    return row[0] if row else None


def organization_ids() -> list[UUID]:
    """Every organisation by id, for periodic tasks: they go from one to the next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clinic_organization_ids()")
        return [row[0] for row in cursor.fetchall()]
