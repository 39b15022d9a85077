"""A raw connection as the application's role: what it may read, write and never change."""

from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models import Model
from psycopg import sql

from clinic.models import Organization, Patient, TenantModel
from local.testing import database_url
from tests import factories
from tests.conftest import DemoDatabase
from tests.walls.tables import models_of_organizations

pytestmark = pytest.mark.django_db(transaction=True)

TENANTS = [Organization, *(m for m in apps.get_models() if issubclass(m, TenantModel))]
EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE")
ENTER = "SELECT set_config('courseline.organization', %s, true)"


WALLED = [Organization, *models_of_organizations()]


def count(link: psycopg.Connection[tuple[int]], model: type[Model]) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(model._meta.db_table))
    row = link.execute(query).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def demo(demo_database: DemoDatabase) -> Iterator[None]:
    """Rows in all but a few tables."""
    with demo_database():
        yield


@pytest.fixture
def raw() -> Iterator[psycopg.Connection[tuple[int]]]:
    """What somebody has who took hold of the web server's DATABASE_URL."""
    with psycopg.connect(database_url()) as link:
        yield link


def test_without_a_tenant_every_table_reads_empty(
    demo: None, raw: psycopg.Connection[tuple[int]]
) -> None:
    filled = {model for model in WALLED if model._default_manager.exists()}
    assert len(filled) > 25
    assert not {model for model in WALLED if count(raw, model)}
    one, *_others = Organization.objects.order_by("pk")
    raw.execute(ENTER, [str(one.pk)])
    assert count(raw, Organization) == 1
    assert count(raw, Patient) == Patient.objects.filter(organization=one).count() > 0


def test_the_tenant_ends_with_its_transaction(raw: psycopg.Connection[tuple[int]]) -> None:
    clinic = factories.make_clinic()
    factories.make_patient(clinic.site)
    raw.execute(ENTER, [str(clinic.organization.pk)])
    assert count(raw, Patient) == 1
    raw.commit()
    assert count(raw, Patient) == 0


def test_another_tenants_rows_can_be_neither_made_nor_changed(
    raw: psycopg.Connection[tuple[int]],
) -> None:
    ours, theirs = factories.make_clinic(), factories.make_clinic()
    patient = factories.make_patient(theirs.site)
    raw.execute(ENTER, [str(ours.organization.pk)])
    done = raw.execute("UPDATE clinic_patient SET phone = '1' WHERE id = %s", [patient.pk])
    assert done.rowcount == 0
    done = raw.execute("DELETE FROM clinic_site WHERE id = %s", [theirs.site.pk])
    assert done.rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(
            "INSERT INTO clinic_closure VALUES (gen_random_uuid(), '2030-01-01', '', %s, %s)",
            [theirs.organization.pk, theirs.site.pk],
        )
    raw.rollback()
    raw.execute(ENTER, [str(ours.organization.pk)])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute("UPDATE clinic_site SET organization_id = %s", [theirs.organization.pk])


def test_an_own_row_cannot_refer_to_anothers(raw: psycopg.Connection[tuple[int]]) -> None:
    ours, theirs = factories.make_clinic(), factories.make_clinic()
    own, other = factories.make_patient(ours.site), factories.make_patient(theirs.site)
    raw.execute(ENTER, [str(ours.organization.pk)])
    contact = (
        "INSERT INTO clinic_patientcontact"
        " (id, organization_id, patient_id, relationship, name, phone, email)"
        " VALUES (gen_random_uuid(), %s, %s, 'ESCORT', 'Kim', '', '')"
    )
    raw.execute(contact, [ours.organization.pk, own.pk])
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="another organisation"):
        raw.execute(contact, [ours.organization.pk, other.pk])
    raw.rollback()
    raw.execute(ENTER, [str(ours.organization.pk)])
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="another organisation"):
        raw.execute("UPDATE clinic_patient SET site_id = %s", [theirs.site.pk])


def append_only() -> list[type[models.Model]]:
    """Models whose rows the application may not change, or not even make."""
    return [m for m in apps.get_models() if not {"UPDATE", "DELETE"} & set(may(m))]


def may(model: type[Model]) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(model, "application_may", EVERYTHING)
    return found


CHANGES = (
    "UPDATE {table} SET {first} = {first}",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "DROP TABLE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
)
INSERT = "INSERT INTO {table} DEFAULT VALUES"


@pytest.mark.django_db  # it asks for no row, and nothing that it tries is done
@pytest.mark.parametrize("model", append_only(), ids=lambda model: model._meta.label)
def test_what_is_recorded_stays(model: type[Model], raw: psycopg.Connection[tuple[int]]) -> None:
    names = {"table": sql.Identifier(model._meta.db_table)}
    names["first"] = sql.Identifier(model._meta.fields[0].column)
    for statement in [*CHANGES, *([] if "INSERT" in may(model) else [INSERT])]:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(sql.SQL(statement).format(**names))
        raw.rollback()


def test_the_walls_themselves_stand(raw: psycopg.Connection[tuple[int]]) -> None:
    for statement in (
        "ALTER TABLE clinic_patient DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON clinic_patient",
        "CREATE POLICY mine ON clinic_patient USING (true)",
        f"ALTER ROLE {settings.APPLICATION_ROLE} BYPASSRLS",
        f"SET ROLE {connection.settings_dict['USER']}",
        "CREATE TABLE elsewhere AS SELECT 1",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(statement)
        raw.rollback()
    raw.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        count(raw, Patient)


def test_the_records_of_histories_are_among_those_that_stay() -> None:
    assert {"CourseEvent"} <= {model.__name__ for model in append_only()}
