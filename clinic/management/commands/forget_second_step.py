"""`manage.py forget_second_step EMAIL`: for whoever lost the phone, the key and the codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.models import User
from clinic.second_step import forget_second_step


class Command(BaseCommand):
    help = (
        "Take every second step from an account whose owner lost it, and end its sessions and "
        "tokens; be sure of who asks. They set up a new one at their next sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The account."""
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Say that it is done, or why not."""
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError("There is no account with this e-mail address.")
        forget_second_step(user)
        self.stdout.write(
            "The account has no second step any more and no token, and is signed in nowhere."
        )
