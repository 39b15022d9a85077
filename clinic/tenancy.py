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
# How the transaction's statements are planned. By the server's defaults, made for spinning disks,
# reading years of visits through seems cheaper than to find a site's weeks; and to start helpers
# or to compile takes longer than what one organisation asks for.
_PLANS = """
    set_config('random_page_cost', '1.1', true),
    set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
"""


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
            f"SELECT clinic_tenant(), set_config(%s, %s, true), {_PLANS}",
            [SETTING, str(organization_id or "")],
        )
        before: UUID | None = cursor.fetchone()[0]
    return before


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


def enter_tenant_of_token(digest: str) -> UUID | None:
    """See the rows of the organisation that a token acts in, by the token's hash; nobody's where
    there is no such token (None)."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A tenant is set inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT nullif(set_config(%s, coalesce(clinic_token_tenant(%s)::text, ''), true), ''),"
            f" {_PLANS}",
            [SETTING, digest],
        )
        found = cursor.fetchone()[0]
    return UUID(found) if found else None


def organization_ids() -> list[UUID]:
    """Every organisation by id, for periodic tasks: they go from one to the next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clinic_organization_ids()")
        return [row[0] for row in cursor.fetchall()]
