"""Links of charts against each other, and against bookings, at one moment (DOMAIN 8.45)."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, transaction

from clinic.charts import ChartsJustLinked, restrict_chart
from clinic.identity.services import ChartsLinked, ChartsRestrictedUnalike, lock_person
from clinic.models import ChartLink, ChartRestriction, Patient, Role
from scheduling.models import Reservation
from scheduling.services import ChartsCollide, link_persons
from tests.concurrency.guards import without_constraint
from tests.factories import NOW, make_clinic, make_course, make_patient, make_room, make_visit
from tests.race import await_a_queue, race

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


def in_turn(first, second):
    """What two acts come to: the second begins within the first's transaction, and queues."""
    begun = Event()

    def holding():
        with transaction.atomic():
            found = first()
            begun.set()
            await_a_queue()
            return found() if callable(found) else found

    def queueing():
        assert begun.wait(20)
        return second()

    acts = [holding, queueing]
    return race(lambda n: acts[n](), rivals=2)


@pytest.fixture
def pair():
    clinic = make_clinic()
    manager = clinic.person(Role.MANAGER)
    charts = [make_patient(clinic.site) for _ in range(2)]

    def restricted(chart):
        return restrict_chart(patient=chart, is_restricted=True, by=manager, reason=WHY, now=NOW)

    return clinic, *charts, restricted


def test_8_45_restricting_queues_behind_a_booking_on_the_chart_that_does_not_stand(pair):
    clinic, standing, chart, restricted = pair
    linked(clinic, chart, standing)

    def books():
        Patient.objects.select_for_update(no_key=True).get(pk=chart.pk)
        return lambda: lock_person(chart.pk)

    found = in_turn(books, lambda: restricted(standing))
    assert found[0] is None, found
    assert isinstance(found[1], ChartRestriction), found
    assert Patient.objects.filter(is_restricted=True).count() == 2


def test_8_45_a_chart_that_is_just_being_restricted_is_not_linked_to_an_open_one(pair):
    clinic, standing, chart, restricted = pair
    found = in_turn(lambda: restricted(chart), lambda: linked(clinic, chart, standing))
    assert isinstance(found[1], ChartsRestrictedUnalike), found
    assert not ChartLink.objects.exists()


def test_8_45_who_restricts_a_chart_that_is_just_being_linked_is_told(pair):
    clinic, standing, chart, restricted = pair
    found = in_turn(lambda: linked(clinic, chart, standing), lambda: restricted(standing))
    assert isinstance(found[1], ChartsJustLinked), found
    assert not Patient.objects.filter(is_restricted=True).exists()
