"""Migrates the database and fills an empty one with the demo; prints the demo sign-ins."""

import os
import sys

import django
from django.core.management import call_command
from django.db import OperationalError


def main() -> None:
    """Prepare the database of the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    try:
        call_command("migrate", interactive=False, stdout=sys.stderr)
    except OperationalError as exc:
        sys.exit(f"the database does not answer: {exc}")
    call_command("seed_demo")


if __name__ == "__main__":
    main()
