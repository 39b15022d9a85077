"""What a promise to be proved over a whole database looks like."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, in words and as SQL that finds the ids of what breaks it."""

    name: str
    sentence: str
    sql: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that does not hold, and the ids of the rows that show it."""

    invariant: Invariant
    rows: list[tuple[str, ...]]


def breaches(invariants: Iterable[Invariant]) -> Iterator[Breach]:
    """Every invariant that some row of the database breaks."""
    for invariant in invariants:
        with connection.cursor() as cursor:
            cursor.execute(invariant.sql)
            rows = [tuple(str(value) for value in row) for row in cursor.fetchall()]
        if rows:
            yield Breach(invariant, rows)
