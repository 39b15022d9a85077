"""Restoring a backup into a database: whole and checked, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from clinic.backups import BackupRefused
from clinic.backups.manifest import Manifest, table_of, verified
from clinic.backups.streams import Stage, chained, fed
from clinic.backups.tools import Command, connection_environment, decryption, postgres_program
from clinic.walls import grant_access

IS_EMPTY = """
SELECT NOT EXISTS (
    SELECT FROM pg_class AS rel JOIN pg_namespace AS schema ON schema.oid = relnamespace
    WHERE nspname = 'public' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
)
"""
# Whoever still works with the database is not waited for.
CLEARING = """
SET lock_timeout = '15s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
COUNTED = sql.SQL(
    "DO $$ BEGIN IF (SELECT count(*) FROM {table}) <> {number} "
    "THEN RAISE EXCEPTION USING MESSAGE = {words}; END IF; END $$;\n"
)
# Sessions that were ended since must not live again. `search_path` is empty after a dump, and
# triggers name their tables without schema. An older product's tables may lack some of it.
ENDING_SESSIONS = """
SET LOCAL search_path = public;
SET LOCAL row_security = on;
DO $$ BEGIN
    DELETE FROM django_session;
    IF to_regclass('usersessions_usersession') IS NOT NULL THEN
        DELETE FROM usersessions_usersession;
    END IF;
    IF EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'clinic_user'::regclass AND attname = 'session_generation'
    ) THEN
        UPDATE clinic_user SET session_generation = session_generation + 1;
    END IF;
END $$;
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and whether newer migrations wait to be applied."""

    manifest: Manifest
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """How to restore: what may be lost, what is taken on trust, and whether sessions live on."""

    replace: bool = False
    unsigned: bool = False
    exact: bool = False
    identity: str = ""


def restore_backup(*, dump: Path, into: str = "default", wish: Wish) -> Restored:
    """Restore a backup into the database of that alias, in one transaction.

    Checksum and signature come first; then what would be lost (`replace`), what does not fit, and
    whether the roles are there. Before the commit every table must have its rows; then, unless
    `exact`, everybody's sessions end. Raises BackupRefused, and then the database is as it was.
    """
    manifest = verified(dump, unsigned=wish.unsigned)
    ahead = _check_migrations(manifest)
    cipher = decryption(manifest.encryption, wish.identity)
    with connections[into].cursor() as cursor:
        major = _check_database(cursor, manifest, replace=wish.replace)
    # Its snapshot and its locks must not stand in the way of what restores.
    connections[into].close()
    reading = Command([postgres_program("pg_restore", major=major), "--no-owner", "--file=-"], {})
    reader = [*([cipher] if cipher else []), reading]
    _apply(dump, reader, _writer(into, major), manifest, wish)
    grant_access(using=into)
    with connections[into].cursor() as cursor:
        cursor.execute("ANALYZE")
    return Restored(manifest, ahead)


def _check_migrations(manifest: Manifest) -> bool:
    """Whether this product has migrations that the backup lacks; refuse what it does not know."""
    here = dict(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {})
    # A migration takes the place of those that it replaces, which are no longer there.
    known = {*here, *(old for migration in here.values() for old in migration.replaces)}
    applied = {(app, name) for app, names in manifest.migrations.items() for name in names}
    if unknown := sorted(applied - known):
        app, name = unknown[0]
        raise BackupRefused(
            f"the backup is of a newer product ({manifest.product}): this one does not know "
            f"the migration {app}.{name}"
        )
    return any(
        not (migration.replaces and applied.issuperset(migration.replaces))
        for key, migration in here.items()
        if key not in applied
    )


def _check_database(cursor: CursorWrapper, manifest: Manifest, *, replace: bool) -> int:
    """The server's major version, when the backup can be restored there."""
    cursor.execute("SHOW server_version_num")
    major = int(cursor.fetchone()[0]) // 10_000
    if major < manifest.server_major:
        raise BackupRefused(
            f"the backup is of PostgreSQL {manifest.server_major}, this server is {major}"
        )
    cursor.execute("SELECT has_database_privilege(current_database(), 'CREATE')")
    if not cursor.fetchone()[0]:
        raise BackupRefused("the role may make nothing in this database: set DATABASE_OWNER_URL")
    cursor.execute(IS_EMPTY)
    if not cursor.fetchone()[0] and not replace:
        raise BackupRefused("the database is not empty; --replace throws away what is in it")
    for role in {manifest.application_role, settings.APPLICATION_ROLE}:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            raise BackupRefused(f"the server has no role “{role}”: make it first (docs/runbook.md)")
    return major


def _writer(into: str, major: int) -> Command:
    quiet = ["--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null", "--file=-"]
    # A row that is refused is not repeated in the message.
    words = ["ON_ERROR_STOP=1", "VERBOSITY=terse", "SHOW_CONTEXT=never"]
    variables = [f"--set={one}" for one in words]
    environment = connection_environment(connections[into].settings_dict)
    return Command([postgres_program("psql", major=major), *quiet, *variables], environment)


def _apply(
    dump: Path, reader: list[Command], writer: Command, manifest: Manifest, wish: Wish
) -> None:
    """Play the dump as one transaction: it is committed when all before it has gone well."""
    with dump.open("rb") as source, fed(writer) as psql, chained(reader, source=source) as chain:
        _say(psql, "BEGIN;\n" + (CLEARING if wish.replace else ""))
        for chunk in chain.chunks():
            _say(psql, chunk)
        # Without what follows, psql's end is a rollback.
        ending = "" if wish.exact else ENDING_SESSIONS
        _say(psql, f"{_row_check(manifest.rows)}{ending}COMMIT;\n")
        _close(psql)
        psql.check()


def _say(psql: Stage, words: str | bytes) -> None:
    """Hand it SQL; a psql that is gone has said why."""
    try:
        if psql.process.stdin:
            psql.process.stdin.write(words.encode() if isinstance(words, str) else words)
    except BrokenPipeError:
        psql.check()
        raise BackupRefused("psql ended early") from None


def _close(psql: Stage) -> None:
    try:
        if psql.process.stdin:
            psql.process.stdin.close()
    except BrokenPipeError:
        psql.check()


def _row_check(rows: Mapping[str, int]) -> str:
    """SQL that fails where a table has not as many rows as were counted when it was dumped."""
    return "".join(_counted(table, number) for table, number in rows.items())


def _counted(table: str, number: int) -> str:
    checked = COUNTED.format(
        table=sql.Identifier(*table_of(table)),
        number=sql.Literal(int(number)),
        words=sql.Literal(f"{table} does not have its {number} rows"),
    )
    return checked.as_string()


def register_database(name: str, parts: Mapping[str, Any]) -> None:
    """Let this thread know a database under a name, with all else as the default has it."""
    known = connections["default"]
    options = {"OPTIONS": dict(parts.get("OPTIONS", {}))}
    connections[name] = type(known)({**known.settings_dict, **parts, **options}, name)
