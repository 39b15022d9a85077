"""Answers to an offer: by the link in the e-mail, at the desk, too late."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from clinic.models import Patient
from reminders.models import Message
from scheduling.models import FreedTime, Reservation, SlotOffer, WaitlistEntry
from scheduling.waitlist.accepting import Answer, OfferOver, accept_offer, decline_offer
from scheduling.waitlist.entering import leave_waitlist
from scheduling.waitlist.links import link_to
from scheduling.waitlist.post import deliver_offer
from tests.factories import NOW, make_course, make_patient, make_visit
from tests.waitlist.conftest import (
    HOUR,
    Status,
    Wish,
    freed_by,
    january,
    look,
    next_visit,
    one_dose,
    two_doses,
    wait,
    whole_day,
)
from tests.waitlist.test_matching import unconsented, uncovered

pytestmark = pytest.mark.django_db
CLINICAL = re.compile(r"infusion|dos(e|ing)|small protocol|canary|ketamine|treatment|tester", re.I)
Via = SlotOffer.Via


@pytest.fixture
def offers(clinic, settings):
    """Two who are asked at once, each with a course of their own."""
    monday = whole_day(clinic, 12)
    courses = [two_doses(clinic) for _ in range(2)]
    for course in courses:
        wait(clinic, course)
    freed = freed_by(clinic, monday)
    found = look(freed)
    settings.ALLOWED_HOSTS = ["*"]
    return found


@pytest.fixture
def browser(monkeypatch):
    """Somebody without an account, half an hour after the offer was made."""
    monkeypatch.setattr(timezone, "now", lambda: NOW + HOUR / 2)
    return Client()


def path_of(offer):
    return link_to(offer).removeprefix("http://127.0.0.1:8000")


def second_of(offer):
    return next_visit(offer.entry.course, seq=2)


def test_the_letter_tells_time_link_and_nothing_clinical(clinic, offers):
    [offer] = offers
    deliver_offer(organization_id=offer.organization_id, offer_id=offer.pk, now=NOW)
    deliver_offer(organization_id=offer.organization_id, offer_id=offer.pk, now=NOW)
    [letter] = mail.outbox
    assert letter.subject == "An appointment on Mon 12 Jan, 08:00 has become free"
    html = letter.alternatives[0].content
    for said in (letter.body, html):
        assert "Monday 12 January 2026, 08:00" in said
        assert "Instead of Tuesday 13 January 2026, 08:00." in said
        assert "until Monday 5 January 2026, 13:00 (1:00 pm) (EST, New York time)" in said
        assert link_to(offer) in said
        assert not CLINICAL.search(said.replace(link_to(offer), ""))
    assert not CLINICAL.search(str(letter.message()["Subject"]) + str(letter.message()["From"]))
    offer.refresh_from_db()
    assert (offer.mail, offer.sent_at, len(offer.content_sha256)) == ("SENT", NOW, 64)


def test_a_letter_is_in_the_patients_language(clinic, offers):
    [offer] = offers
    patient = offer.entry.course.patient
    patient.language = "es"
    patient.save()
    deliver_offer(organization_id=offer.organization_id, offer_id=offer.pk, now=NOW)
    assert mail.outbox[0].subject == "Ha quedado libre una cita el 12 de enero, 08:00"
    assert "En lugar de" in mail.outbox[0].body


def test_looking_changes_nothing_and_yes_gives_the_time_once(clinic, offers, browser):
    [offer] = offers
    path, before = path_of(offer), second_of(offer).starts_at
    page = browser.get(path)
    assert page.status_code == 200
    assert not CLINICAL.search(page.content.decode().partition("<body")[2])
    assert second_of(offer).starts_at == before
    assert b"it is yours" in browser.post(path, {"answer": "yes"}).content
    offer.refresh_from_db()
    assert (offer.status, offer.answered_via, offer.answered_by) == ("ACCEPTED", "LINK", None)
    visit = second_of(offer)
    assert (visit.starts_at, visit.version) == (january(12), 1)
    assert offer.entry.end == "SERVED"
    assert offer.freed.status == FreedTime.Status.TAKEN
    assert Message.objects.filter(kind="MOVED", patient=visit.patient).count() == 1
    browser.post(path, {"answer": "no"})
    browser.post(path, {"answer": "yes"})
    assert (second_of(offer).version, SlotOffer.objects.get(pk=offer.pk).status) == (1, "ACCEPTED")


def test_no_passes_the_time_on_and_the_course_waits_on(clinic, offers, browser):
    [offer] = offers
    idle = FreedTime.objects.create(
        organization=clinic.organization, visit=offer.freed.visit, site=clinic.site,
        starts_at=january(15), ends_at=january(16), freed_at=NOW, status="NOBODY",
    )  # fmt: skip
    assert b"Thank you" in browser.post(path_of(offer), {"answer": "no"}).content
    offer.refresh_from_db()
    assert (offer.status, offer.entry.ended_at) == (Status.DECLINED, None)
    idle.refresh_from_db()
    assert idle.status == "NEW"
    [following] = look(offer.freed, NOW + HOUR)
    assert following.entry_id != offer.entry_id
    leave_waitlist(entry=following.entry, by=clinic.desk, now=NOW + HOUR)
    assert look(offer.freed, NOW + HOUR) == []


def test_a_time_that_the_desk_booked_meanwhile_is_gone_and_nothing_is_lost(clinic, offers, browser):
    [offer] = offers
    rival = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(rival, clinic.chair, january(12))
    before = second_of(offer)
    page = browser.post(path_of(offer), {"answer": "yes"})
    assert (page.status_code, b"This time is gone" in page.content) == (409, True)
    offer.refresh_from_db()
    assert (offer.status, offer.entry.ended_at) == (Status.GONE, None)
    after = second_of(offer)
    assert (after.starts_at, after.version) == (before.starts_at, before.version)
    assert Reservation.objects.filter(session=after, patient_during__startswith=before.starts_at)


def test_a_lapsed_offer_and_a_forged_link_book_nothing(clinic, offers, monkeypatch):
    [offer] = offers
    monkeypatch.setattr(timezone, "now", lambda: offer.expires_at)
    assert Client().get(path_of(offer)).status_code == 410
    assert Client().post(path_of(offer), {"answer": "yes"}).status_code == 409
    assert Client().post(path_of(offer)[:-2] + "x/", {"answer": "yes"}).status_code == 404
    assert second_of(offer).version == 0
    said = Answer(Via.DESK, clinic.desk, offer.expires_at)
    for answer in (accept_offer, decline_offer):
        with pytest.raises(OfferOver, match="lapsed"):
            answer(offer=offer, said=said)


def test_a_visit_that_has_moved_since_is_not_moved_again(clinic, offers):
    [offer] = offers
    visit = second_of(offer)
    type(visit).objects.filter(pk=visit.pk).update(version=1)
    done = accept_offer(offer=offer, said=Answer(Via.DESK, clinic.desk, NOW))
    assert (done.status, second_of(offer).starts_at) == (Status.GONE, january(13))


@pytest.mark.parametrize("spoil", [uncovered, unconsented])
def test_what_made_an_offer_legal_is_asked_again(clinic, offers, spoil):
    """The consent or the payer's word ended between the offer and the yes."""
    [offer] = offers
    spoil(offer.entry.course, clinic)
    done = accept_offer(offer=offer, said=Answer(Via.LINK, None, NOW))
    assert (done.status, done.entry.ended_at) == (Status.GONE, None)
    assert second_of(offer).starts_at == january(13)


