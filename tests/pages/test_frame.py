"""What every page keeps to: nothing inline, no name in an address, one frame."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from tests.pages.conftest import booked, proposed

pytestmark = pytest.mark.django_db

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE)
INLINE_STYLE = re.compile(r"<style|\sstyle=", re.IGNORECASE)
INLINE_HANDLER = re.compile(r"<[^>]+\s(on[a-z]+|hx-on[^=]*)=", re.IGNORECASE)


@pytest.fixture
def pages(clinic, desk):
    """The HTML of every page, by address."""
    clinic.desk.user.set_password("correct horse battery")
    clinic.desk.user.save()
    desk.force_login(clinic.desk.user)
    course = booked(clinic, given_name="Ada", family_name="Lovelace")
    visit = course.visits.order_by("starts_at").first()
    addresses = [
        reverse("scheduling:today"),
        reverse("scheduling:today") + f"?day={visit.local_date}",
        reverse("clinic:patients"),
        reverse("clinic:patient_new"),
        reverse("clinic:patient", args=[course.patient_id]),
        reverse("clinic:patient_edit", args=[course.patient_id]),
        reverse("courses:of_patient", args=[course.patient_id]),
        reverse("courses:course", args=[course.pk]),
        reverse("scheduling:timeline", args=[course.pk]),
        reverse("scheduling:course_new", args=[course.patient_id]),
        reverse("scheduling:proposal", args=[proposed(clinic).pk]),
        reverse("scheduling:proposal", args=[proposed(clinic, found=False).pk]),
        reverse("scheduling:visit", args=[visit.pk]),
        reverse("scheduling:visit_slots", args=[visit.pk]),
        "/accounts/password/change/",
        "/nowhere/",
    ]
    entrances = ["/accounts/login/", "/accounts/password/reset/"]
    found = {url: desk.get(url).content.decode() for url in addresses}
    return found | {url: Client().get(url).content.decode() for url in entrances}


def test_nothing_is_inline(pages):
    for url, html in pages.items():
        assert len(html) > 100, url
        assert not INLINE_SCRIPT.search(html), url
        assert not INLINE_STYLE.search(html), url
        assert not INLINE_HANDLER.search(html), url


@pytest.mark.parametrize("html", ["<script>1</script>", '<p style="a">', '<a onclick="x">'])
def test_inline_code_would_be_seen(html):
    patterns = (INLINE_SCRIPT, INLINE_STYLE, INLINE_HANDLER)
    assert any(pattern.search(html) for pattern in patterns)


def test_no_address_names_a_patient(pages):
    for html in pages.values():
        links = re.findall(r'(?:href|action|hx-get|hx-post)="([^"]*)"', html)
        mail = [link for link in links if link.startswith("mailto:")]
        assert not [link for link in set(links) - set(mail) if "lovelace" in link.lower()]


def test_a_demo_organisation_says_so_on_every_page(clinic, desk):
    assert "nobody here is real" not in desk.get("/patients/").content.decode()
    clinic.organization.is_demo = True
    clinic.organization.save()
    assert "nobody here is real" in desk.get("/patients/").content.decode()


def test_the_mailbox_is_linked_only_where_it_runs(desk, settings, tmp_path):
    assert "/mailbox/" not in desk.get("/patients/").content.decode()
    settings.MAILBOX_DIR = str(tmp_path)
    assert "/mailbox/" in desk.get("/patients/").content.decode()


def test_a_page_that_does_not_exist(desk):
    answer = desk.get("/nowhere/")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


def test_a_fault_of_ours_is_told_without_any_context(db):
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_a_form_without_its_token_is_told(clinic):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(clinic.desk.user)
    answer = browser.post("/patients/new/")
    assert answer.status_code == 403
    assert "This form was open too long" in answer.content.decode()
