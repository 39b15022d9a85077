"""Registering and changing patients' records."""

from datetime import date, time

import pytest

from clinic.errors import DomainError
from clinic.models import Patient
from clinic.selectors import contacts_as_typed, windows_of
from clinic.services import Contact, Window, register_patient, replace_windows, update_patient
from tests.factories import make_patient

pytestmark = pytest.mark.django_db

MORNING = Window(weekday=0, starts=time(8), ends=time(12), preferred=True)
EVENING = Window(weekday=0, starts=time(16), ends=time(18))
ESCORT = Contact(relationship="ESCORT", name="Jo Tester", phone="+1 212 555 0199")


def fields(site, **changes):
    return {
        "site": site,
        "given_name": "Ada",
        "family_name": "Tester",
        "birth_date": date(1980, 2, 29),
        "email": "ada@example.com",
        "phone": "",
        "timezone": "",
        "language": "en",
        "email_reminders": True,
        **changes,
    }


def test_a_patient_is_registered_with_windows_and_contacts(clinic):
    patient = register_patient(
        by=clinic.desk, windows=[EVENING, MORNING], contacts=[ESCORT], **fields(clinic.site)
    )
    assert patient.organization == clinic.organization
    assert windows_of(patient) == [MORNING, EVENING]
    assert contacts_as_typed(patient) == [ESCORT]


def test_a_site_of_another_organisation_is_refused(clinic, other_clinic):
    with pytest.raises(DomainError) as refused:
        register_patient(by=clinic.desk, windows=[], contacts=[], **fields(other_clinic.site))
    assert refused.value.field == "site"
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ([MORNING, Window(0, time(11), time(13))], "Monday: two of these times overlap."),
        ([Window(2, time(12), time(12))], "Wednesday: the end must be later than the start."),
    ],
)
def test_windows_that_make_no_sense_are_refused_whole(clinic, windows, words):
    with pytest.raises(DomainError, match=words) as refused:
        register_patient(by=clinic.desk, windows=windows, contacts=[], **fields(clinic.site))
    assert refused.value.field == "windows"
    assert not Patient.objects.exists()


def test_windows_may_follow_each_other_without_a_gap(clinic):
    windows = [Window(0, time(8), time(12), True), Window(0, time(12), time(18))]
    patient = make_patient(clinic.site)
    replace_windows(patient=patient, windows=windows)
    assert windows_of(patient) == windows


def test_changes_replace_everything_that_was_known(clinic):
    patient = register_patient(
        by=clinic.desk, windows=[MORNING], contacts=[ESCORT], **fields(clinic.site)
    )
    update_patient(
        patient=patient,
        by=clinic.desk,
        windows=[EVENING],
        contacts=[],
        **fields(clinic.site, family_name="Changed", language="es"),
    )
    fresh = Patient.objects.get()
    assert (fresh.family_name, fresh.language) == ("Changed", "es")
    assert windows_of(fresh) == [EVENING]
    assert contacts_as_typed(fresh) == []


def test_a_refused_change_leaves_the_record_alone(clinic):
    patient = register_patient(
        by=clinic.desk, windows=[MORNING], contacts=[], **fields(clinic.site)
    )
    with pytest.raises(DomainError):
        update_patient(
            patient=patient,
            by=clinic.desk,
            windows=[MORNING, MORNING],
            contacts=[],
            **fields(clinic.site, family_name="Changed"),
        )
    fresh = Patient.objects.get()
    assert fresh.family_name == "Tester"
    assert windows_of(fresh) == [MORNING]
