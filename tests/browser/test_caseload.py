"""From the caseload to who needs somebody, by keyboard; the course's page in a browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from clinic.models import Organization, User
from courses.models import Course
from tests.caseload.following import followed, raise_for, reviewed_version
from tests.factories import make_clinic

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
INK = """
canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]
    .filter((value, at) => at % 4 === 3 && value > 0).length
"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def clinic():
    """A prescriber with three patients: one gets better, one does not, one is in danger."""
    clinic = make_clinic()
    Organization.objects.filter(pk=clinic.organization.pk).update(mfa_required="NOBODY")
    user = User.objects.get(pk=clinic.prescriber.user_id)
    user.set_password(PASSWORD)
    user.save()
    own = {"version": reviewed_version(clinic), "lead_prescriber": clinic.prescriber}
    followed(clinic, 12, 11, 9, name="Rita Responds", **own)
    followed(clinic, 20, 19, 19, name="Nora Unchanged", **own)
    raise_for(followed(clinic, 12, 10, name="Alma Alert", **own), "URGENT")
    return clinic


@pytest.fixture
def tab(page: Page, clinic, live_server) -> Page:
    """The prescriber's tab, signed in."""
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("#id_login").fill(User.objects.get(pk=clinic.prescriber.user_id).email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    return page


def to_caseload(tab: Page) -> None:
    tab.get_by_role("link", name="Caseload").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Caseload")


def down_to(tab: Page, number: int) -> None:
    """From the search box so many lines down, and open that one."""
    tab.keyboard.press("/")
    for _line in range(number):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")


def test_by_keyboard_to_the_alert_and_to_who_does_not_respond(tab):
    to_caseload(tab)
    first = tab.locator("tbody tr").first
    expect(first).to_contain_text("Safety alert, urgent")
    down_to(tab, 1)
    expect(tab.locator("main .crumbs")).to_contain_text("Alma Alert")
    expect(tab.locator("#alerts")).to_contain_text("PHQ-9")
    to_caseload(tab)
    down_to(tab, 2)
    expect(tab.locator("main .crumbs")).to_contain_text("Nora Unchanged")
    expect(tab.locator(".standing")).to_contain_text("No response")


def test_a_search_narrows_the_list_as_one_types(tab):
    to_caseload(tab)
    tab.keyboard.press("/")
    tab.keyboard.type("rita")
    expect(tab.locator("tbody tr")).to_have_count(1)
    assert "rita" not in tab.url.lower()


def open_course(tab: Page) -> None:
    to_caseload(tab)
    down_to(tab, 2)
    tab.wait_for_load_state("networkidle")


def test_scores_are_drawn_in_both_colours_and_stand_in_a_table(tab):
    open_course(tab)
    canvas = tab.locator("[data-curve] canvas").first
    expect(canvas).to_have_attribute("width", re.compile(r"^([4-9]\d\d|\d{4})$"), timeout=30_000)
    assert canvas.evaluate(INK) > 500
    tab.get_by_role("button", name="Switch between light and dark").click()
    assert canvas.evaluate(INK) > 500
    tab.get_by_text("PHQ-9 as a table").click()
    table = tab.locator("#scores table").first
    expect(table).to_contain_text("looks back over the score before")
    expect(table.locator("tbody tr")).to_have_count(4)


def test_every_part_of_the_page_arrives_and_nothing_is_wider_than_a_phone(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    to_caseload(tab)
    assert tab.evaluate(TOO_WIDE) == 0
    tab.locator("tbody a.row-link").first.click()
    tab.wait_for_load_state("networkidle")
    expect(tab.locator("[data-piece] .skeleton")).to_have_count(0)
    assert tab.evaluate(TOO_WIDE) == 0


@pytest.fixture
def without_response(clinic, live_server, chromium):
    """A page whose console is expected to complain: one part of it cannot be fetched."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    yield tab
    context.close()


def test_a_part_that_fails_says_so_in_its_place_and_can_be_tried_again(
    without_response, clinic, live_server
):
    tab = without_response
    tab.goto(f"{live_server.url}/accounts/login/")
    tab.locator("#id_login").fill(User.objects.get(pk=clinic.prescriber.user_id).email)
    tab.locator("#id_password").fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{live_server.url}/")
    course = Course.objects.filter(organization=clinic.organization).earliest("pk")
    fails = re.compile("/courses/[^/]+/response/")
    tab.route(fails, _refuse)
    tab.goto(live_server.url + reverse("courses:course", args=[course.pk]))
    place = tab.locator("#response")
    expect(place).to_contain_text("Response could not be loaded.")
    tab.unroute(fails)
    place.get_by_role("button", name="Try again").click()
    expect(place).not_to_contain_text("could not be loaded")
    expect(place.get_by_role("heading").first).to_be_visible()


def _refuse(route: Route) -> None:
    route.fulfill(status=500, body="")
