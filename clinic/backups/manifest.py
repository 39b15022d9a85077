"""What a backup holds, as a file beside the dump; and the checksums of both."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clinic.backups import BackupRefused

FORMAT = "courseline-backup-1"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was dumped, of which product and server, when."""

    format: str
    product: str
    made_at: str
    server: str
    application_role: str
    # Per app the applied migrations, in their order.
    migrations: dict[str, list[str]]
    # How many rows each table has, by its name with its schema.
    rows: dict[str, int]
    encryption: str | None

    @property
    def server_major(self) -> int:
        """18, of 18.3."""
        return int(self.server.split(".")[0])


def manifest_of(dump: Path) -> Path:
    """Where it is said what the dump holds."""
    return dump.with_name(f"{dump.name}.json")


def sums_of(dump: Path) -> Path:
    """Where the checksums are."""
    return dump.with_name(f"{dump.name}.sha256")


def sha256_of(file: Path) -> str:
    """The checksum of a file, read piece by piece."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_private(file: Path, text: str) -> None:
    """Write a new file that nobody else may read, and see it to the disk."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def as_json(manifest: Manifest) -> str:
    """The manifest as its file has it."""
    return json.dumps(asdict(manifest), indent=1) + "\n"


def verified(dump: Path) -> Manifest:
    """What the dump holds, once its checksum and the manifest's are found right.

    Raises BackupRefused for a file that is missing, damaged, cut short or of another format.
    """
    sums = _sums(dump)
    for file in (manifest_of(dump), dump):
        if not file.is_file():
            raise BackupRefused(f"{file} is not there")
        if sums.get(file.name) != sha256_of(file):
            raise BackupRefused(f"{file} is damaged: its SHA-256 is not the one in {sums_of(dump)}")
    return _read(manifest_of(dump))


def _sums(dump: Path) -> dict[str, str]:
    try:
        lines = sums_of(dump).read_text("utf-8").splitlines()
    except OSError:
        raise BackupRefused(f"{sums_of(dump)} is not there") from None
    pairs = [line.split("  ", 1) for line in lines if "  " in line]
    return {name: digest for digest, name in pairs}


def _read(file: Path) -> Manifest:
    try:
        said: dict[str, Any] = json.loads(file.read_text("utf-8"))
        manifest = Manifest(**said)
    except (ValueError, TypeError):
        raise BackupRefused(f"{file} is no manifest of this product") from None
    if manifest.format != FORMAT:
        raise BackupRefused(f"{file} is of the format {manifest.format}, which is not known here")
    return manifest
