"""Amounts that somebody types for another clinic, and what the protocol says of the next dose."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from courses.models import Course, Dose
from courses.services import install_protocols
from tests.api.conftest import Caller
from tests.factories import NOW, make_course, make_patient, make_version
from tests.lifecycle.lives import definition_with_rules

pytestmark = pytest.mark.django_db
RULE = {
    "basis": "mg_per_kg", "start": 0.5, "usual": [0.1, 0.75], "hard_max": 1.0,
    "weight_kg": [30, 250],
}  # fmt: skip
SAID = {"on": "2026-01-02", "drug": "racemic ketamine", "route": "IV", "amount_mg": "560"}


@pytest.fixture
def dosed(clinic):
    """A course by a protocol with a dose rule, nothing given yet."""
    mark = {"path": "/dose/hard_max", "authority": "dd", "note": "Nobody stands for it."}
    content = definition_with_rules(drug="racemic ketamine", dose=RULE, sources=[mark])
    version = make_version(clinic.organization, content)
    patient = make_patient(clinic.site, birth_date=date(1980, 1, 1))
    return make_course(patient, version, clinic.desk, status="ACTIVE")


def page(course):
    return reverse("scheduling:course_elsewhere", args=[course.pk])


def test_8_50_an_amount_that_is_nobodys_dose_is_asked_about(clinic, dosed, prescriber):
    refused = prescriber.post(page(dosed), SAID)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "usually 3 to 187.5 mg. Was it 560 mg? Put it right, or confirm it." in html
    assert 'value="560"' in html
    assert not Dose.objects.exists()
    assert prescriber.post(page(dosed), {**SAID, "amount_mg": "56"}).status_code == 302
    assert prescriber.post(page(dosed), {**SAID, "is_amount_confirmed": "on"}).status_code == 302
    assert sorted(Dose.objects.values_list("amount_mg", flat=True)) == [Decimal(56), Decimal(560)]


def test_8_50_the_api_asks_too(clinic, dosed):
    caller = Caller(clinic.prescriber)
    address = f"/courses/{dosed.pk}/doses/elsewhere"
    refused = caller.post(address, SAID)
    assert refused.status_code == 400, refused.json()
    assert refused.json()["type"].endswith("amount-to-confirm")
    assert caller.post(address, {**SAID, "is_amount_confirmed": True}).status_code == 200
    assert Dose.objects.get().amount_mg == 560


def test_8_50_a_dose_of_another_drug_is_asked_about_by_its_own_protocol(clinic, dosed, prescriber):
    said = {**SAID, "drug": "Esketamine", "route": "nasal", "amount_mg": "56.1"}
    assert prescriber.post(page(dosed), said).status_code == 302, "no protocol of that drug yet"
    install_protocols(organization=clinic.organization, now=NOW)
    refused = prescriber.post(page(dosed), said)
    assert "A dose is 56 or 84 mg" in refused.content.decode()
    assert prescriber.post(page(dosed), {**said, "amount_mg": "84"}).status_code == 302


def test_without_an_amount_nothing_is_asked(dosed, prescriber):
    said = {**SAID, "amount_mg": ""}
    assert prescriber.post(page(dosed), said).status_code == 302


def test_the_page_says_what_the_next_dose_is_and_what_nobody_stands_for(dosed, prescriber):
    address = reverse("courses:doses_of_course", args=[dosed.pk])
    html = " ".join(prescriber.get(address).content.decode().split())
    assert "The next dose by the protocol: 0.5 mg/kg to begin with; usually 0.1 to 0.75" in html
    assert html.count("Default without authority") == 1
    Course.objects.filter(pk=dosed.pk).update(status="STOPPED", stop_reason="PATIENT_WISH")
    assert "The next dose" not in prescriber.get(address).content.decode()
