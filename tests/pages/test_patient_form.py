"""Registering and editing a patient."""

from datetime import date, time

import pytest
from django.urls import reverse

from clinic.models import Patient
from clinic.selectors import contacts_as_typed, windows_of
from clinic.services import Contact, Window, register_patient
from reminders.letters import LANGUAGES
from tests.clinic.test_services import fields

pytestmark = pytest.mark.django_db

NEW = "/patients/new/"


def sheet(clinic, **changes):
    """What a browser sends; the names of the week are written with a dash."""
    return {
        "given_name": "Ada",
        "family_name": "Lovelace",
        "birth_date": "1980-02-29",
        "site": str(clinic.site.pk),
        "email": "ada@example.com",
        "phone": "",
        "email_reminders": "on",
        "language": "en",
        "timezone": "",
        "contacts-TOTAL_FORMS": "1",
        "contacts-INITIAL_FORMS": "0",
        "contacts-0-relationship": "ESCORT",
        "contacts-0-name": "",
        **{f"week-{day}-mode": "any" for day in range(7)},
        **changes,
    }


def test_the_languages_on_offer_are_those_of_the_letters(clinic, desk):
    offered = desk.get(NEW).context["form"].fields["language"].choices
    assert [code for code, _ in offered] == list(LANGUAGES)
    assert desk.post(NEW, sheet(clinic, language="fr")).status_code == 422


def test_registering_leads_to_the_patient(clinic, desk):
    answer = desk.post(NEW, sheet(clinic))
    patient = Patient.objects.get()
    assert answer["Location"] == reverse("clinic:patient", args=[patient.pk])
    assert (patient.organization, patient.birth_date) == (clinic.organization, date(1980, 2, 29))
    assert windows_of(patient) == []
    assert contacts_as_typed(patient) == []


def test_or_straight_to_a_course(clinic, desk):
    answer = desk.post(NEW, sheet(clinic, then="course"))
    patient = Patient.objects.get()
    assert answer["Location"] == reverse("scheduling:course_new", args=[patient.pk])


def test_week_and_contacts_are_kept(clinic, desk):
    off = {f"week-{day}-mode": "never" for day in range(1, 7)}
    monday = {
        "week-0-mode": "hours",
        "week-0-starts": "09:00",
        "week-0-ends": "12:00",
        "week-0-liked": "0",
    }
    desk.post(NEW, sheet(clinic, **off, **monday, **{"contacts-0-name": "Jo"}))
    patient = Patient.objects.get()
    assert windows_of(patient) == [Window(0, time(9), time(12), True)]
    assert contacts_as_typed(patient) == [Contact("ESCORT", "Jo")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family_name": ""}, "This field is required."),
        ({"birth_date": "2026-01-06"}, "This date lies in the future."),
        ({"birth_date": "1026-01-06"}, "Check the year."),
        ({"birth_date": "yesterday"}, "Enter a valid date."),
        ({"timezone": "Mars/Olympus"}, "is not an IANA time zone"),
        ({"email": "ada@"}, "Enter a valid email address."),
        ({"contacts-0-phone": "123"}, "Whose number or address is this?"),
        (
            {"week-0-mode": "hours", "week-0-starts": "17:00", "week-0-ends": "09:00"},
            "The end must be later than the start.",
        ),
    ],
)
def test_what_is_wrong_stands_beside_what_was_typed(clinic, desk, changes, said):
    answer = desk.post(NEW, sheet(clinic, given_name="Adelaide", **changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert 'value="Adelaide"' in html
    for value in changes.values():
        if value not in ("", "hours"):
            assert f'value="{value}"' in html
    assert not Patient.objects.exists()


def test_a_site_of_another_organisation_cannot_be_chosen(clinic, other_clinic, desk):
    answer = desk.post(NEW, sheet(clinic, site=str(other_clinic.site.pk)))
    assert answer.status_code == 422
    assert not Patient.objects.exists()


def test_editing_shows_what_is_known_and_keeps_what_changes(clinic, desk):
    windows = [Window(2, time(8), time(12)), Window(2, time(14), time(16))]
    patient = register_patient(
        by=clinic.desk, windows=windows, contacts=[Contact("ESCORT", "Jo")], **fields(clinic.site)
    )
    url = reverse("clinic:patient_edit", args=[patient.pk])
    html = desk.get(url).content.decode()
    assert 'value="14:00"' in html
    assert 'value="Jo"' in html
    answer = desk.post(url, sheet(clinic, family_name="King"))
    assert answer["Location"] == reverse("clinic:patient", args=[patient.pk])
    patient.refresh_from_db()
    assert patient.family_name == "King"
    assert windows_of(patient) == []


def test_a_bad_edit_changes_nothing(clinic, desk):
    patient = register_patient(by=clinic.desk, windows=[], contacts=[], **fields(clinic.site))
    url = reverse("clinic:patient_edit", args=[patient.pk])
    assert desk.post(url, sheet(clinic, family_name="King", birth_date="")).status_code == 422
    patient.refresh_from_db()
    assert patient.family_name == "Tester"
