"""What a backup holds, as a signed file beside the dump; and the checksums of both."""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from clinic.backups import BackupRefused

FORMAT = "courseline-backup-1"
CHUNK = 1 << 20
# Schema and table. Nothing else is ever said to the database.
TABLE = re.compile(r"([A-Za-z_]\w{0,62})\.([A-Za-z_]\w{0,62})", re.ASCII)


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
    # Of the dump, as it lies on the disk.
    sha256: str = ""
    # Of all the above, by SECRET_KEY.
    signature: str = ""

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


def signed(manifest: Manifest, sha256: str) -> Manifest:
    """The same for a dump of this checksum, as only who has SECRET_KEY can say it."""
    held = replace(manifest, sha256=sha256)
    return replace(held, signature=_signature(held))


def _signature(manifest: Manifest) -> str:
    said = as_json(replace(manifest, signature=""))
    return salted_hmac("clinic.backups.manifest", said, algorithm="sha256").hexdigest()


def table_of(name: str) -> tuple[str, str]:
    """Schema and table of a name such as `public.clinic_patient`; BackupRefused of any other."""
    found = TABLE.fullmatch(name)
    if found is None:
        raise BackupRefused(f"{name[:80]!r} is no name of a table that backups know")
    return found[1], found[2]


def verified(dump: Path, *, unsigned: bool = False) -> Manifest:
    """What the dump holds, once the checksums and the signature are found right.

    Raises BackupRefused for a file that is missing, damaged, cut short or of another format, and
    unless `unsigned` for one that was not made under this SECRET_KEY.
    """
    sums = _sums(dump)
    for file in (manifest_of(dump), dump):
        if not file.is_file():
            raise BackupRefused(f"{file} is not there")
        if sums.get(file.name) != sha256_of(file):
            raise BackupRefused(f"{file} is damaged: its SHA-256 is not the one in {sums_of(dump)}")
    manifest = _read(manifest_of(dump))
    if not unsigned:
        _check_signature(dump, manifest, _sums(dump)[dump.name])
    return manifest


def _check_signature(dump: Path, manifest: Manifest, sha256: str) -> None:
    is_ours = constant_time_compare(manifest.signature, _signature(manifest))
    if not (is_ours and manifest.sha256 == sha256):
        raise BackupRefused(
            f"{dump} is not signed by this SECRET_KEY: it was changed, or made under another one; "
            "--unsigned restores it all the same, and runs whatever it holds"
        )


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
        _check_kinds(manifest)
    except (ValueError, TypeError, AttributeError):
        raise BackupRefused(f"{file} is no manifest of this product") from None
    if manifest.format != FORMAT:
        raise BackupRefused(f"{file} is of the format {manifest.format}, which is not known here")
    return manifest


def _check_kinds(manifest: Manifest) -> None:
    """Refuse what is of another kind than it should be: a file can say anything."""
    texts = [manifest.product, manifest.made_at, manifest.application_role, manifest.signature]
    for name, number in manifest.rows.items():
        table_of(name)
        if type(number) is not int:
            raise TypeError(name)
    for names in manifest.migrations.values():
        texts.extend(names)
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        raise TypeError("text")
    _ = manifest.server_major
