"""Payers, authorisations and doses for tests."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import uuid4

from clinic.models import Patient
from courses.authorizations.services import Terms, keep_payer, record_authorization
from courses.models import Authorization, Course, Dose, Payer
from tests.factories import NOW, Clinic, make_course, make_patient, make_version, small_definition

ESKETAMINE = {"basis": "mg", "allowed": [56, 84], "first": [56], "device_mg": 28}


def esketamine_course(
    clinic: Clinic, patient: Patient | None = None, *, doses: int = 8, **fields: Any
) -> Course:
    """An active course of eight doses of esketamine: 56 mg at first, then 56 or 84."""
    definition = small_definition(
        doses=doses, drug="esketamine", route="nasal", dose=ESKETAMINE, code="SPRAY"
    )
    version = make_version(clinic.organization, definition)
    fields.setdefault("status", Course.Status.ACTIVE)
    fields.setdefault("dose_count", doses)
    return make_course(patient or make_patient(clinic.site), version, clinic.desk, **fields)


def make_payer(clinic: Clinic, name: str = "Elm Health") -> Payer:
    known = Payer.objects.filter(organization=clinic.organization, name=name).first()
    return known or keep_payer(name=name, profile="", is_active=True, by=clinic.desk)


def granted(clinic: Clinic, patient: Patient, **said: Any) -> Authorization:
    """An authorisation of the patient: from 1 January to 31 March where nothing else is said."""
    terms: dict[str, Any] = {
        "payer": make_payer(clinic),
        "reference": "PA-1",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 3, 31),
    }
    return record_authorization(
        patient=patient, terms=Terms(**{**terms, **said}), by=clinic.desk, now=NOW
    )


def given(clinic: Clinic, course: Course, seq: int, on: date, mg: str | None = "84") -> Dose:
    """A dose that was given here."""
    at = datetime.combine(on, time(15), NOW.tzinfo)
    return Dose.objects.create(
        organization=clinic.organization,
        patient=course.patient,
        course=course,
        source=Dose.Source.HERE,
        on=on,
        given_at=at,
        seq=seq,
        visit_id=uuid4(),
        drug="esketamine",
        route="nasal",
        amount_mg=Decimal(mg) if mg else None,
        recorded_at=max(at, NOW),
        recorded_by=clinic.nurse,
    )