def test_a_course_is_not_booked_whole_after_its_consent_was_taken_back(clinic):
    one_dose(clinic)
    visits = [whole_day(clinic, day) for day in (7, 8, 9)]
    course = make_course(
        make_patient(clinic.site), clinic.version, clinic.desk, dose_count=1, cleared=True,
        earliest_on=january(6).date(), latest_first_on=january(9).date(),
    )  # fmt: skip
    wait(clinic, course, Wish.ANY_PLACE)
    [offer] = look(freed_by(clinic, visits[1]))
    unconsented(course, clinic)
    done = accept_offer(offer=offer, said=Answer(Via.LINK, None, NOW))
    assert (done.status, course.visits.live().count()) == (Status.GONE, 0)


def test_the_page_promises_only_what_will_be(clinic, offers, browser):
    """No e-mail to who wants none, and no further word to who is off the list."""
    [offer] = offers
    Patient.objects.filter(pk=offer.entry.course.patient_id).update(email_reminders=False)
    said = browser.post(path_of(offer), {"answer": "yes"}).content.decode()
    assert "We have booked it." in said
    assert "e-mail" not in said.partition("<main")[2]
    SlotOffer.objects.filter(pk=offer.pk).update(status=Status.GONE, answered_via="")
    gone = browser.get(path_of(offer)).content.decode()
    assert "stay as they are" in gone
    assert "We let you know" not in gone
    WaitlistEntry.objects.filter(pk=offer.entry_id).update(ended_at=None, ended_by=None, end="")
    assert "We let you know" in browser.get(path_of(offer)).content.decode()
