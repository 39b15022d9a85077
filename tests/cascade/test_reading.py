"""How much is read for an answer, and wall clocks that change."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.cascade.story import consequences
from sessions.models import Session
from tests.cascade.asking import asked, done, to
from tests.factories import (
    NOW,
    make_clinic,
    make_course,
    make_patient,
    make_room,
    make_version,
    make_visit,
    small_definition,
)
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def queries(clinic, dose, wanted) -> int:
    visit = Session.objects.select_related("organization", "patient", "site").get(pk=dose.pk)
    with CaptureQueriesContext(connection) as captured:
        told = consequences(visit, wanted, member=clinic.desk, now=NOW)
    assert told.ways
    return len(captured)


def test_what_is_read_does_not_grow_with_the_book(clinic, dose):
    def book(number):
        other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
        start = NOW + number * DAY + timedelta(hours=1)
        make_visit(other, make_room(clinic.site, "infusion"), start)

    wanted = to(dose.starts_at + 4 * DAY)
    book(0)
    few = queries(clinic, dose, wanted)
    for number in range(1, 20):
        book(number)
    assert queries(clinic, dose, wanted) == few


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("America/New_York", datetime(2026, 3, 2, 14, tzinfo=ZoneInfo("UTC"))),
        ("America/New_York", datetime(2026, 10, 26, 14, tzinfo=ZoneInfo("UTC"))),
        ("Europe/London", datetime(2026, 3, 23, 10, tzinfo=ZoneInfo("UTC"))),
        ("Australia/Sydney", datetime(2026, 3, 29, 22, tzinfo=ZoneInfo("UTC"))),
    ],
)
def test_visits_that_move_over_a_change_of_the_clock_keep_the_walls_time(zone, now):
    clinic = make_clinic(timezone=zone)
    clinic.version = make_version(clinic.organization, small_definition(doses=4))
    course = accepted(clinic, now=now)
    before = {visit.pk: visit for visit in course.visits.select_related("site")}
    dose = course.visits.get(kind="dosing", seq=2)
    local = dose.starts_at.astimezone(clinic.site.zone)
    same_clock = (local.replace(tzinfo=None) + 3 * DAY).replace(tzinfo=clinic.site.zone)
    assert asked(dose, to(same_clock), now).ways[0].left == ()
    moved = done(clinic, dose, to(same_clock), now=now)
    clocks = {visit.starts_at.astimezone(clinic.site.zone).time() for visit in moved}
    was = {before[v.pk].starts_at.astimezone(clinic.site.zone).time() for v in moved}
    assert clocks == was
    days = [v.local_date for v in course.visits.live().filter(kind="dosing").order_by("starts_at")]
    assert all(2 <= (b - a).days <= 5 for a, b in pairwise(days))
