"""Who may open which page, and how: the same four questions for every address."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Proposal
from tests.factories import NOW, make_course, make_patient, make_visit

pytestmark = pytest.mark.django_db

# name → what its address names; "" for pages about nothing in particular.
PAGES = {
    "scheduling:today": "",
    "scheduling:board": "",
    "clinic:patients": "",
    "clinic:patient_new": "",
    "clinic:patient": "patient",
    "clinic:patient_edit": "patient",
    "courses:of_patient": "patient",
    "scheduling:course_new": "patient",
    "courses:course": "course",
    "scheduling:timeline": "course",
    "scheduling:proposal": "proposal",
    "scheduling:proposal_progress": "proposal",
    "scheduling:visit": "visit",
    "scheduling:visit_slots": "visit",
}
ACTIONS = {
    "clinic:patient_search": "",
    "clinic:patient_new": "",
    "clinic:patient_edit": "patient",
    "scheduling:course_new": "patient",
    "scheduling:course_plan": "course",
    "scheduling:proposal_accept": "proposal",
    "scheduling:visit_check": "visit",
    "scheduling:visit_move": "visit",
    "scheduling:visit_cancel": "visit",
    "scheduling:visit_miss": "visit",
    "treatment_sessions:step": "visit",
}


@pytest.fixture
def address(clinic):
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    rows = {
        "patient": course.patient,
        "course": course,
        "proposal": Proposal.objects.create(
            organization=clinic.organization,
            course=course,
            requested_by=clinic.desk,
            requested_at=NOW,
        ),
        "visit": make_visit(course, clinic.chair, NOW + timedelta(days=1)),
    }
    return lambda name, of: reverse(name, args=[rows[of].pk] if of else [])


@pytest.mark.parametrize(("name", "of"), PAGES.items())
def test_pages(address, desk, stranger, name, of):
    url = address(name, of)
    anonymous = Client().get(url)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/accounts/login/?next=")
    assert stranger.get(url).status_code == (404 if of else 200)
    assert desk.get(url).status_code == 200
    assert desk.put(url).status_code == 405


@pytest.mark.parametrize(("name", "of"), ACTIONS.items())
def test_actions(address, desk, stranger, name, of):
    url = address(name, of)
    assert Client().post(url)["Location"].startswith("/accounts/login/?next=")
    if of:
        assert stranger.post(url, {"reason": "x", "to": "ARRIVED"}).status_code == 404
    assert desk.delete(url).status_code == 405


@pytest.mark.parametrize(("name", "of"), ACTIONS.items())
def test_actions_ask_for_the_forms_token(address, clinic, name, of):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(clinic.desk.user)
    assert browser.post(address(name, of)).status_code == 403


def test_an_account_without_a_membership_is_told_so(django_user_model, db):
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("nobody@example.com"))
    answer = browser.get("/patients/")
    assert answer.status_code == 403
    assert "does not work for any organisation" in answer.content.decode()
