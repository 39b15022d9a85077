"""Rows that overlapped before stretches of time had to stay apart become one each."""

from datetime import time, timedelta

import pytest
from django.db import connection
from psycopg.types.range import TimestamptzRange

from clinic.models import Leave, Shift
from clinic.stretches import merge_hours, merge_periods
from tests.factories import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def merged_without(table, name, operation, make):
    """Make rows without the constraint, merge them, and set the constraint again."""
    with connection.cursor() as cursor:
        asked = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
        cursor.execute(asked, [name])
        (definition,) = cursor.fetchone()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        make()
        for statement in operation.sql:
            cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def test_overlapping_shifts_become_one(clinic):
    hours = [(8, 12), (11, 14), (13, 17), (17, 18), (9, 10)]
    own = {"organization": clinic.organization, "membership": clinic.nurse, "site": clinic.site}

    def make():
        Shift.objects.bulk_create(
            Shift(weekday=6, starts=time(begins), ends=time(ends), **own) for begins, ends in hours
        )

    owner = ["membership_id", "site_id", "weekday"]
    others = Shift.objects.exclude(weekday=6).count()
    operation = merge_hours("clinic_shift", owner)
    merged_without("clinic_shift", "shift_apart", operation, make)
    found = Shift.objects.filter(weekday=6).order_by("starts").values_list("starts", "ends")
    assert list(found) == [(time(8), time(17)), (time(17), time(18))]
    assert Shift.objects.exclude(weekday=6).count() == others


def test_overlapping_leave_becomes_one_with_the_first_reason(clinic):
    own = {"organization": clinic.organization, "membership": clinic.nurse}

    def make():
        Leave.objects.bulk_create(
            Leave(during=TimestamptzRange(NOW + n * HOUR, NOW + end * HOUR), reason=reason, **own)
            for n, end, reason in ((0, 4, "Course"), (2, 6, "Travel"), (8, 9, "Dentist"))
        )

    operation = merge_periods("clinic_leave", ["membership_id"])
    merged_without("clinic_leave", "leave_apart", operation, make)
    found = [(one.during.lower, one.during.upper, one.reason) for one in Leave.objects.all()]
    assert sorted(found) == [
        (NOW, NOW + 6 * HOUR, "Course"),
        (NOW + 8 * HOUR, NOW + 9 * HOUR, "Dentist"),
    ]
