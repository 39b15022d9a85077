"""The main job in a browser: from signing in to the patient's e-mails."""

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.accounts import verify_address
from clinic.models import Patient, User
from courses.models import Course
from courses.services import install_protocols
from scheduling.selectors import slot_days
from sessions.models import Session
from tests.factories import NEW_YORK, clear, make_clinic, make_room

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"


def next_clock_change(after: datetime) -> date:
    """The local date on which New York's clocks change next."""
    day = after
    while day.astimezone(NEW_YORK).utcoffset() == after.astimezone(NEW_YORK).utcoffset():
        day += timedelta(days=1)
    return day.astimezone(NEW_YORK).date()


@pytest.fixture
def clinic():
    """A clinic in New York with the shipped protocols and somebody at the desk."""
    clinic = make_clinic(chairs=2)
    make_room(clinic.site, "consulting")
    install_protocols(organization=clinic.organization, now=timezone.now())
    user = User.objects.get(pk=clinic.desk.user_id)
    user.email = "desk@example.com"
    user.set_password(PASSWORD)
    user.save()
    verify_address(user)
    return clinic


@pytest.fixture
def product(clinic, live_server, start_worker, smtp_catcher):
    """Web server, worker and mail server, all real."""
    start_worker(EMAIL_URL=smtp_catcher.url)
    return live_server.url


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#id_login").fill("desk@example.com")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def register(page: Page) -> None:
    page.get_by_role("link", name="Patients").first.click()
    page.get_by_role("link", name=re.compile("Register")).first.click()
    page.get_by_label("Given name").fill("Ada")
    page.get_by_label("Family name").fill("Example")
    page.get_by_label("Date of birth").fill("1980-02-29")
    page.locator("#id_email").fill("ada@example.com")
    page.get_by_role("button", name="Save and start a course").click()


def start(page: Page, earliest: date) -> None:
    page.get_by_label(re.compile("six infusions in three weeks")).check()
    page.get_by_label("Nothing before").fill(earliest.isoformat())
    page.get_by_label("First dose by").fill((earliest + timedelta(days=7)).isoformat())
    page.get_by_role("button", name="Plan the visits").click()


def accept(page: Page, clinic) -> None:
    """A prescriber has cleared the patient by the time at which the proposal is accepted."""
    button = page.get_by_role("button", name="Accept and book all")
    expect(button).to_be_visible()
    clear(Course.objects.get(), clinic.prescriber)
    button.click()


def test_from_signing_in_to_the_patients_emails(page, product, clinic, smtp_catcher):
    change = next_clock_change(timezone.now())
    sign_in(page, product)
    register(page)
    start(page, change - timedelta(days=5))
    accept(page, clinic)
    expect(page.get_by_text("14 visits are booked")).to_be_visible()
    expect(page.get_by_text("Infusion 6 of 6").first).to_be_visible()

    (letter,) = smtp_catcher.wait_for(1)
    visits = list(Session.objects.order_by("starts_at"))
    offsets = {visit.starts_at.astimezone(NEW_YORK).utcoffset() for visit in visits}
    assert len(visits) == 14
    assert len(offsets) == 2, "the course lies on both sides of the change"
    assert letter["To"] == "ada@example.com"
    assert told(letter) == [in_new_york(visit.starts_at) for visit in visits]
    assert in_calendar(letter) == {
        (f"{visit.pk}", visit.starts_at, visit.ends_at, 0) for visit in visits
    }
    assert Patient.objects.get().email == "ada@example.com"
    call_command("check_invariants")


def test_moving_and_cancelling_tell_the_patient(page, product, clinic, smtp_catcher):
    sign_in(page, product)
    register(page)
    start(page, timezone.now().date() + timedelta(days=7))
    accept(page, clinic)
    smtp_catcher.wait_for(1)
    dose = Session.objects.select_related("course__site", "site").get(kind="dosing", seq=6)

    page.goto(f"{product}/visits/{dose.pk}/")
    choice = slot_days(dose, now=timezone.now())[-1].slots[0].starts_at
    page.locator("summary", has_text="Move the visit").click()
    page.locator(f'[name="slot"][value^="{choice:%Y-%m-%dT%H:%M}"]').check()
    page.get_by_role("button", name="Move the visit").click()
    smtp_catcher.wait_for(2)
    dose.refresh_from_db()
    assert (dose.starts_at, dose.version) == (choice, 1)

    page.goto(f"{product}/visits/{dose.pk}/")
    page.locator("summary", has_text="Cancel the visit").click()
    page.locator("#cancel").get_by_label("Why").select_option(index=1)
    page.get_by_role("button", name="Cancel the visit").click()
    _, moved, *ended = smtp_catcher.wait_for(4)
    assert {entry[3] for entry in in_calendar(moved)} == {1}
    # The dose, which had moved before, and the talk after it.
    assert {calendar_of(letter)["METHOD"] for letter in ended} == {"CANCEL"}
    assert {entry[3] for letter in ended for entry in in_calendar(letter)} == {1, 2}
    call_command("check_invariants")


def told(letter) -> list[str]:
    """The visits as the letter's text names them, in order."""
    text = " ".join(letter.get_body(("plain",)).get_content().split())
    return re.findall(r"\w+day \d+ \w+ \d{4}, \d\d:\d\d(?: \([^)]*\))? E[SD]T", text)


def in_new_york(moment: datetime) -> str:
    """`Tuesday 10 March 2026, 14:30 (2:30 pm) EDT`, put together apart from the product."""
    local = moment.astimezone(NEW_YORK)
    afternoon = f" ({local.hour - 12}:{local:%M} pm)" if local.hour >= 13 else ""
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}{afternoon} {local:%Z}"


def calendar_of(letter) -> icalendar.Calendar:
    """The letter's calendar."""
    parts = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    return icalendar.Calendar.from_ical(parts[0].get_content())


def in_calendar(letter) -> set[tuple[str, datetime, datetime, int]]:
    """(visit, start, end, sequence) of each entry of the letter's calendar."""
    return {
        (
            str(event["UID"]).partition("@")[0],
            event.start.astimezone(UTC),
            event.end.astimezone(UTC),
            int(event["SEQUENCE"]),
        )
        for event in calendar_of(letter).events
    }
