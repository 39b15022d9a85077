"""Without consent to treatment no dose stays booked; everything else does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from clinic.api.tokens import issue_token
from clinic.consents.services import ConsentNotStanding, Scope
from clinic.invariants import breaches
from courses.models import CourseEvent
from reminders.invariants import INVARIANTS as OF_REMINDERS
from reminders.letters import write_letter
from reminders.models import Message
from reminders.selectors import addressee_of, standing_appointments
from scheduling.invariants import INVARIANTS
from scheduling.models import Reservation
from scheduling.selectors.consents import doses_at_stake
from scheduling.services import end_consent
from scheduling.services.consenting import REASON
from sessions.models import Session
from tests.consents.conftest import IV, SPRAY
from tests.factories import NOW, make_version, small_definition
from tests.pages.conftest import booked

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def course(clinic):
    """Three booked infusions with their talks; the protocol gives what is consented to."""
    definition = small_definition(doses=3, drug="racemic ketamine", route="IV")
    clinic.version = make_version(clinic.organization, definition)
    return booked(clinic)


@pytest.fixture
def consent(course, sign):
    """Consent to what the course gives."""
    return sign(who=course.patient)


def end(clinic, record, reason=""):
    return end_consent(record=record, by=clinic.desk, now=LATER, reason=reason)


def statuses(course, kind):
    return list(course.visits.filter(kind=kind).order_by("seq").values_list("status", flat=True))


def test_doses_and_their_talks_go_and_the_preparation_stays(clinic, course, consent):
    ended = end(clinic, consent, "Private words")
    assert statuses(course, "dosing") == ["CANCELLED"] * 3
    assert statuses(course, "integration") == ["CANCELLED"] * 3
    assert statuses(course, "prep") == ["PLANNED"]
    assert len(ended.visits) == 6
    assert Reservation.objects.filter(session__course=course).count() == 1
    reasons = course.visits.filter(status="CANCELLED").values_list("cancel_reason", flat=True)
    events = CourseEvent.objects.filter(kind="VISIT_CANCELLED").values_list("reason", flat=True)
    assert set(reasons) == set(events) == {REASON}


def reminded():
    """The kinds of visits of which a reminder is still to go out."""
    coming = Message.objects.filter(kind="BEFORE", status="PENDING")
    return set(coming.values_list("reminders__session__kind", flat=True))


def test_it_is_told_in_one_letter_that_names_no_reason(clinic, course, consent):
    assert "dosing" in reminded()
    end(clinic, consent, "Private words")
    message = Message.objects.get(kind="CANCELLED")
    appointments = standing_appointments(message)
    assert len(appointments) == 6
    letter = write_letter("CANCELLED", addressee_of(message), appointments, written_at=LATER)
    for words in ("Private words", "onsent", "ithdr"):
        assert words not in letter.subject + letter.text + letter.html + letter.calendar
    assert reminded() <= {"prep"}


def test_every_promise_about_the_book_holds_afterwards(clinic, course, consent):
    end(clinic, consent)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(breaches([*INVARIANTS, *OF_REMINDERS])) == []


def test_what_is_done_or_has_begun_is_not_touched(clinic, course, consent):
    done, here, _ = course.visits.filter(kind="dosing").order_by("seq")
    Session.objects.filter(pk=done.pk).update(status="DONE", begun_at=NOW)
    Session.objects.filter(pk=here.pk).update(status="ARRIVED")
    end(clinic, consent)
    assert statuses(course, "dosing") == ["DONE", "ARRIVED", "CANCELLED"]
    assert statuses(course, "integration") == ["PLANNED", "PLANNED", "CANCELLED"]


@pytest.mark.parametrize("other", [Scope(), Scope("racemic ketamine")])
def test_doses_that_another_consent_covers_stay(clinic, course, consent, sign, other):
    wide = sign(scope=other, who=course.patient)
    stake = doses_at_stake(consent, now=LATER)
    assert (len(stake.goes), len(stake.stays)) == (0, 3)
    assert end(clinic, consent).visits == []
    assert statuses(course, "dosing") == ["PLANNED"] * 3
    assert not Message.objects.filter(kind="CANCELLED").exists()
    assert len(end(clinic, wide).visits) == 6


def test_a_second_consent_to_the_very_same_goes_with_the_first(clinic, course, consent, sign):
    sign(who=course.patient, at=LATER)
    assert len(doses_at_stake(consent, now=LATER).goes) == 3
    assert len(end(clinic, consent).visits) == 6


@pytest.mark.parametrize(
    "other", [SPRAY, Scope("racemic ketamine", "IM"), ("ESCORT_CONTACT",), ("EMAIL_DETAIL",)]
)
def test_other_consents_hold_no_dose_of_the_course(clinic, course, sign, other):
    kind, scope = (other[0], IV) if isinstance(other, tuple) else ("TREATMENT", other)
    record = sign(kind, scope, who=course.patient)
    assert end(clinic, record).visits == []
    assert statuses(course, "dosing") == ["PLANNED"] * 3


def test_doses_of_other_patients_stay(clinic, course, consent):
    other = booked(clinic)
    end(clinic, consent)
    assert statuses(other, "dosing") == ["PLANNED"] * 3


def test_a_consent_ends_once_and_then_nothing_changes(clinic, course, consent):
    end(clinic, consent)
    before = Message.objects.count()
    with pytest.raises(ConsentNotStanding):
        end(clinic, consent)
    assert Message.objects.count() == before


def test_letters_say_only_when_and_where_whatever_was_agreed_to(course, sign):
    """Nothing uses consent to detail yet: it can make no letter say more."""
    message = Message.objects.get(kind="BOOKED")

    def said():
        appointments = standing_appointments(message)
        return write_letter("BOOKED", addressee_of(message), appointments, written_at=NOW).sha256

    before = said()
    sign("EMAIL_DETAIL", who=course.patient)
    assert said() == before


def test_a_token_that_may_not_cancel_withdraws_nothing_that_calls_visits_off(
    clinic, course, consent, sign
):
    spray = sign(who=course.patient, scope=SPRAY)
    _, text = issue_token(member=clinic.desk, name="Consents", scopes=["RECORD_CONSENT"])
    caller = Client(headers={"Authorization": f"Bearer {text}"})

    def withdraw(record):
        path = f"/api/v1/consents/{record.pk}/withdraw"
        return caller.post(path, {}, content_type="application/json")

    refused = withdraw(consent)
    assert (refused.status_code, refused.json()["right"]) == (403, "BOOK")
    assert statuses(course, "dosing") == ["PLANNED"] * 3
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    assert withdraw(spray).status_code == 200
