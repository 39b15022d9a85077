"""Links of charts against each other, and against bookings, at one moment (DOMAIN 8.45)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from clinic.identity.services import ChartsLinked
from clinic.models import ChartLink, Patient
from scheduling.models import Reservation
from scheduling.services import ChartsCollide, link_persons
from tests.concurrency.guards import without_constraint
from tests.factories import NOW, make_clinic, make_course, make_patient, make_room, make_visit
from tests.race import race

WHY = "The same passport was shown at both sites."
ROUNDS = 4

pytestmark = pytest.mark.django_db(transaction=True)


def linked(clinic, chart, principal):
    said = {"by": clinic.prescriber, "reason": WHY, "now": NOW}
    return link_persons(chart=chart, principal=principal, **said)


def test_8_45_of_links_in_a_ring_one_is_refused():
    clinic = make_clinic()
    for _ in range(ROUNDS):
        ring = [make_patient(clinic.site) for _ in range(3)]
        found = race(lambda n, ring=ring: linked(clinic, ring[n], ring[n - 1]), rivals=3)
        made = [one for one in found if isinstance(one, ChartLink)]
        assert 1 <= len(made) <= 2, found
        assert all(isinstance(one, ChartLink | ChartsLinked) for one in found), found
        rows = Patient.objects.filter(pk__in=[one.pk for one in ring])
        principals = set(rows.values_list("principal", flat=True)) - {None}
        assert not rows.filter(pk__in=principals, principal__isnull=False).exists()


def _link_against_booking(clinic):
    """What a link and a booking, either too near to the other's dose, come to."""
    one, other = (
        make_course(make_patient(clinic.site), clinic.version, clinic.desk) for _ in range(2)
    )
    rooms = [make_room(clinic.site) for _ in range(2)]
    make_visit(one, rooms[0], NOW)
    acts = [
        lambda: linked(clinic, other.patient, one.patient),
        lambda: make_visit(other, rooms[1], NOW + timedelta(days=1)),
    ]
    return race(lambda n: acts[n](), rivals=2)


def test_8_45_of_a_link_and_a_dose_too_near_one_is_refused():
    clinic = make_clinic()
    for _ in range(ROUNDS):
        found = _link_against_booking(clinic)
        refused = [one for one in found if isinstance(one, Exception)]
        assert len(refused) == 1, found
        assert isinstance(refused[0], ChartsCollide | IntegrityError)


def test_control_without_the_constraint_both_are_made():
    clinic = make_clinic()
    with without_constraint("scheduling_reservation", "reservation_person_gap"):
        found = _link_against_booking(clinic)
        assert not [one for one in found if isinstance(one, Exception)], found
        assert Reservation.objects.filter(person__isnull=False).count() == 2
