"""`manage.py list_access`: what lets somebody in, by ids alone."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic.backups.standing import access_in_force


class Command(BaseCommand):
    help = (
        "List accounts, memberships, roles, tokens, invitations and second steps in force, by ids. "
        "Before and after a restore: what was ended since the backup is in force again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each."""
        for line in access_in_force(now=timezone.now()):
            self.stdout.write(line)
