"""Restoring: what is refused before anything is touched, and that a failure changes nothing."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from clinic.backups.manifest import Manifest, as_json, manifest_of, sha256_of, signed, sums_of
from clinic.models import Patient
from tests.backup.comparing import differences
from tests.backup.conftest import THERE, Target, address_of, as_application, manage, restore
from tests.factories import Clinic


def resum(dump: Path) -> None:
    """Write the checksums anew, as somebody would who changed the files on purpose."""
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in (manifest_of(dump), dump)
    ]
    sums_of(dump).write_text("".join(lines))


def resign(dump: Path, held: dict[str, Any] | None = None) -> None:
    """Sign what the files say now, as only who has the key can."""
    said = held or json.loads(manifest_of(dump).read_text())
    made = signed(Manifest(**said), sha256_of(dump))
    manifest_of(dump).write_text(as_json(made))
    resum(dump)


def rewrite(dump: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the manifest says, signature included."""
    held = json.loads(manifest_of(dump).read_text())
    change(held)
    resign(dump, held)


def forge(dump: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the manifest says, without the key."""
    held = json.loads(manifest_of(dump).read_text())
    change(held)
    manifest_of(dump).write_text(json.dumps(held))
    resum(dump)


def test_a_backup_is_restored_as_it_was(dump: Path, target: Target) -> None:
    said = restore(dump, target, "--exact")
    assert "as they were at" in said
    assert "migrate" not in said
    assert list(differences("default", THERE)) == []


def test_the_application_is_walled_in_there_as_well(dump: Path, target: Target) -> None:
    restore(dump, target)
    with connections[THERE].cursor() as cursor:
        cursor.execute("SET ROLE courseline_app")
        cursor.execute("SELECT count(*) FROM clinic_patient")
        assert cursor.fetchone()[0] == 0
        cursor.execute("RESET ROLE")
    assert target.patients() == 1


DAMAGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda dump: dump.write_bytes(
        dump.read_bytes()[:-9] + b"x" + dump.read_bytes()[-8:]
    ),
    "cut short": lambda dump: dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2]),
    "empty": lambda dump: dump.write_bytes(b""),
    "another manifest": lambda dump: manifest_of(dump).write_text("{}"),
    "no manifest": lambda dump: manifest_of(dump).unlink(),
    "no checksums": lambda dump: sums_of(dump).unlink(),
    "empty checksums": lambda dump: sums_of(dump).write_text(""),
    "no dump": lambda dump: dump.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_refused_before_anything_is_touched(
    dump: Path, target: Target, damage: str
) -> None:
    DAMAGES[damage](dump)
    with pytest.raises(CommandError, match=r"damaged|is not there"):
        restore(dump, target, "--replace")
    assert target.is_empty()


@pytest.mark.parametrize("damage", ["changed", "cut short", "empty"])
def test_a_dump_that_breaks_off_is_not_restored_in_part(
    dump: Path, target: Target, damage: str
) -> None:
    """Even when it is signed so: whatever the reader stumbles over undoes everything."""
    if damage == "changed":
        dump.write_bytes(dump.read_bytes()[:-4000])
    else:
        DAMAGES[damage](dump)
    resign(dump)
    with pytest.raises(CommandError):
        restore(dump, target)
    assert target.is_empty()


def test_a_row_that_lacks_undoes_the_restore(dump: Path, target: Target) -> None:
    rewrite(dump, lambda held: held["rows"].update({"public.clinic_patient": 2}))
    with pytest.raises(CommandError, match="clinic_patient does not have its 2 rows"):
        restore(dump, target)
    assert target.is_empty()


def test_what_a_database_holds_is_thrown_away_only_on_demand(dump: Path, target: Target) -> None:
    restore(dump, target)
    with connections[THERE].cursor() as cursor:
        cursor.execute("CREATE TABLE left_over (id int)")
    with pytest.raises(CommandError, match="not empty"):
        restore(dump, target)
    restore(dump, target, "--replace", "--exact")
    assert list(differences("default", THERE)) == []


def test_a_restore_that_fails_keeps_what_was_there(dump: Path, target: Target) -> None:
    restore(dump, target)
    with connections[THERE].cursor() as cursor:
        cursor.execute("UPDATE clinic_patient SET phone = 'kept'")
    rewrite(dump, lambda held: held["rows"].update({"public.clinic_site": 7}))
    with pytest.raises(CommandError, match="clinic_site"):
        restore(dump, target, "--replace")
    with connections[THERE].cursor() as cursor:
        cursor.execute("SELECT phone FROM clinic_patient")
        assert cursor.fetchone()[0] == "kept"


def test_what_is_said_of_a_failure_holds_no_row(clinic: Clinic, dump: Path, target: Target) -> None:
    rewrite(dump, lambda held: held["rows"].update({"public.nothing": 7}))
    with pytest.raises(CommandError) as refused:
        restore(dump, target)
    assert Patient.objects.get().family_name not in str(refused.value)
    assert "nothing" in str(refused.value)


def test_a_backup_of_a_newer_product_is_refused(dump: Path, target: Target) -> None:
    rewrite(dump, lambda held: held["migrations"]["clinic"].append("0999_tomorrow"))
    with pytest.raises(CommandError, match=r"newer product .*clinic\.0999_tomorrow"):
        restore(dump, target)
    assert target.is_empty()


def test_a_backup_of_an_older_product_asks_for_migrations(dump: Path, target: Target) -> None:
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    ((app, newest),) = graph.leaf_nodes("scheduling")
    rewrite(dump, lambda held: held["migrations"][app].remove(newest))
    assert "older product: run `manage.py migrate`" in restore(dump, target)


def test_a_backup_from_before_migrations_were_replaced_has_all(dump: Path, target: Target) -> None:
    here = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    replacing = [key for key, migration in here.items() if migration.replaces]
    assert ("clinic", "0001_accounts") in replacing

    def forget(held: dict[str, Any]) -> None:
        for app, name in replacing:
            held["migrations"][app].remove(name)

    rewrite(dump, forget)
    assert "migrate" not in restore(dump, target)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"server": "99.1"}, "of PostgreSQL 99"),
        ({"application_role": "nobody_at_all"}, "no role “nobody_at_all”"),
        ({"format": "courseline-backup-9"}, "courseline-backup-9"),
    ],
)
def test_what_does_not_fit_is_refused(
    dump: Path, target: Target, change: dict[str, str], fault: str
) -> None:
    rewrite(dump, lambda held: held.update(change))
    with pytest.raises(CommandError, match=fault):
        restore(dump, target)
    assert target.is_empty()


@pytest.mark.parametrize("address", ["mysql://host/name", "postgres://host", "courseline"])
def test_an_odd_address_is_refused(dump: Path, address: str) -> None:
    done = manage("restore", str(dump), f"--into={address}")
    assert done.returncode == 1
    assert "--into must be a PostgreSQL database" in done.stderr


def test_a_database_that_is_not_there_is_told_in_one_line(dump: Path) -> None:
    done = manage("restore", str(dump), f"--into={address_of('not_there')}")
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_role_that_may_make_nothing_restores_nothing(dump: Path, target: Target) -> None:
    done = manage("restore", str(dump), **as_application(target.name))
    assert done.returncode == 1
    assert "the role may make nothing" in done.stderr
    assert target.is_empty()
