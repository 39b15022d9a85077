"""Backups that only the holder of a key can read."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError

from clinic.backups.manifest import manifest_of
from tests.backup.comparing import differences
from tests.backup.conftest import THERE, Target, back_up, restore
from tests.factories import Clinic

needs_gpg = pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not installed")
needs_age = pytest.mark.skipif(not shutil.which("age"), reason="age is not installed")
KeyRing = Callable[[str], str]


@pytest.fixture
def key_ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    """Make a key ring with one key, and use it from now on; the key's address."""
    homes: list[Path] = []

    def make(name: str) -> str:
        # The agent's socket must fit into the length that the system allows.
        home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
        homes.append(home)
        monkeypatch.setenv("GNUPGHOME", str(home))
        address = f"{name}@example.com"
        quick = [
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            address,
            "default",
            "default",
        ]
        subprocess.run(["gpg", *quick], check=True, capture_output=True)
        return address

    yield make
    for home in homes:
        subprocess.run(
            ["gpgconf", "--kill", "all"], env={**os.environ, "GNUPGHOME": str(home)}, check=False
        )
        shutil.rmtree(home, ignore_errors=True)


@needs_gpg
def test_by_gpg(clinic: Clinic, target: Target, tmp_path: Path, key_ring: KeyRing) -> None:
    dump = back_up(tmp_path / "kept", f"--encrypt-to={key_ring('keeper')}")
    assert dump.name.endswith(".dump.gpg")
    assert b"PGDMP" not in dump.read_bytes()
    assert '"encryption": "gpg"' in manifest_of(dump).read_text()
    restore(dump, target, "--exact")
    assert list(differences("default", THERE)) == []


@needs_gpg
def test_without_the_key_nothing_is_restored(
    clinic: Clinic, target: Target, tmp_path: Path, key_ring: KeyRing
) -> None:
    dump = back_up(tmp_path / "kept", f"--encrypt-to={key_ring('keeper')}")
    key_ring("stranger")
    with pytest.raises(CommandError, match="failed"):
        restore(dump, target)
    assert target.is_empty()


def age_key(file: Path) -> str:
    """Make a key of age in a file; its public half."""
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    lines = file.read_text().splitlines()
    return next(line.split()[-1] for line in lines if "public key" in line)


@needs_age
def test_by_age(clinic: Clinic, target: Target, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    keys = [f"--encrypt-to={age_key(file)}" for file in (mine, other)]
    dump = back_up(tmp_path / "kept", *keys)
    assert dump.name.endswith(".dump.age")
    assert b"PGDMP" not in dump.read_bytes()
    with pytest.raises(CommandError, match="--identity"):
        restore(dump, target)
    restore(dump, target, "--exact", f"--identity={other}")
    assert list(differences("default", THERE)) == []


@needs_age
def test_with_another_key_of_age_nothing_is_restored(
    clinic: Clinic, target: Target, tmp_path: Path
) -> None:
    dump = back_up(tmp_path / "kept", f"--encrypt-to={age_key(tmp_path / 'mine')}")
    age_key(tmp_path / "stranger")
    with pytest.raises(CommandError, match="failed"):
        restore(dump, target, f"--identity={tmp_path / 'stranger'}")
    assert target.is_empty()
