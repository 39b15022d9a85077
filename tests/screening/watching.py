"""What a course shows of its screening: holds, state of the decision, letters, broken promises."""

from django.db import connection

from courses.models import Hold
from reminders.invariants import INVARIANTS as messages
from reminders.models import Message
from scheduling.invariants import INVARIANTS as places
from scheduling.services.happenings import (
    Happening,
    report_happening,
)
from tests.factories import NOW
from tests.screening.conftest import TODAY


def holds(case):
    return set(Hold.objects.open().filter(course=case.course).values_list("kind", flat=True))


def standing(case):
    return case.course.screenings.latest("started_at", "pk").status


def letters(kind):
    return Message.objects.filter(kind=kind).exclude(status=Message.Status.WITHDRAWN)


def broken():
    """Promises about messages and places that the rows break."""
    found = {}
    with connection.cursor() as cursor:
        for one in [*messages, *places]:
            cursor.execute(one.sql)
            if rows := cursor.fetchall():
                found[one.name] = rows
    return found


def report(case, kind, **said):
    what = Happening(kind, TODAY, **said)
    return report_happening(course=case.course, what=what, by=case.by, now=NOW)
