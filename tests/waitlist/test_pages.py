"""The waitlist's pages and API: who sees what, how many queries, what acts do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import Patient, Role
from scheduling.models import FreedTime, SlotOffer, WaitlistEntry
from scheduling.waitlist.matching import look_at
from tests.api.conftest import Caller
from tests.factories import NOW, make_course, make_patient, make_room, make_visit
from tests.waitlist.conftest import HOUR, freed_by, january, look, two_doses, wait, whole_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(clinic, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monday = whole_day(clinic, 12)
    wait(clinic, two_doses(clinic))
    return look(freed_by(clinic, monday))[0]


def test_the_list_shows_who_waits_what_is_free_and_what_it_gains(clinic, offer, sign_in):
    browser = sign_in(clinic.desk)
    page = browser.get(reverse("scheduling:waitlist")).content.decode()
    for said in (
        offer.entry.course.patient.sort_name,
        "An earlier time for a visit",
        "1 day earlier; doses nearer to their target spacing; but integration later",
        "110 points",
        "E-mail on its way. Stands until",
    ):
        assert said in page, said
    Patient.objects.filter(pk=offer.entry.course.patient_id).update(is_restricted=True)
    page = browser.get(reverse("scheduling:waitlist")).content.decode()
    assert offer.entry.course.patient.sort_name not in page
    assert page.count("Restricted chart") == 2


def test_the_list_takes_as_many_queries_for_twenty_as_for_one(clinic, offer, sign_in):
    browser, address = sign_in(clinic.desk), reverse("scheduling:waitlist")

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert browser.get(address).status_code == 200
        return len(found)

    queries()
    few = queries()
    for number in range(19):
        course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
        visit = make_visit(
            course, make_room(clinic.site, "infusion"), january(13) + number * HOUR / 4
        )
        entry = wait(clinic, course)
        freed = FreedTime.objects.create(
            organization=clinic.organization, visit=visit, site=clinic.site,
            starts_at=visit.starts_at, ends_at=visit.ends_at, freed_at=NOW, status="OFFERED",
            candidates=offer.freed.candidates,
        )  # fmt: skip
        SlotOffer.objects.create(
            organization=clinic.organization, freed=freed, entry=entry, how="MOVE", visit=visit,
            starts_at=visit.starts_at, ends_at=visit.ends_at, benefit=1, made_at=NOW,
            expires_at=NOW + HOUR, next_attempt_at=NOW,
        )  # fmt: skip
    assert queries() == few


def test_the_desk_answers_for_the_patient_and_keeps_the_list(clinic, offer, sign_in):
    browser, course = sign_in(clinic.desk), offer.entry.course
    piece = reverse("scheduling:waitlist_of_course", args=[course.pk])
    assert b"Accepts" in browser.get(piece).content
    accept = reverse("scheduling:offer_accept", args=[offer.pk])
    assert sign_in(clinic.person(Role.AUDITOR)).post(accept).status_code == 403
    assert browser.post(accept, {"from": "course"}).url == reverse(
        "courses:course", args=[course.pk]
    )
    offer.refresh_from_db()
    assert (offer.status, offer.answered_by, offer.entry.end) == ("ACCEPTED", clinic.desk, "SERVED")
    enter = reverse("scheduling:waitlist_enter", args=[course.pk])
    assert browser.post(enter, {"wish": "NOTHING", "priority": 2}).status_code == 422
    browser.post(enter, {"wish": "SOONER_VISIT", "priority": 1})
    entry = WaitlistEntry.objects.waiting().get()
    assert (entry.course, entry.priority, entry.entered_by) == (course, 1, clinic.desk)
    assert browser.post(enter, {"wish": "SOONER_VISIT", "priority": 1}).status_code == 409
    browser.post(reverse("scheduling:waitlist_leave", args=[entry.pk]))
    entry.refresh_from_db()
    assert (entry.end, entry.ended_by) == ("REMOVED", clinic.desk)


def test_the_api_reads_and_keeps_the_list(clinic, offer):
    desk, course = Caller(clinic.desk), offer.entry.course
    site = {"site": str(clinic.site.pk)}
    [entry] = desk.get("/waitlist", **site).json()["entries"]
    assert (entry["course"], entry["offer"]["benefit"]) == (str(course.pk), 110)
    [time] = desk.get("/freed-times", **site).json()["times"]
    assert time["asked"][0]["offer"]["id"] == str(offer.pk)
    again = f"/courses/{course.pk}/waitlist"
    assert desk.post(again, {"wish": "ANY_PLACE"}).json()["type"].endswith("not-to-wait")
    assert desk.post(f"/offers/{offer.pk}/decline", key="a").json()["status"] == "DECLINED"
    over = desk.post(f"/offers/{offer.pk}/accept")
    assert (over.status_code, over.json()["type"][-10:]) == (409, "offer-over")
    assert desk.delete(f"/waitlist/{entry['id']}").status_code == 204
    body = {"wish": "SOONER_VISIT", "priority": 3}
    assert desk.post(again, body).json()["priority"] == 3
    assert len(desk.get("/waitlist", **site).json()["entries"]) == 1


def test_the_api_tells_of_a_time_that_is_gone_and_keeps_that(clinic, offer):
    rival = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(rival, clinic.chair, january(12))
    gone = Caller(clinic.desk).post(f"/offers/{offer.pk}/accept", key="b")
    assert (gone.status_code, gone.json()["type"][-9:]) == (409, "time-gone")
    offer.refresh_from_db()
    assert offer.status == "GONE"
    look_at(organization_id=offer.organization_id, freed_id=offer.freed_id, now=NOW)
    assert FreedTime.objects.get(pk=offer.freed_id).status == "NOBODY"
