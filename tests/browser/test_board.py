"""The day board on two screens: bookings appear by themselves, a dragged visit asks first."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from clinic.accounts import verify_address
from clinic.models import User
from scheduling.services import accept_proposal, plan_new_course, work_on_proposal
from sessions.models import Session
from tests.browser.conftest import watched_tab
from tests.factories import clear, make_clinic, make_patient

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
# What a change may take to another screen.
SOON = 2_000


@pytest.fixture
def clinic():
    """A small clinic whose desk and nurse can sign in."""
    clinic = make_clinic(chairs=2)
    for member, name in ((clinic.desk, "desk"), (clinic.nurse, "nurse")):
        user = User.objects.get(pk=member.user_id)
        user.email = f"{name}@example.com"
        user.set_password(PASSWORD)
        user.save()
        verify_address(user)
    return clinic


@pytest.fixture
def proposal(clinic):
    """A proposal of Ada Lovelace that only waits to be accepted."""
    now = timezone.now()
    made = plan_new_course(
        patient=make_patient(clinic.site, given_name="Ada", family_name="Lovelace"),
        site=clinic.site,
        protocol_version=clinic.version,
        earliest_on=now.date() + timedelta(days=1),
        latest_first_on=now.date() + timedelta(days=15),
        lead_therapist=None,
        by=clinic.desk,
        now=now,
    )
    clear(made.course, clinic.prescriber)
    work_on_proposal(organization_id=made.organization_id, proposal_id=made.pk, now=now)
    made.refresh_from_db()
    return made


@pytest.fixture
def other_page(chromium: Browser):
    """A second browser beside the first."""
    yield from watched_tab(chromium)


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.locator("#id_login").fill(f"{name}@example.com")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def day_of(visit: Session) -> str:
    return f"/?day={visit.local_date:%Y-%m-%d}"


def test_a_booking_appears_on_the_other_screen(page, other_page, live_server, proposal):
    sign_in(page, live_server.url, "desk")
    sign_in(other_page, live_server.url, "nurse")
    first = min(entry["starts_at"] for entry in proposal.visits)[:10]
    other_page.goto(f"{live_server.url}/?day={first}")
    expect(other_page.get_by_text("No visits on this day")).to_be_visible()
    page.goto(f"{live_server.url}/proposals/{proposal.pk}/")
    page.get_by_role("button", name="Accept and book all").click()
    expect(page.get_by_text("visits are booked")).to_be_visible()
    expect(other_page.locator(".ev", has_text="Lovelace")).to_be_visible(timeout=SOON)


def test_a_dragged_visit_asks_what_follows_and_moves_when_that_is_accepted(
    page, other_page, live_server, clinic, proposal
):
    accept_proposal(proposal=proposal, by=clinic.desk, now=timezone.now())
    dose = Session.objects.filter(kind="dosing").select_related("site").order_by("seq").last()
    before = dose.starts_at
    for one, name in ((page, "desk"), (other_page, "nurse")):
        sign_in(one, live_server.url, name)
        one.goto(live_server.url + day_of(dose))
    card = page.locator(f'[data-visit="{dose.pk}"]')
    expect(card).to_be_visible()

    # By keys, and left as it is.
    card.focus()
    page.keyboard.press("m")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    dialog = page.locator("[data-change-dialog]")
    expect(dialog.get_by_role("button", name="Accept all of it")).to_be_visible()
    dialog.get_by_role("link", name="Keep everything as it is").click()
    expect(dialog).to_be_hidden()

    # By mouse, and accepted.
    box = card.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=4)
    page.mouse.move(x, y + 42, steps=4)  # two steps of a quarter of an hour
    page.mouse.up()
    expect(dialog.get_by_role("button", name="Accept all of it")).to_be_visible()
    dose.refresh_from_db()
    assert dose.starts_at == before, "nothing moves before it was accepted"
    dialog.get_by_role("button", name="Accept all of it").click()
    expect(dialog).to_be_hidden()
    dose.refresh_from_db()
    assert dose.starts_at == before + timedelta(minutes=30)
    moved = f"{dose.starts_at.astimezone(dose.site.zone):%H:%M}–"
    for one in (page, other_page):
        shown = one.locator(f'[data-visit="{dose.pk}"][aria-label^="{moved}"]')
        expect(shown).to_be_visible(timeout=SOON)
