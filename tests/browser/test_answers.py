"""Answering a questionnaire in a browser: by keyboard, saved on the spot, care at once."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.models import Role
from courses.assessments.services import start_assessment
from courses.models import Assessment, SafetyAlert
from tests.assessments.making import course_asking
from tests.factories import Clinic, make_clinic, make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"


@pytest.fixture
def practice(live_server) -> Clinic:
    """A clinic with a nurse who can sign in."""
    clinic = make_clinic()
    make_member(clinic.site, Role.NURSE, email="nurse@example.com", password=PASSWORD)
    return clinic


@pytest.fixture
def tab(page: Page, practice: Clinic, live_server) -> Page:
    """A tab in which the nurse has just signed in."""
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("#id_login").fill("nurse@example.com")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".topbar")).to_be_visible()
    return page


@pytest.fixture
def begin(practice: Clinic, live_server) -> Callable[[str], tuple[Assessment, str]]:
    """A draft of an instrument, and where it is answered."""
    course = course_asking(practice)

    def begun(code: str) -> tuple[Assessment, str]:
        draft = start_assessment(
            patient=course.patient, code=code, by=practice.nurse, now=timezone.now()
        )
        path = reverse("courses:assessment_answer", args=[draft.pk])
        return draft, f"{live_server.url}{path}"

    return begun


def test_digits_answer_and_each_answer_is_saved_on_the_spot(tab: Page, begin) -> None:
    draft, address = begin("PHQ9")
    tab.goto(address)
    tab.locator("#question-1 input").first.focus()
    for digit in "2101":
        tab.keyboard.press(digit)
    expect(tab.locator("#progress")).to_contain_text("4 of 10 answered")
    expect(tab.locator("#saved-4")).to_contain_text("Saved")
    draft.refresh_from_db()
    assert draft.answers == {"1": 2, "2": 1, "3": 0, "4": 1}
    tab.reload()
    expect(tab.locator("#question-1 input:checked")).to_have_value("2")


def test_a_positive_answer_shows_care_before_anything_is_finished(tab: Page, begin) -> None:
    draft, address = begin("PHQ9")
    tab.goto(address)
    tab.locator("#question-9").get_by_role("radio", name="Several days").check()
    beside = tab.locator("#question-9")
    expect(beside.get_by_text("Thank you for telling us")).to_be_in_viewport()
    expect(beside.get_by_role("link", name="988")).to_be_visible()
    expect(tab.locator("#care")).to_contain_text("The clinician on duty has been told")
    assert SafetyAlert.objects.get().source_id == draft.pk
    tab.get_by_role("button", name="Break off").click()
    expect(tab.get_by_text("there is no score")).to_be_visible()


def test_a_questionnaire_is_finished_and_its_result_shown(tab: Page, begin) -> None:
    draft, address = begin("GAD7")
    tab.goto(address)
    for number in range(1, 8):
        tab.locator(f"#question-{number}").get_by_role("radio", name="More than half").check()
    expect(tab.locator("#progress")).to_contain_text("7 of 7 answered")
    tab.get_by_role("button", name="Finish").click()
    expect(tab.locator(".score-figure")).to_contain_text("14")
    draft.refresh_from_db()
    assert (draft.total, draft.status) == (14, "COMPLETE")


def test_scores_from_paper_are_saved_as_they_are_typed(tab: Page, begin) -> None:
    draft, address = begin("MADRS")
    tab.goto(address)
    tab.locator("#id_item_1").fill("5")
    tab.keyboard.press("Tab")
    expect(tab.locator("#saved-1")).to_contain_text("Saved")
    draft.refresh_from_db()
    assert draft.answers == {"1": 5}
