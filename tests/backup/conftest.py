"""A database with rows, another one to restore into, and backups of the first."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection, connections

from clinic import environment
from clinic.backups.restoring import register_database
from tests.factories import Clinic, make_clinic, make_patient

ROOT = Path(__file__).resolve().parents[2]
THERE = "there"
CANARY = "Quetzalcoatlus"


def address_of(name: str, *, variable: str = "DATABASE_OWNER_URL") -> str:
    """The address of another database of the same server."""
    return urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()


class Target:
    """An empty database beside the test's own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = address_of(name)

    def is_empty(self) -> bool:
        with connections[THERE].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            )
            return cursor.fetchone()[0] == 0

    def patients(self) -> int:
        with connections[THERE].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM clinic_patient")
            return cursor.fetchone()[0]


@pytest.fixture
def target(transactional_db: None) -> Iterator[Target]:
    """An empty database; Django knows it as THERE for as long as the test lasts."""
    made = Target(f"{connection.settings_dict['NAME']}_restored")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {made.name}")
        cursor.execute(f"CREATE DATABASE {made.name}")
    register_database(THERE, environment.database_parts("target", made.url))
    yield made
    _forget(THERE)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


def _forget(alias: str) -> None:
    connections[alias].close()
    del connections[alias]


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic with one patient, committed."""
    made = make_clinic()
    make_patient(made.site, family_name=CANARY)
    return made


def back_up(folder: Path, *options: str) -> Path:
    """Make a backup into a folder; its dump."""
    out = StringIO()
    call_command("backup", f"--to={folder}", *options, stdout=out, stderr=StringIO())
    return Path(out.getvalue().strip())


@pytest.fixture
def dump(clinic: Clinic, tmp_path: Path) -> Path:
    """A plain backup of the clinic."""
    return back_up(tmp_path / "kept")


def restore(dump: Path, target: Target, *options: str) -> str:
    """Restore it; what the command says."""
    out = StringIO()
    call_command("restore", str(dump), f"--into={target.url}", *options, stdout=out)
    return out.getvalue()


Managed = Callable[..., "subprocess.CompletedProcess[str]"]


def manage(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py` as a process of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def as_application(name: str) -> dict[str, Any]:
    """The environment in which the product connects to that database as the application alone."""
    return {
        "DATABASE_URL": address_of(name, variable="DATABASE_URL"),
        "DATABASE_OWNER_URL": "",
    }
