"""The rehearsal: the demo is backed up, restored elsewhere, and equal to the last row."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from tests.backup.comparing import differences, tables
from tests.backup.conftest import THERE, Target, address_of, back_up, manage, restore
from tests.conftest import DemoDatabase


def change(statement: str) -> None:
    """Change something in the restored database."""
    with connections[THERE].cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def demo(transactional_db: None, demo_database: DemoDatabase) -> Iterator[None]:
    """The demo organisation, in the database that is backed up."""
    with demo_database(whole=True):
        yield


def test_the_demo_is_restored_to_the_last_row(demo: None, target: Target, tmp_path: Path) -> None:
    dump = back_up(tmp_path)
    said = restore(dump, target, "--exact")
    assert "Restored" in said
    assert len(tables(THERE)) > 30
    assert target.patients() >= 60
    assert list(differences("default", THERE)) == []
    _assert_promises_hold(target)
    _assert_differences_would_be_found()


def _assert_promises_hold(target: Target) -> None:
    both = {
        "DATABASE_URL": address_of(target.name, variable="DATABASE_URL"),
        "DATABASE_OWNER_URL": target.url,
    }
    for command in (["check_invariants"], ["migrate", "--check"]):
        done = manage(*command, **both)
        assert done.returncode == 0, done.stderr


def _assert_differences_would_be_found() -> None:
    """The control: one changed row, and each kind of rule that is lost, is named."""
    losses = {
        "clinic_patient": "UPDATE clinic_patient SET phone = '1' WHERE id = "
        "(SELECT min(id::text)::uuid FROM clinic_patient)",
        "policies": "DROP POLICY tenant ON clinic_patient",
        "relations": "ALTER TABLE clinic_room DISABLE ROW LEVEL SECURITY",
        "triggers": "DROP TRIGGER consent_record_stays ON clinic_consentrecord",
        "constraints": "ALTER TABLE scheduling_reservation DROP CONSTRAINT reservation_room_free",
        "functions": "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO pg_monitor",
        "grants on relations": "REVOKE SELECT ON clinic_site FROM courseline_app",
        "sequences": "SELECT setval(c.oid, 999999) FROM pg_class AS c WHERE relkind = 'S' LIMIT 1",
        "columns": "ALTER TABLE clinic_room ALTER name DROP NOT NULL",
    }
    for statement in losses.values():
        change(statement)
    found = {
        line.partition(":")[0].removeprefix("public.") for line in differences("default", THERE)
    }
    assert found >= set(losses)
