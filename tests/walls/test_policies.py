"""Every table about an organisation has its wall, and the application's role cannot pass it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from clinic.models import Organization, TenantModel

pytestmark = pytest.mark.django_db

# Rows that belong to an organisation, found in the catalogue and not in our code: a table that
# names an organisation, and the table of organisations itself.
OPEN = """
SELECT relname FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname = 'public' AND t.relkind = 'r' AND (
    t.relname = 'clinic_organization' OR EXISTS (
        SELECT FROM pg_attribute AS a
        WHERE a.attrelid = t.oid AND a.attname IN ('organization_id') AND NOT a.attisdropped
    )
) AND NOT (
    t.relrowsecurity AND (
        SELECT count(*) = 1 AND bool_and(
            p.polcmd = '*' AND p.polpermissive AND p.polroles = '{0}'
            AND pg_get_expr(p.polqual, p.polrelid) LIKE '%clinic_tenant()%'
            AND pg_get_expr(p.polwithcheck, p.polrelid) = pg_get_expr(p.polqual, p.polrelid)
        ) FROM pg_policy AS p WHERE p.polrelid = t.oid
    )
)
"""


def open_tables() -> set[str]:
    """Tables of organisations' rows without a wall."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        return {row[0] for row in cursor.fetchall()}


@contextmanager
def breached(table: str) -> Iterator[None]:
    """The wall around a table is gone, for a while."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def test_every_table_of_an_organisation_has_a_wall() -> None:
    assert open_tables() == set()


def test_every_tenant_model_is_such_a_table() -> None:
    """So that the catalogue's question misses none."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    assert len(models) > 15
    for model in [*models, Organization]:
        with breached(model._meta.db_table):
            assert open_tables() == {model._meta.db_table}


def test_a_policy_that_is_not_the_tenants_counts_as_none() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP POLICY tenant ON clinic_patient")
        assert open_tables() == {"clinic_patient"}
        cursor.execute("CREATE POLICY tenant ON clinic_patient USING (true)")
        assert open_tables() == {"clinic_patient"}


def test_no_model_names_an_organisation_without_being_a_tenants() -> None:
    """A table that reaches organisations' rows only through another has its own column too."""
    for model in apps.get_models():
        reached = {field.related_model for field in model._meta.get_fields() if field.many_to_one}
        is_tenants = any(field.column == "organization_id" for field in model._meta.fields)
        if any(isinstance(one, type) and issubclass(one, TenantModel) for one in reached):
            assert is_tenants, f"{model._meta.label} has no organization"


ROLE = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,
    (SELECT count(*) FROM pg_class WHERE relowner = r.oid),
    (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)
FROM pg_roles AS r WHERE rolname = %s
"""


def test_the_applications_role_owns_nothing_and_may_nothing_special() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ROLE, [settings.APPLICATION_ROLE])
        assert cursor.fetchone() == (False, 0, 0)


# Views and functions that run with their owner's rights look past every wall.
DOORS = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
EXECUTABLE = " AND has_function_privilege(%s, oid, 'EXECUTE') AND prorettype <> 'trigger'::regtype"


def test_the_doors_through_the_walls_are_known() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DOORS + EXECUTABLE, [settings.APPLICATION_ROLE])
        assert {row[0] for row in cursor.fetchall()} == {
            "clinic_organization_ids",
            "clinic_memberships_of",
            "clinic_token_tenant",
            "scheduling_feed_tenant",
        }
        cursor.execute("SELECT count(*) FROM pg_views WHERE schemaname = 'public'")
        assert cursor.fetchone() == (0,)


# Foreign keys between tables of organisations whose trigger does not ask about that column.
LOOSE = """
SELECT c.conrelid::regclass::text || '.' || a.attname
FROM pg_constraint AS c
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
JOIN pg_attribute AS own ON own.attrelid = c.conrelid AND own.attname = 'organization_id'
JOIN pg_attribute AS other ON other.attrelid = c.confrelid AND other.attname = 'organization_id'
WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = c.conrelid AND t.tgname = 'same_organization' AND t.tgenabled = 'O'
    AND p.prosrc LIKE '%FROM ' || c.confrelid::regclass || ' WHERE id = NEW.' || a.attname || ' %'
)
"""


def loose_references() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(LOOSE.replace("%", "%%"), [])
        return {row[0] for row in cursor.fetchall()}


def test_every_reference_stays_within_its_organisation() -> None:
    assert loose_references() == set()


def test_a_reference_without_its_trigger_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER same_organization ON clinic_shift")
    assert loose_references() == {"clinic_shift.membership_id", "clinic_shift.site_id"}
