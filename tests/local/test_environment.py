"""The environment of a machine on which nothing is configured, and of one where something is."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.environment import environment
from local.places import Hold, Places
from tests.local.checkout import (
    OURS,
    bare_environment,
    checkout,
    local,
    running_in,
    running_with,
    sockets_below,
)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout, and nothing configured."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    with checkout() as folder:
        yield folder


def test_everything_that_django_needs_is_made_up(root: Path) -> None:
    made = environment(root)
    for name, role in {
        "DATABASE_URL": "courseline_app",
        "DATABASE_OWNER_URL": "courseline",
    }.items():
        assert made[name] == f"postgresql://{role}@/courseline?host={root}/var/postgres"
    assert made["REDIS_URL"] == f"unix://{root}/var/valkey/valkey.sock?db=0"
    assert made["MAILBOX_DIR"] == f"{root}/var/mailbox"
    assert made["EMAIL_URL"].startswith("smtp://127.0.0.1:")


def test_a_persons_own_servers_come_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://r", "EMAIL_URL": "smtp://m"}
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    made = os.environ | environment(root)
    assert {name: made[name] for name in theirs} == theirs
    assert "MAILBOX_DIR" not in made
    assert "DATABASE_OWNER_URL" not in made


def test_the_secret_key_is_made_once_and_is_private(root: Path) -> None:
    first, second = environment(root), environment(root)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((root / "var/secret_key").stat().st_mode) == 0o600


def test_a_command_starts_the_servers_it_needs_and_stops_them(root: Path) -> None:
    done = local(root, "manage.py", "shell", "--no-imports", "-c", ASK)
    assert done.stdout == "(42,)\n", done.stderr
    assert running_in(root) == []
    assert sockets_below(root) == []


def test_a_command_that_needs_no_server_starts_none(root: Path) -> None:
    done = local(root, "manage.py", "diffsettings")
    assert done.returncode == 0, done.stderr
    assert not (root / "var/postgres").exists()


def test_one_holder_alone_or_several_together(root: Path) -> None:
    places = Places(root)
    places.prepare()
    first, second = Hold(places), Hold(places)
    assert first.alone()
    assert not second.shared()
    assert first.shared()
    assert second.shared()
    assert not first.alone()
    second.release()
    assert first.alone()


ASK = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT 6 * 7")
    print(cursor.fetchone())
"""
RUN = """
import os, time
def test_waits():
    print(os.environ["DATABASE_URL"], flush=True)
    time.sleep(60)
"""


def test_an_interrupted_test_run_leaves_nothing(root: Path) -> None:
    (root / "test_waits.py").write_text(RUN)
    command = [sys.executable, "-m", "pytest", "-p", "local.pytest_plugin", "-s", "test_waits.py"]
    options = ["-p", "no:cacheprovider", "--rootdir=.", "--ds=clinic.settings"]
    with subprocess.Popen(
        [*command, *options], cwd=root, env=bare_environment(), stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        url = next(line for line in run.stdout if "host=" in line)
        servers = Path(url.partition("host=")[2].strip()).parent
        assert running_with(str(servers))
        run.send_signal(2)
        run.stdout.read()
    assert run.returncode == 2
    assert not servers.exists()
    assert not running_with(str(servers))
