"""Booking an evaluation on its page and over the API."""

from datetime import timedelta

import pytest
from django.urls import reverse

from sessions.models import Session
from tests.api.conftest import Caller
from tests.factories import NOW, make_patient
from tests.pages.conftest import HTMX, clock, desk

__all__ = ["clock", "desk"]

pytestmark = pytest.mark.django_db

FREE, AT_NIGHT = NOW + timedelta(hours=3), NOW + timedelta(hours=12)


@pytest.fixture
def patient(clinic):
    return make_patient(clinic.site)


def test_the_page_leads_from_the_patient_to_the_visit(clinic, desk, patient):
    url = reverse("scheduling:evaluation_new", args=[patient.pk])
    assert (
        f'href="{url}"' in desk.get(reverse("clinic:patient", args=[patient.pk])).content.decode()
    )
    html = desk.get(url).content.decode()
    assert FREE.isoformat() in html
    assert "best-mark" in html
    assert "Default without authority" in html
    site = {"site": str(clinic.site.pk), "protocol_version": str(clinic.version.pk)}
    typed = {**site, "on": "2026-01-05", "at": "21:00"}
    check = reverse("scheduling:evaluation_check", args=[patient.pk])
    assert "opening hours" in desk.post(check, typed, headers=HTMX).content.decode()
    refused = desk.post(url, typed)
    assert refused.status_code == 422
    assert "opening hours" in refused.content.decode()
    answer = desk.post(url, {**site, "slot": FREE.isoformat()})
    visit = Session.objects.get(patient=patient)
    assert answer["Location"] == reverse("scheduling:visit", args=[visit.pk])
    shown = desk.get(answer["Location"]).content.decode()
    assert "Evaluation" in shown
    assert "Preparation 0" not in shown
    assert "Evaluation" in desk.get("/", {"day": "2026-01-05"}).content.decode()


def test_the_api_lists_explains_and_books(clinic, patient):
    caller = Caller(clinic.desk)
    base = f"/patients/{patient.pk}/evaluations"
    asked = {"protocol_version": str(clinic.version.pk)}
    days = caller.get(f"{base}/slots", **asked).json()["days"]
    assert sum(slot["is_best"] for day in days for slot in day["slots"]) == 1
    night = caller.get(f"{base}/fit", **asked, starts_at=AT_NIGHT.isoformat()).json()
    assert not night["fits"]
    assert "opening hours" in night["reasons"][0]
    refused = caller.post(base, {**asked, "starts_at": AT_NIGHT.isoformat()})
    assert refused.status_code == 400
    made = caller.post(base, {**asked, "starts_at": FREE.isoformat()})
    assert made.status_code == 201, made.content
    assert (made.json()["label"], made.json()["seq"]) == ("Evaluation", 0)
