"""An API token from the command line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from clinic.api.tokens import LIFETIME, issue_token, membership_of
from clinic.errors import DomainError
from clinic.models import User


class Command(BaseCommand):
    """`create_api_token EMAIL`: prints the token, once."""

    help = "Make an API token for an account; its text is printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The account; what for, for how long, and where it works in several places."""
        parser.add_argument("email")
        parser.add_argument("--name", default="Made on the command line")
        parser.add_argument("--days", type=int, default=LIFETIME.days)
        parser.add_argument("--organization", type=UUID, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the new token, or one line saying why there is none."""
        user = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with this e-mail address.")
        if not 1 <= options["days"] <= 3650:
            raise CommandError("A token is in force for 1 to 3650 days.")
        try:
            member = membership_of(user, options["organization"])
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        lifetime = timedelta(days=options["days"])
        _, text = issue_token(member=member, name=options["name"][:80], lifetime=lifetime)
        self.stdout.write(text)
