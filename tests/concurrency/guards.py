"""Dropping a guard for the length of a test, to show that the test would notice."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from reminders.models import Message, Reminder
from scheduling.models import Override, Proposal, Reservation, StaffClaim
from sessions.models import Session


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """The table without the constraint; afterwards the book is emptied and it is back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
        )
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        empty_the_book()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def without_trigger(table: str, name: str) -> Iterator[None]:
    """The table with the trigger off; afterwards the book is emptied and it is on again."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    try:
        yield
    finally:
        empty_the_book()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def empty_the_book() -> None:
    """Remove every visit and what hangs on it."""
    tables = ", ".join(
        model._meta.db_table
        for model in (Reminder, Message, StaffClaim, Reservation, Override, Proposal, Session)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
