"""`manage.py check_invariants`: prove the promises over the whole database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from clinic.invariants import breaches
from courses.invariants import INVARIANTS as OF_COURSES
from reminders.invariants import INVARIANTS as OF_REMINDERS
from scheduling.invariants import INVARIANTS as OF_THE_BOOK

# How many rows of each breach are printed.
SHOWN = 20


class Command(BaseCommand):
    help = "Check in SQL that every promise holds; exit 1 with the rows that break one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per promise that does not hold, and its rows."""
        invariants = [*OF_THE_BOOK, *OF_COURSES, *OF_REMINDERS]
        with transaction.atomic(), connection.cursor() as cursor:
            # One snapshot for all, or a booking in between would look like a breach.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = list(breaches(invariants))
        for breach in found:
            self.stderr.write(f"{breach.invariant.name} is broken. {breach.invariant.sentence}")
            for row in breach.rows[:SHOWN]:
                self.stderr.write("  " + " ".join(row))
            if len(breach.rows) > SHOWN:
                self.stderr.write(f"  and {len(breach.rows) - SHOWN} more")
        if found:
            raise CommandError(f"{len(found)} of {len(invariants)} promises are broken.")
        self.stdout.write(f"All {len(invariants)} promises hold.")
