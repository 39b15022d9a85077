"""Migrates the database and fills an empty one with the demo, unless DEMO is false; prints the
demo sign-ins.

Where a setting is odd or a server does not answer, it prints the reason instead and ends
with TOLD.
"""

import os
import sys
from typing import NoReturn

import django
import redis
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection

from clinic.audit.commands import running

TOLD = 3


def _probe_database() -> None:
    """Connect past the pool, which would keep trying and then not say why."""
    direct = connection.copy()
    direct.settings_dict["OPTIONS"].pop("pool", None)
    direct.ensure_connection()
    direct.close()


def _tell(reason: str) -> NoReturn:
    print(reason.splitlines()[0])
    sys.exit(TOLD)


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        django.setup()
    except SystemExit as stop:
        _tell(str(stop).removeprefix("courseline: "))


def main() -> None:
    """Prepare the database of the environment."""
    _set_up()
    if connection.settings_dict["USER"] == settings.APPLICATION_ROLE:
        _tell("DATABASE_URL is the web server's role, which owns no table: name another one, the"
              " owner, in DATABASE_OWNER_URL (see .env.example)")  # fmt: skip
    try:
        _probe_database()
        cache.get("alive:probe")
    except OperationalError as exc:
        _tell(f"PostgreSQL (DATABASE_OWNER_URL) does not answer: {exc}")
    except redis.RedisError as exc:
        _tell(f"the broker (REDIS_URL) does not answer: {exc}")
    call_command("migrate", interactive=False, stdout=sys.stderr)
    call_command("install_protocols", stdout=sys.stderr)
    if settings.DEMO:
        with running(["", "seed_demo"]):
            call_command("seed_demo")


if __name__ == "__main__":
    main()
