"""Two people accept at once: one repair is carried out; and how it ends without the lock."""

from datetime import timedelta

import pytest
from django.db import transaction

from clinic.invariants import breaches
from reminders.models import Reminder
from scheduling.invariants import INVARIANTS
from scheduling.models import RepairWay
from scheduling.repairs import accepting
from scheduling.repairs.accepting import accept_way
from tests.factories import NOW
from tests.race import race
from tests.repairs.clinics import at, book, course_of, falls_ill, make_ward, mended, way

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def two_hit(db):
    """Two doses of the nurse who is ill, of which one has to move."""
    ward = make_ward()
    rooms = list(ward.site.rooms.filter(kinds__contains=["infusion"]).order_by("pk"))
    for number in range(2):
        book(ward, course_of(ward), 1, at(8), rooms[number], ward.ill)
    falls_ill(ward)
    return ward


def both_accept(ward, found):
    """Each as a request of its own reads the way."""

    def accept(number):
        row = RepairWay.objects.select_related("repair__site").get(pk=found.pk)
        return accept_way(way=row, parts=None, by=ward.clinic.desk, now=LATER)

    return sorted(type(one).__name__ for one in race(accept, rivals=2))


def told():
    return Reminder.objects.filter(rule__kind="MOVED").count()


def test_of_two_who_accept_at_once_one_does_and_the_patient_is_told_once(two_hit):
    found = way(mended(two_hit))
    moved = sum(row.is_moved for row in found.visits.all())
    assert moved == 1
    assert both_accept(two_hit, found) == ["Carried", "RepairNotReady"]
    assert told() == moved
    assert not list(breaches(INVARIANTS))


def test_control_without_looking_again_both_carry_it_out_and_tell(two_hit):
    found = way(mended(two_hit))

    def naive(number):
        with transaction.atomic():
            rows = accepting._chosen(found, None)
            visits = accepting._locked(rows)
            accepting._Carrying(rows, visits, two_hit.clinic.desk, LATER).all()

    race(naive, rivals=2)
    assert told() == 2
