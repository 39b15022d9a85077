"""An API token from the command line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic.api.tokens import LIFETIME, MOST_DAYS, READING, issue_token, membership_of
from clinic.errors import DomainError
from clinic.models import User
from clinic.rights import Right, may
from clinic.second_step import require_second_step


class Command(BaseCommand):
    """`create_api_token EMAIL`: prints the token, once."""

    help = "Make an API token for an account; its text is printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The account; what for, for how long, and where it works in several places."""
        parser.add_argument("email")
        parser.add_argument("--name", default="Made on the command line")
        parser.add_argument("--days", type=int, default=LIFETIME.days)
        parser.add_argument("--organization", type=UUID, default=None)
        parser.add_argument("--read-only", action="store_true", help="good for reading alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the new token, or one line saying why there is none."""
        user = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with this e-mail address.")
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"A token is in force for 1 to {MOST_DAYS} days.")
        try:
            self.stdout.write(_token(user, options))
        except DomainError as exc:
            raise CommandError(str(exc)) from exc


@transaction.atomic
def _token(user: User, options: dict[str, Any]) -> str:
    member = membership_of(user, options["organization"])
    require_second_step(member)
    readable = [right for right in Right if right in READING and may(member, right)]
    _, text = issue_token(
        member=member,
        name=options["name"][:80],
        lifetime=timedelta(days=options["days"]),
        scopes=readable if options["read_only"] else None,
    )
    return text
