"""What is recorded stays: neither the application's role nor the owner rewrites it."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from clinic.audit.registry import audit_trigger
from clinic.models import AuditEvent, ChartOpening, Room
from local.testing import database_url
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

ENTER = "SELECT set_config('courseline.organization', %s, true)"
ROOM_TRIGGER = audit_trigger(Room).get_pgid(Room)  # type: ignore[union-attr]


@pytest.fixture
def clinic() -> factories.Clinic:
    """A clinic whose rows are committed."""
    return factories.make_clinic()


@pytest.fixture
def raw(clinic: factories.Clinic) -> Iterator[psycopg.Connection[tuple[int]]]:
    """A connection as the application's role, in the clinic's tenant."""
    with psycopg.connect(database_url()) as link:
        link.execute(ENTER, [str(clinic.organization.pk)])
        yield link


def test_a_change_by_raw_sql_is_recorded_with_the_role(
    clinic: factories.Clinic, raw: psycopg.Connection[tuple[int]]
) -> None:
    raw.execute("UPDATE clinic_room SET name = 'Renamed' WHERE id = %s", [clinic.chair.pk])
    role = raw.info.user
    raw.commit()
    event = AuditEvent.objects.filter(object_id=str(clinic.chair.pk)).order_by("pgh_id").last()
    assert event is not None
    assert (event.after, event.database_role) == ({"name": "Renamed"}, role)
    assert event.pgh_context is None


FORGED = (
    "INSERT INTO clinic_auditevent (pgh_created_at, pgh_label, model, object_id, database_role,"
    " organization_id) VALUES (now(), 'delete', 'clinic.Room', 'x', 'somebody', clinic_tenant())"
)


CHANGES = (
    FORGED,
    "UPDATE clinic_auditevent SET database_role = 'somebody'",
    "DELETE FROM clinic_auditevent",
    "TRUNCATE clinic_auditevent",
    "UPDATE clinic_chartopening SET route = ''",
    "DELETE FROM clinic_chartopening",
    "TRUNCATE clinic_chartopening",
    "ALTER TABLE clinic_room DISABLE TRIGGER ALL",
    f"DROP FUNCTION {ROOM_TRIGGER} CASCADE",
)


def is_refused(raw: psycopg.Connection[tuple[int]], statement: str) -> bool:
    try:
        with raw.transaction():
            raw.execute(statement)
    except InsufficientPrivilege:
        return True
    return False


def test_the_application_neither_forges_nor_changes_a_record(
    raw: psycopg.Connection[tuple[int]],
) -> None:
    assert raw.execute("SELECT count(*) FROM clinic_auditevent").fetchone()[0] > 0  # type: ignore[index]
    assert [one for one in CHANGES if not is_refused(raw, one)] == []
    assert not is_refused(raw, "SELECT count(*) FROM clinic_auditevent")


def test_no_trigger_records_what_happened_to_a_table_of_ones_own(
    raw: psycopg.Connection[tuple[int]],
) -> None:
    raw.execute("CREATE TEMP TABLE mine (LIKE clinic_room)")
    with pytest.raises(InsufficientPrivilege):
        raw.execute(
            f"CREATE TRIGGER forged AFTER INSERT ON mine FOR EACH ROW"
            f" EXECUTE FUNCTION {ROOM_TRIGGER}()"
        )


def test_even_by_its_owner_a_trigger_records_its_own_table_alone(clinic: factories.Clinic) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE mine (LIKE clinic_room) ON COMMIT DROP")
        cursor.execute(
            f"CREATE TRIGGER forged AFTER INSERT ON mine FOR EACH ROW"
            f" EXECUTE FUNCTION {ROOM_TRIGGER}()"
        )
        with pytest.raises(Exception, match="this audits another table"), transaction.atomic():
            cursor.execute("INSERT INTO mine SELECT * FROM clinic_room LIMIT 1")


def test_a_table_of_the_same_name_takes_no_event(
    clinic: factories.Clinic, raw: psycopg.Connection[tuple[int]]
) -> None:
    raw.execute("CREATE TEMP TABLE clinic_auditevent (LIKE public.clinic_auditevent)")
    raw.execute("UPDATE clinic_room SET name = 'Hidden' WHERE id = %s", [clinic.chair.pk])
    raw.commit()
    assert AuditEvent.objects.filter(after={"name": "Hidden"}).count() == 1


@pytest.mark.parametrize("setting", ["pgtrigger.ignore", "session_replication_role"])
def test_no_setting_silences_a_trigger(
    setting: str, clinic: factories.Clinic, raw: psycopg.Connection[tuple[int]]
) -> None:
    value = {"pgtrigger.ignore": f"{{{ROOM_TRIGGER}}}", "session_replication_role": "replica"}
    try:
        with raw.transaction():
            raw.execute("SELECT set_config(%s, %s, false)", [setting, value[setting]])
    except InsufficientPrivilege:
        pass
    raw.execute("UPDATE clinic_room SET name = 'Silent' WHERE id = %s", [clinic.chair.pk])
    raw.commit()
    assert AuditEvent.objects.filter(after={"name": "Silent"}).count() == 1


def test_the_owner_too_is_held_back(clinic: factories.Clinic) -> None:
    patient = factories.make_patient(clinic.site)
    opening = ChartOpening.objects.create(
        organization=clinic.organization,
        patient=patient,
        membership=clinic.nurse,
        opened_at=NOW,
        via="page",
        route="clinic:patient",
    )
    for rows in (AuditEvent.objects.all(), ChartOpening.objects.filter(pk=opening.pk)):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"):
            rows.delete()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"):
        AuditEvent.objects.update(database_role="somebody")


def test_another_organizations_record_is_not_to_be_seen(
    clinic: factories.Clinic, raw: psycopg.Connection[tuple[int]]
) -> None:
    other = factories.make_clinic()
    query = "SELECT count(*) FROM clinic_auditevent WHERE organization_id = %s"
    assert AuditEvent.objects.filter(organization=other.organization).count() > 10
    assert raw.execute(query, [other.organization.pk]).fetchone() == (0,)
    assert raw.execute(query, [clinic.organization.pk]).fetchone()[0] > 10  # type: ignore[index]
