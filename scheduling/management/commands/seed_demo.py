"""`manage.py seed_demo`: a made-up organisation for a database that has none."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.models import Organization
from scheduling.demo import catch_up, make_demo
from scheduling.demo.tables import PASSWORD, SITES, STAFF

# When both sites are open and busy.
HOUR = time(11, 30)


class Command(BaseCommand):
    help = (
        "Make the demo organisation where the database has no organisation yet, or let its visits "
        "go on until now; print its sign-ins. Their password is public: for trying out alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            help="make it as of 11:30 in New York on this date (YYYY-MM-DD), not as of now",
        )

    def handle(self, *args: Any, today: date | None, **options: Any) -> None:
        if settings.HTTPS:
            raise CommandError("the demo’s passwords are public: it is not made behind https")
        now = _moment(today)
        if not Organization.objects.exists():
            make_demo(now=now)
        else:
            catch_up(now=now)
        if Organization.objects.filter(is_demo=True).exists():
            self.stdout.write("\n".join(_sign_ins()))


def _moment(today: date | None) -> datetime:
    if today is None:
        return timezone.now()
    return datetime.combine(today, HOUR, ZoneInfo(SITES[0].timezone))


def _sign_ins() -> list[str]:
    accounts = [row for row in STAFF if row.account]
    lines = [
        f"  {row.account}@demo.example".ljust(28) + row.roles.replace("_", " ").lower()
        for row in accounts
    ]
    return [
        f"Demo sign-ins, password “{PASSWORD}”; who sees notes and scores sets up a second step:",
        *lines,
    ]
