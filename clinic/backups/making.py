"""Making a backup: one snapshot of the database, streamed through encryption to the disk."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

import clinic
from clinic.backups import BackupRefused
from clinic.backups.manifest import (
    FORMAT,
    Manifest,
    as_json,
    manifest_of,
    signed,
    sums_of,
    table_of,
    write_private,
)
from clinic.backups.streams import chained
from clinic.backups.tools import Command, connection_environment, encryption, postgres_program

# Whoever owns a table sees all its rows; another role would dump what its policies show.
NOT_OURS = """
SELECT count(*) FROM pg_class AS rel JOIN pg_namespace AS schema ON schema.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT pg_has_role(current_user, relowner, 'USAGE')
"""
TABLES = """
SELECT nspname || '.' || relname FROM pg_class AS rel
JOIN pg_namespace AS schema ON schema.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup."""

    dump: Path
    manifest: Manifest


def make_backup(*, to: Path, recipients: Sequence[str] = (), now: datetime) -> Backup:
    """Write a backup into a folder, or as a file of that name; BackupRefused leaves nothing behind.

    With recipients the plain dump never touches the disk. What a name stands for is complete: it
    is given to finished files, the dump's last.
    """
    cipher = encryption(recipients)
    dump = _place(to, now, cipher)
    with _snapshot() as (cursor, snapshot):
        _check_rights(cursor)
        manifest = _describe(cursor, now, cipher)
        program = postgres_program("pg_dump", major=manifest.server_major)
        dumping = [program, "--format=custom", f"--snapshot={snapshot}", "--no-password"]
        command = Command(dumping, connection_environment(connection.settings_dict))
        held = _write(dump, [command, *([cipher] if cipher else [])], manifest)
    return Backup(dump, held)


def _place(to: Path, now: datetime, cipher: Command | None) -> Path:
    suffix = f".dump.{cipher.name}" if cipher else ".dump"
    is_folder = to.is_dir() or to.suffix == ""
    dump = to / f"courseline-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{suffix}" if is_folder else to
    if not dump.name.endswith(suffix):
        raise BackupRefused(f"the name of this backup must end in {suffix}")
    if dump.exists():
        raise BackupRefused(f"{dump} is there already")
    try:
        dump.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise BackupRefused(f"{dump.parent} cannot be made: {exc.strerror}") from None
    return dump


@contextmanager
def _snapshot() -> Iterator[tuple[CursorWrapper, str]]:
    """One state of the database, which stays readable while the block lasts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor, cursor.fetchone()[0]


def _check_rights(cursor: CursorWrapper) -> None:
    cursor.execute(NOT_OURS)
    if cursor.fetchone()[0]:
        user = connection.settings_dict["USER"]
        raise BackupRefused(
            f"the role “{user}” does not own the tables and would not see every row: "
            "set DATABASE_OWNER_URL"
        )


def _describe(cursor: CursorWrapper, now: datetime, cipher: Command | None) -> Manifest:
    cursor.execute("SHOW server_version")
    server = cursor.fetchone()[0].split()[0]
    migrations: dict[str, list[str]] = {}
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, id")
    for app, name in cursor.fetchall():
        migrations.setdefault(app, []).append(name)
    return Manifest(
        format=FORMAT,
        product=clinic.VERSION,
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        server=server,
        application_role=settings.APPLICATION_ROLE,
        migrations=migrations,
        rows=_counts(cursor),
        encryption=cipher.name if cipher else None,
    )


def _counts(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute(TABLES)
    tables = [row[0] for row in cursor.fetchall()]
    counts = {}
    for table in tables:
        counting = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table_of(table)))
        cursor.execute(counting)
        counts[table] = cursor.fetchone()[0]
    return counts


def _write(dump: Path, commands: Sequence[Command], manifest: Manifest) -> Manifest:
    """Write the three files under other names, and give them theirs once all is on the disk.

    The answer is the manifest, signed.
    """
    finals = [manifest_of(dump), sums_of(dump), dump]
    parts = {final: final.with_name(f".{final.name}.part") for final in finals}
    try:
        for part in parts.values():
            part.unlink(missing_ok=True)
        held = signed(manifest, _stream(commands, parts[dump]))
        write_private(parts[manifest_of(dump)], as_json(held))
        told = hashlib.sha256(as_json(held).encode()).hexdigest()
        sums = {manifest_of(dump): told, dump: held.sha256}
        lines = [f"{digest}  {file.name}\n" for file, digest in sums.items()]
        write_private(parts[sums_of(dump)], "".join(lines))
        for final, part in parts.items():
            part.rename(final)
        _see_to_disk(dump.parent)
        return held
    except OSError as exc:
        raise BackupRefused(f"{dump} cannot be written: {exc.strerror}") from None
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _stream(commands: Sequence[Command], file: Path) -> str:
    """Write what the programs give; its checksum."""
    digest = hashlib.sha256()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, chained(commands) as chain:
        for chunk in chain.chunks():
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _see_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
