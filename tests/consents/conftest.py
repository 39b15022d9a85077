"""A clinic with its texts, and a patient who can sign them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clinic.consents.selectors import text_in_use
from clinic.consents.services import Scope, Signature, install_texts, record_consent
from clinic.models import ConsentRecord, ConsentText, Membership, Patient, PatientContact
from tests.factories import NOW, Clinic, make_patient
from tests.pages.conftest import clock, desk, stranger

__all__ = ["clock", "desk", "stranger"]

IV = Scope("racemic ketamine", "IV")
SPRAY = Scope("esketamine", "nasal")


@pytest.fixture(autouse=True)
def texts(clinic: Clinic) -> None:
    """The clinic begins with the shipped texts."""
    install_texts(organization=clinic.organization, now=NOW)


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    """Ada Lovelace, whom Byron takes home."""
    found = make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
    PatientContact.objects.create(
        organization=clinic.organization, patient=found, relationship="ESCORT", name="Byron King"
    )
    return found


def text_of(clinic: Clinic, kind: str = "TREATMENT", language: str = "en") -> ConsentText:
    """The text in use."""
    found = text_in_use(clinic.organization.pk, kind, language)
    assert found
    return found


Sign = Callable[..., ConsentRecord]


@pytest.fixture
def sign(clinic: Clinic, patient: Patient) -> Sign:
    """Record that the patient signed the text of a kind."""

    def record(
        kind: str = "TREATMENT",
        scope: Scope = IV,
        *,
        at: datetime = NOW,
        by: Membership = clinic.desk,
        who: Patient = patient,
        **rest: Any,
    ) -> ConsentRecord:
        return record_consent(
            patient=who,
            text=text_of(clinic, kind),
            signature=Signature(at, **({"how": "PAPER"} | rest.pop("signature", {}))),
            scope=scope if kind == "TREATMENT" else rest.pop("to", Scope()),
            by=by,
            now=rest.pop("now", at),
            **rest,
        )

    return record
