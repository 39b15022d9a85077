"""Personal calendar feeds: what they say, of whom, and until when."""

import re
from datetime import timedelta

import icalendar
import pytest
from django.core.cache import cache
from django.test import Client

from clinic.models import AuditEvent
from scheduling.feeds.models import CalendarFeed
from tests.factories import NEW_YORK, NOW, make_course, make_patient, make_room, make_visit
from tests.pages.conftest import queries_of

pytestmark = pytest.mark.django_db

PAGE = "/account/calendar/"


@pytest.fixture
def nurse(clinic, sign_in):
    return sign_in(clinic.nurse)


def address_of(browser):
    """A new address, as the page shows it once."""
    html = browser.post(PAGE).content.decode()
    return re.search(r"/calendar/[\w-]+\.ics", html)[0]


def visit_at(clinic, starts_at, **fields):
    patient = make_patient(clinic.site, given_name="Quetzalia", family_name="Lovelace", **fields)
    course = make_course(patient, clinic.version, clinic.desk)
    room = make_room(clinic.site, "infusion")
    return make_visit(course, room, starts_at, nurse=clinic.nurse, load=1)


def events_of(answer):
    return icalendar.Calendar.from_ical(answer.content).events


def test_a_feed_has_ones_own_visits_and_names_nobody(clinic, nurse):
    visit = visit_at(clinic, NOW + timedelta(days=80))  # after the clocks changed
    shut = visit_at(clinic, NOW + timedelta(days=1), is_restricted=True)
    visit_at(clinic, NOW - timedelta(days=16))
    visit_at(clinic, NOW + timedelta(days=92))
    answer = Client().get(address_of(nurse))
    first, second = events_of(answer)
    room = visit.reservation.room.name
    assert first["SUMMARY"] == f"Visit, {shut.reservation.room.name}"
    assert second["SUMMARY"] == f"Dosing visit, {room}"
    assert second.start == visit.starts_at
    assert second.start.tzinfo.key == NEW_YORK.key
    assert "Lovelace" not in answer.content.decode()
    assert "Quetzalia" not in answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")


def test_a_feed_is_not_sent_again_until_it_changes(clinic, nurse):
    visit, address = visit_at(clinic, NOW + timedelta(days=1)), address_of(nurse)
    seen = {"If-None-Match": Client().get(address)["ETag"]}
    assert Client().get(address, headers=seen).status_code == 304
    visit.version += 1
    visit.save()
    assert Client().get(address, headers=seen).status_code == 200


def test_a_new_address_ends_the_old_one_and_revoking_ends_both(nurse, clock):
    old = address_of(nurse)
    clock(NOW + timedelta(minutes=1))
    new = address_of(nurse)
    assert [Client().get(one).status_code for one in (old, new)] == [404, 200]
    nurse.post(f"{PAGE}revoke/")
    assert Client().get(new).status_code == 404
    noted = AuditEvent.objects.filter(model="scheduling.CalendarFeed").order_by("pgh_id")
    assert [event.pgh_label for event in noted] == ["insert", "update", "delete"]


@pytest.mark.parametrize("ended", ["membership", "account", "roles"])
def test_a_feed_ends_with_its_owners_access(clinic, nurse, ended):
    address = address_of(nurse)
    assert Client().get(address).status_code == 200
    if ended == "membership":
        type(clinic.nurse).objects.filter(pk=clinic.nurse.pk).update(is_active=False)
    elif ended == "account":
        type(clinic.nurse.user).objects.filter(pk=clinic.nurse.user_id).update(is_active=False)
    else:
        clinic.nurse.assignments.all().delete()
    assert Client().get(address).status_code == 404


def test_an_address_works_no_more_when_access_comes_back(clinic, nurse):
    address, own = address_of(nurse), type(clinic.nurse).objects.filter(pk=clinic.nurse.pk)
    for is_active in (False, True):
        own.update(is_active=is_active)
    assert Client().get(address).status_code == 404


def test_the_address_is_kept_as_a_hash_and_shown_once(nurse):
    address = address_of(nurse)
    key = address.rpartition("/")[2].removesuffix(".ics")
    assert key not in str(CalendarFeed.objects.values().get())
    assert key not in nurse.get(PAGE).content.decode()


def test_an_address_is_read_so_often_and_no_more(nurse):
    address = address_of(nurse)
    cache.clear()
    statuses = [Client().get(address).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]


def test_the_number_of_queries_does_not_grow(clinic, nurse):
    address, counts = address_of(nurse), set()
    Client().get(address)
    for n in range(6):
        visit_at(clinic, NOW + timedelta(days=1, hours=n))
        if n in (0, 5):
            counts.add(queries_of(Client(), address))
    assert len(counts) == 1, counts
