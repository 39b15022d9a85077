"""`manage.py reseal`: put the secrets of second steps under the newest of MFA_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.second_step import reseal_secrets


class Command(BaseCommand):
    help = "Put the secrets of second steps under the newest of MFA_KEYS; older keys may then go."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = reseal_secrets()
        except ValueError as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{number} secrets are under the newest key.")
