"""What must stay in the page: keys out of the log, names out of cookies and caches."""

import io
import logging

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse

from clinic.logs import configure
from tests.factories import make_patient
from tests.pages.conftest import booked

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/key/1-canary-key/"


@pytest.fixture
def log(caplog):
    """Everything that the product logs, as its own formatter writes it."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure("INFO")
    [handler] = [one for one in root.handlers if one.formatter and one not in before[0]]
    written = io.StringIO()
    handler.setStream(written)
    yield written
    root.handlers[:], root.level = before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", [RESET, RESET.rstrip("/"), RESET + "more/canary", "/canary/"])
def test_no_key_comes_into_the_log(log, method, address):
    browser = Client(enforce_csrf_checks=True)
    getattr(browser, method)(address)
    assert '"event": "request"' in log.getvalue()
    own = [line for line in log.getvalue().splitlines() if '"event": "request"' in line]
    assert "canary" not in "".join(own)
    assert address == "/canary/" or "canary" not in log.getvalue()


def test_the_log_names_pattern_and_ids(clinic, desk, log):
    patient = make_patient(clinic.site)
    desk.get(reverse("clinic:patient", args=[patient.pk]))
    assert '"route": "patients/<uuid:patient_id>/"' in log.getvalue()
    assert f'"patient_id": "{patient.pk}"' in log.getvalue()


def register(clinic, desk):
    """Register a patient; the answer, after which a page says whose chart is new."""
    form = {
        "given_name": "Canary",
        "family_name": "Lovelace",
        "birth_date": "1980-02-29",
        "site": str(clinic.site.pk),
        "language": "en",
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        **{f"week-{day}-mode": "any" for day in range(7)},
    }
    answer = desk.post("/patients/new/", form)
    assert answer.status_code == 302
    return answer


def held_in_sessions():
    """What whoever reads the sessions' table makes of it."""
    return [session.get_decoded() for session in SessionStore.get_model_class().objects.all()]


def test_no_session_holds_a_name(clinic, desk):
    answer = register(clinic, desk)
    [held] = held_in_sessions()
    assert held["_messages"]
    assert "Canary" not in str(held)
    assert "Lovelace" not in str(held)
    page = desk.get(answer["Location"]).content.decode()
    assert "Canary Lovelace is registered." in page
    assert "_messages" not in held_in_sessions()[0]


def test_what_no_key_opens_any_more_is_not_said(clinic, desk, settings):
    answer = register(clinic, desk)
    settings.MFA_KEYS = ["another key of more than thirty-two characters"]
    page = desk.get(answer["Location"])
    assert page.status_code == 200
    assert "is registered." not in page.content.decode()


def test_no_cookie_holds_a_name(clinic, desk):
    answer = register(clinic, desk)
    assert set(desk.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert "Canary" in desk.get(answer["Location"]).content.decode()


def test_no_browser_keeps_a_page(clinic, desk):
    course = booked(clinic)
    addresses = [
        "/",
        "/patients/",
        reverse("clinic:patient", args=[course.patient_id]),
        reverse("courses:of_patient", args=[course.patient_id]),
        "/nowhere/",
    ]
    for address in addresses:
        assert "no-store" in desk.get(address)["Cache-Control"], address


def test_browsers_keep_static_files():
    answer = Client().get("/static/clinic/app.js")
    assert answer.status_code == 200
    answer.close()
    assert "no-store" not in answer["Cache-Control"]
