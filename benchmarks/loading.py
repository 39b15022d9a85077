"""A book of any length, written by the server itself: a million visits in a minute or two.

Triggers are off meanwhile: nobody audits a benchmark. Of a book that was loaded in bulk the
exclusion constraints are plain indexes, which are built in seconds, and nothing is booked in it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

TABLES = (
    "clinic_patient",
    "courses_course",
    "treatment_sessions_session",
    "scheduling_reservation",
    "scheduling_staffclaim",
)
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('f', 'x') AND conrelid = ANY (%s::regclass[])
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = ANY (%s) AND indexdef LIKE '%%USING gist%%'
"""

# One row for each visit: chairs by the hour, four in five taken, a patient weekly for ten weeks.
PLACES = """
    CREATE TEMP TABLE place ON COMMIT DROP AS
    SELECT uuidv7() AS session, uuidv7() AS reservation, chair, room, nurse, day,
        (day + start) AT TIME ZONE %(zone)s AS starts_at, week %% 10 + 1 AS seq,
        dense_rank() OVER (ORDER BY week / 10, chair, start, extract(isodow FROM day)) AS patient
    FROM (
        SELECT day::date AS day, (day::date - %(origin)s::date) / 7 AS week
        FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day
        WHERE extract(isodow FROM day) <= 5
    ) AS days
    CROSS JOIN unnest(%(starts)s::time[]) WITH ORDINALITY AS starts (start, number)
    CROSS JOIN unnest(%(rooms)s::uuid[], %(nurses)s::uuid[])
        WITH ORDINALITY AS chairs (room, nurse, chair)
    WHERE (chair + 3 * number + 2 * (day - %(origin)s::date)) %% 5 <> 0
"""
PEOPLE = """
    CREATE TEMP TABLE person ON COMMIT DROP AS
    SELECT patient, uuidv7() AS patient_id, uuidv7() AS course_id
    FROM (SELECT DISTINCT patient FROM place) AS once
"""
VISITS = "place JOIN person USING (patient)"


@dataclass(frozen=True, slots=True)
class Weeks:
    """Which weeks of a site are to be filled, and by what."""

    zone: str
    first: date
    weeks: int
    starts: Sequence[time]
    rooms: Sequence[Any]
    nurses: Sequence[Any]


def fill(
    weeks: Weeks, *, patient: Model, course: Model, visit: Model, claims: Sequence[Model]
) -> None:
    """Inside a transaction: copies of these rows, which stay, for every visit of the weeks.

    `claims` are the visit's reservation and what it claims of staff.
    """
    reservation, *staff = claims
    with connection.cursor() as cursor:
        last = weeks.first + timedelta(weeks=weeks.weeks, days=-1)
        # Weeks are counted from one Monday for all, so that parts of a book join.
        origin = date(2020, 1, 6)
        cursor.execute(PLACES, {**_said(weeks), "last": last, "origin": origin})
        cursor.execute(PEOPLE)
        _triggers(cursor, "DISABLE")
        _copy(cursor, patient, "person", id="new.patient_id")
        _copy(cursor, course, "person", id="new.course_id", patient_id="new.patient_id")
        _copy(cursor, visit, VISITS, **_visit(visit))
        _copy(cursor, reservation, VISITS, **_reservation(visit, reservation))
        for claim in staff:
            _copy(cursor, claim, "place", **_claim(visit, claim))
        _triggers(cursor, "ENABLE")
        cursor.execute("DROP TABLE place, person")


def _triggers(cursor: Any, act: str) -> None:
    # A table with checks still to come cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} {act} TRIGGER USER")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _said(weeks: Weeks) -> dict[str, Any]:
    return {
        "zone": weeks.zone,
        "first": weeks.first,
        "starts": list(weeks.starts),
        "rooms": list(weeks.rooms),
        "nurses": list(weeks.nurses),
    }


def _visit(visit: Any) -> dict[str, str]:
    return {
        "id": "new.session",
        "course_id": "new.course_id",
        "patient_id": "new.patient_id",
        "seq": "new.seq",
        "starts_at": "new.starts_at",
        "ends_at": f"new.starts_at + {_seconds(visit.ends_at - visit.starts_at)}",
    }


def _reservation(visit: Any, claim: Any) -> dict[str, str]:
    days = (claim.guard.upper - claim.guard.lower).days
    return {
        "id": "new.reservation",
        "session_id": "new.session",
        "patient_id": "new.patient_id",
        "room_id": "new.room",
        "room_during": _range(visit, claim.room_during),
        "patient_during": _range(visit, claim.patient_during),
        "guard": f"daterange(new.day, new.day + {days})",
    }


def _claim(visit: Any, claim: Any) -> dict[str, str]:
    return {
        "id": "uuidv7()",
        "reservation_id": "new.reservation",
        "membership_id": "new.nurse",
        "during": _range(visit, claim.during),
    }


def _range(visit: Any, during: Any) -> str:
    starts, ends = (
        f"new.starts_at + {_seconds(moment - visit.starts_at)}"
        for moment in (during.lower, during.upper)
    )
    return f"tstzrange({starts}, {ends})"


def _seconds(length: timedelta) -> str:
    return f"interval '{int(length.total_seconds())} seconds'"


def _copy(cursor: Any, row: Model, source: str, **changes: str) -> None:
    """As many copies of the row as the source has rows, with these columns changed."""
    meta = row._meta
    columns = [field.column for field in meta.concrete_fields if not field.generated]
    values = [changes.get(column, f"model.{column}") for column in columns]
    cursor.execute(
        f"INSERT INTO {meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} "  # noqa: S608 # our own names
        f"FROM (SELECT * FROM {source}) AS new CROSS JOIN {meta.db_table} AS model "
        "WHERE model.id = %s",
        [row.pk],
    )


@contextmanager
def in_bulk() -> Iterator[None]:
    """Without constraints and range indexes; at the end there are indexes of their kind again."""
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, [list(TABLES)])
        constraints = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(INDEXES, [list(TABLES)])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for statement in (*(_as_before(*one) for one in constraints), *(one[1] for one in indexes)):
            cursor.execute(statement)
        cursor.execute("RESET maintenance_work_mem")


def _as_before(table: str, name: str, definition: str) -> str:
    """What stands in for a constraint: its index, or the reference without looking back."""
    if definition.startswith("FOREIGN KEY"):
        unchecked = definition.removesuffix(" NOT VALID")
        return f"ALTER TABLE {table} ADD CONSTRAINT {name} {unchecked} NOT VALID"
    columns = re.sub(r" WITH (=|&&)", "", definition.removeprefix("EXCLUDE"))
    return f"CREATE INDEX {name} ON {table}{columns}"


def settle() -> None:
    """Leave the tables as autovacuum would."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM {table}")
        cursor.execute("ANALYZE")
