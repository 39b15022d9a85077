"""`manage.py restore`: bring a backup back, whole or not at all."""

from argparse import ArgumentParser
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from clinic import environment
from clinic.backups import BackupRefused
from clinic.backups.restoring import Restored, Wish, register_database, restore_backup

INTO = "restored"


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database as its owner, in one transaction, after checking "
        "it. Stop web, workers and beat first. docs/runbook.md has the steps."
    )
    # What is restored may be the very tables that other checks look for.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the dump; its .json and .sha256 lie beside it")
        parser.add_argument(
            "--into",
            default="",
            metavar="DATABASE_URL",
            help="another database than DATABASE_OWNER_URL's; a password in it is best left to "
            "PGPASSFILE",
        )
        parser.add_argument(
            "--replace", action="store_true", help="throw away what the database holds now"
        )
        parser.add_argument(
            "--unsigned",
            action="store_true",
            help="also what was made under another SECRET_KEY; a forged dump runs as the owner",
        )
        parser.add_argument(
            "--exact",
            action="store_true",
            help="keep sessions alive as well: to compare, never for a product that goes on",
        )
        parser.add_argument(
            "--identity", default="", metavar="FILE", help="the private key of a dump by age"
        )

    def handle(self, *args: Any, file: Path, into: str, **options: Any) -> None:
        """Print what was restored, and what to do next."""
        wish = Wish(**{part.name: options[part.name] for part in fields(Wish)})
        try:
            alias = _known(into) if into else "default"
            with closing(connections[alias]):
                done = restore_backup(dump=file, into=alias, wish=wish)
        except (BackupRefused, ImproperlyConfigured) as exc:
            raise CommandError(str(exc)) from None
        except DatabaseError as exc:
            raise CommandError(f"the database refused: {str(exc).splitlines()[0]}") from None
        self._tell(done, wish)

    def _tell(self, done: Restored, wish: Wish) -> None:
        held = done.manifest
        rows, tables = sum(held.rows.values()), len(held.rows)
        self.stdout.write(
            f"Restored {rows} rows in {tables} tables, as they were at {held.made_at}."
        )
        if not wish.exact:
            self.stdout.write(
                "Every session is ended. Access that was ended since then is in force again: "
                "compare `manage.py list_access` (docs/runbook.md)."
            )
        if done.is_behind:
            self.stdout.write("The backup is of an older product: run `manage.py migrate` now.")
        self.stdout.write("Then run `manage.py check_invariants`.")


def _known(address: str) -> str:
    """The name under which Django knows the database of this address from now on."""
    register_database(INTO, environment.database_parts("--into", address))
    return INTO
