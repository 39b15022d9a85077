"""Migrates the database and fills an empty one with the demo; prints the demo sign-ins.

Where a server does not answer, it prints the reason instead and ends with UNREACHABLE.
"""

import os
import sys

import django
import redis
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection

UNREACHABLE = 3


def _probe_database() -> None:
    """Connect past the pool, which would keep trying and then not say why."""
    direct = connection.copy()
    direct.settings_dict["OPTIONS"].pop("pool", None)
    direct.ensure_connection()
    direct.close()


def _give_up(server: str, reason: Exception) -> None:
    print(f"{server} does not answer: {str(reason).splitlines()[0]}")
    sys.exit(UNREACHABLE)


def main() -> None:
    """Prepare the database of the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    try:
        _probe_database()
        cache.get("alive:probe")
    except OperationalError as exc:
        _give_up("PostgreSQL (DATABASE_URL)", exc)
    except redis.RedisError as exc:
        _give_up("the broker (REDIS_URL)", exc)
    call_command("migrate", interactive=False, stdout=sys.stderr)
    call_command("seed_demo")


if __name__ == "__main__":
    main()
