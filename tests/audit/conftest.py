"""A clinic with an auditor, and a patient to whom something happened."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, Organization, Patient, Role
from tests import factories
from tests.factories import Clinic

SignIn = Callable[[Membership], Client]


@pytest.fixture
def auditor(clinic: Clinic) -> Membership:
    """Somebody who sees the audit of the clinic's site, and takes it out."""
    Organization.objects.filter(pk=clinic.organization.pk).update(mfa_required="NOBODY")
    return factories.make_member(clinic.site, Role.AUDITOR)


@pytest.fixture
def manager(clinic: Clinic) -> Membership:
    """Who sees the audit, but nothing clinical."""
    Organization.objects.filter(pk=clinic.organization.pk).update(mfa_required="NOBODY")
    return factories.make_member(clinic.site, Role.MANAGER)


@dataclass
class Story:
    """A patient whose record the desk changed after the nurse had looked at it."""

    clinic: Clinic
    patient: Patient


def patient_form(patient: Patient, **changes: str) -> dict[str, str]:
    """What the form of a patient's record sends."""
    return {
        "site": str(patient.site_id),
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "birth_date": patient.birth_date.isoformat(),
        "email": patient.email,
        "phone": patient.phone,
        "language": patient.language,
        "email_reminders": "on",
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        **changes,
    }


@pytest.fixture
def story(clinic: Clinic, sign_in: SignIn) -> Story:
    Organization.objects.filter(pk=clinic.organization.pk).update(mfa_required="NOBODY")
    patient = factories.make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
    sign_in(clinic.nurse).get(reverse("clinic:patient", args=[patient.pk]))
    answer = sign_in(clinic.desk).post(
        reverse("clinic:patient_edit", args=[patient.pk]),
        patient_form(patient, phone="+1 212 555 0199", language="es"),
    )
    assert answer.status_code == 302, answer.content
    return Story(clinic, patient)
