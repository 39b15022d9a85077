"""`manage.py backup`: dump the whole database into a file, with its checksum."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.backups import BackupRefused
from clinic.backups.making import make_backup


class Command(BaseCommand):
    help = (
        "Dump the whole database as its owner, with a checksum and what it holds beside it. "
        "docs/runbook.md says how to keep and rehearse backups."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            type=Path,
            default=settings.ROOT / "var" / "backups",
            metavar="FOLDER|FILE",
            help="where it goes; a folder gets a file named by the time (default: var/backups)",
        )
        parser.add_argument(
            "--encrypt-to",
            action="append",
            default=[],
            metavar="RECIPIENT",
            help="a public key of age (age1…, ssh-…) or a fingerprint of GPG; may be repeated",
        )

    def handle(self, *args: Any, to: Path, encrypt_to: list[str], **options: Any) -> None:
        """Print the path of what was written."""
        try:
            made = make_backup(to=to, recipients=encrypt_to, now=timezone.now())
        except BackupRefused as exc:
            raise CommandError(str(exc)) from None
        rows, tables = sum(made.manifest.rows.values()), len(made.manifest.rows)
        self.stdout.write(str(made.dump))
        self.stderr.write(f"{rows} rows in {tables} tables, {made.dump.stat().st_size} bytes")
