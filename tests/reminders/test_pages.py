"""The fragments about a patient and a visit, and the development mailbox."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Patient
from reminders.models import Message
from reminders.services import deliver
from tests.factories import NOW
from tests.reminders.conftest import START
from tests.reminders.post import cancel, move

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def at_the_desk(desk, sign_in) -> Client:
    return sign_in(desk.desk)


def page(client: Client, name: str, *args) -> str:
    """The words of a page, without the spaces between them."""
    response = client.get(reverse(f"reminders:{name}", args=args))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_patients_messages_are_listed_with_what_becomes_of_them(at_the_desk, booked, patient):
    booked(2)
    text = page(at_the_desk, "of_patient", patient.pk)
    assert "To be sent" in text
    assert "Confirmation on booking" in text
    assert "about 2 visits" in text
    assert text.count("Reminder 3 days before") == text.count("Reminder 1 day before") == 2
    assert "about the visit of Tue 13 Jan 2026, 10:15" in text
    assert "Sat 10 Jan 2026, 10:15 EST" in text
    assert text.index("Reminder 3 days") < text.index("Reminder 1 day")


def test_a_visits_messages_are_its_own(at_the_desk, booked):
    visit, other = booked(2)
    move(visit, START + 10 * DAY, now=NOW)
    cancel(other, now=NOW)
    text = page(at_the_desk, "of_visit", visit.pk)
    assert "Notice of a new time" in text
    assert "2 withdrawn, because the visit was changed first" in text
    assert text.count("Withdrawn") == 2
    assert "Notice of a cancelled visit" not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "SENT", "sent_at": NOW}, "Sent <time"),
        ({"status": "FAILED", "failure": "550"}, "refused it (code 550). Please call"),
        ({"status": "FAILED", "failure": "too_late"}, "had come before it could be sent. Please"),
        ({"status": "FAILED", "failure": "gave_up"}, "in several tries. Please call"),
        ({"status": "FAILED", "failure": "unwritable"}, "not an address"),
        ({"failure": "unreachable"}, "Next try <time"),
        ({"failure": "451"}, "refused it (code 451). </div>"),
        ({"status": "SUPPRESSED"}, "the patient wanted no e-mails"),
    ],
)
def test_each_state_is_told_in_words(at_the_desk, confirmation, patient, change, said):
    Message.objects.filter(pk=confirmation.pk).update(**change)
    assert said in page(at_the_desk, "of_patient", patient.pk)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": ""}, "No e-mail address is known"),
        ({"email_reminders": False}, "wants no e-mails"),
    ],
)
def test_who_cannot_be_written_to_is_marked(at_the_desk, patient, change, said):
    Patient.objects.filter(pk=patient.pk).update(**change)
    text = page(at_the_desk, "of_patient", patient.pk)
    assert said in text
    assert "No e-mails yet" in text


def test_the_number_of_queries_does_not_grow(
    at_the_desk, booked, patient, django_assert_max_num_queries
):
    booked(14)
    with django_assert_max_num_queries(18):
        page(at_the_desk, "of_patient", patient.pk)


@pytest.mark.parametrize("name", ["of_patient", "of_visit"])
def test_only_colleagues_see_them(booked, patient, other_clinic, sign_in, client, name):
    (visit,) = booked()
    address = reverse(f"reminders:{name}", args=[patient.pk if "patient" in name else visit.pk])
    assert client.get(address).status_code == 302
    assert sign_in(other_clinic.desk).get(address).status_code == 404
    assert sign_in(other_clinic.desk).post(address).status_code == 405


@pytest.fixture
def mailbox(catcher, settings) -> None:
    """The development mailbox, which the mail server fills."""
    settings.MAILBOX_DIR = str(catcher.folder)


def test_without_a_mailbox_the_page_is_not_there(client, settings):
    settings.MAILBOX_DIR = ""
    assert client.get(reverse("reminders:mailbox")).status_code == 404
    assert client.get(reverse("reminders:mailbox_message", args=["any"])).status_code == 404


def test_an_empty_mailbox_says_so(client, settings, tmp_path):
    settings.MAILBOX_DIR = str(tmp_path / "not-there-yet")
    assert "Nothing has arrived" in page(client, "mailbox")


def send(kind: str) -> None:
    """A worker sends the one message of this kind."""
    message = Message.objects.get(kind=kind)
    deliver(organization_id=message.organization_id, message_id=message.pk, now=NOW)


def test_caught_mail_is_listed_newest_first_and_taken_apart(client, booked, catcher, mailbox):
    (visit,) = booked()
    send("BOOKED")
    cancel(visit, now=NOW)
    send("CANCELLED")
    listed = client.get(reverse("reminders:mailbox"))
    lines = listed.context["lines"]
    assert [line.subject for line in lines] == [
        "Your appointment on Tue 13 Jan, 10:15 is cancelled",
        "Your appointment on Tue 13 Jan, 10:15",
    ]
    first = page(client, "mailbox_message", lines[1].key)
    assert "Tue 13 Jan 2026, 10:15 to 12:15 America/New_York" in first
    assert "PUBLISH" in first
    assert 'sandbox=""' in first
    assert "&lt;!doctype html&gt;" in first
    assert "SEQUENCE 0" in first
    gone = page(client, "mailbox_message", lines[0].key)
    assert "CANCEL" in gone
    assert "SEQUENCE 1" in gone


@pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fsecret"])
def test_no_other_file_can_be_read(client, mailbox, key):
    assert client.get(f"/mailbox/{key}/").status_code == 404
