"""What stops the start: each time one clear line, and an exit code that is not 0."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.checkout import ROOT, bare_environment, checkout, local, running_in


@pytest.fixture
def root() -> Iterator[Path]:
    with checkout() as folder:
        yield folder


def refusal(root: Path, **env: str) -> str:
    """The one line with which the product refuses to start."""
    done = local(root, "-m", "local", "run", **env)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert running_in(root) == []
    return done.stderr


def test_a_port_in_use(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal(root, PORT=str(port))
    assert f"port {port}" in line
    assert "PORT=" in line


@pytest.mark.parametrize("port", ["eight", "-1", "65536", "80.5"])
def test_a_port_that_is_none(root: Path, port: str) -> None:
    assert "PORT must be a number" in refusal(root, PORT=port)


def test_a_data_folder_that_cannot_be_written(root: Path) -> None:
    (root / "var").write_text("a file in its place")
    assert f"cannot write in {root / 'var'}" in refusal(root, PORT="0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://the-only-role@127.0.0.1:1/none"),
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("SECRET_KEY", "short"),
    ],
)
def test_a_setting_that_is_odd_or_leads_nowhere(root: Path, name: str, value: str) -> None:
    assert name in refusal(root, PORT="0", **{name: value})


def test_a_database_that_does_not_answer(root: Path) -> None:
    nowhere = "postgres://{}@127.0.0.1:1/none"
    ours = {
        "DATABASE_URL": nowhere.format("application"),
        "DATABASE_OWNER_URL": nowhere.format("owner"),
    }
    assert "(DATABASE_OWNER_URL) does not answer" in refusal(root, PORT="0", **ours)


def test_an_old_python(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    old = tmp_path / "python-of-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "run", f"PYTHON={old}"],
        cwd=tmp_path,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if line.startswith("courseline:")]
    assert done.returncode != 0
    assert len(ours) == 1
    assert "Python 3.11 or newer" in ours[0]
    assert not (tmp_path / ".venv").exists()
