"""Making backups: what is written, how, and what is refused."""

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection

import clinic as product
from clinic.backups import BackupRefused
from clinic.backups.manifest import manifest_of, sums_of
from clinic.backups.tools import connection_environment, encryption, postgres_program
from tests.backup.conftest import CANARY, ROOT, as_application, back_up, manage
from tests.factories import Clinic


def test_a_backup_is_three_files_that_only_their_owner_reads(dump: Path) -> None:
    files = sorted(dump.parent.iterdir())
    assert files == sorted([dump, manifest_of(dump), sums_of(dump)])
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert dump.parent.stat().st_mode & 0o777 == 0o700
    assert dump.read_bytes()[:5] == b"PGDMP"


def test_the_checksums_are_as_the_usual_tool_reads_them(dump: Path) -> None:
    check = ["sha256sum", "--check", "--strict", sums_of(dump).name]
    assert subprocess.run(check, cwd=dump.parent, capture_output=True, check=False).returncode == 0
    dump.write_bytes(dump.read_bytes()[:-1])
    assert subprocess.run(check, cwd=dump.parent, capture_output=True, check=False).returncode == 1


def test_the_manifest_says_what_is_held_and_names_nobody(dump: Path) -> None:
    text = manifest_of(dump).read_text()
    held = json.loads(text)
    assert held["rows"]["public.clinic_patient"] == 1
    assert held["rows"]["public.clinic_membership"] == 4
    assert "0001_accounts" in held["migrations"]["clinic"]
    assert held["product"] == product.VERSION
    assert (held["encryption"], held["format"]) == (None, "courseline-backup-1")
    assert CANARY not in text


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == product.VERSION


def test_a_backup_is_never_written_over(dump: Path) -> None:
    before = dump.read_bytes()
    with pytest.raises(CommandError, match="there already"):
        back_up(dump)
    assert dump.read_bytes() == before


def test_a_name_says_what_the_file_is(clinic: Clinic, tmp_path: Path) -> None:
    assert back_up(tmp_path / "nightly.dump").name == "nightly.dump"
    with pytest.raises(CommandError, match="must end in"):
        back_up(tmp_path / "nightly.sql")


def test_a_place_that_cannot_be_written_is_named(clinic: Clinic, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(CommandError, match="cannot be made"):
        back_up(blocked / "folder")


@pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not installed")
def test_a_backup_that_fails_leaves_nothing_behind(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "empty"))
    (tmp_path / "empty").mkdir(mode=0o700)
    with pytest.raises(CommandError, match="gpg failed"):
        back_up(tmp_path / "kept", "--encrypt-to=nobody@example.com")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_role_that_does_not_own_the_tables_makes_no_backup(
    clinic: Clinic, tmp_path: Path
) -> None:
    name = connection.settings_dict["NAME"]
    done = manage("backup", f"--to={tmp_path}", **as_application(name))
    assert done.returncode == 1
    assert "does not own the tables" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_program_fits_the_server() -> None:
    with pytest.raises(BackupRefused, match="which needs pg_dump 99 or newer; found: "):
        postgres_program("pg_dump", major=99)
    with pytest.raises(BackupRefused, match="found: none"):
        postgres_program("pg_nothing", major=15)


def program(folder: Path, version: str) -> Path:
    """A pg_dump that says it is of this version."""
    folder.mkdir()
    made = folder / "pg_dump"
    made.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
    made.chmod(0o755)
    return made


def test_an_older_program_on_the_path_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = program(tmp_path / "old", "15.18 (Debian 15.18-0+deb12u1)")
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    assert postgres_program("pg_dump", major=15) == str(old)
    assert postgres_program("pg_dump", major=16) != str(old)


@pytest.mark.parametrize(("key", "tool"), [("age1qqq", "age"), ("0123ABCD", "gpg")])
def test_what_encrypts_must_be_installed(
    key: str, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BackupRefused, match=f"{tool} is not installed"):
        encryption([key])


def test_recipients_are_of_one_kind() -> None:
    with pytest.raises(BackupRefused, match="not some of each"):
        encryption(["age1qqq", "0123ABCD"])


def test_a_database_is_named_in_the_environment_where_nobody_else_reads_it() -> None:
    settings = {
        "NAME": "courseline", "USER": "owner", "PASSWORD": "secret", "HOST": "db", "PORT": 5433,
        "OPTIONS": {"sslmode": "verify-full", "pool": {"min_size": 1}},
    }  # fmt: skip
    assert connection_environment(settings) == {
        "PGDATABASE": "courseline", "PGUSER": "owner", "PGPASSWORD": "secret", "PGHOST": "db",
        "PGPORT": "5433", "PGSSLMODE": "verify-full",
    }  # fmt: skip
