"""What only a browser can show: passkeys by a virtual authenticator, and the screen that locks."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from clinic.models import Organization, Patient
from tests.accounts.conftest import PASSWORD, app_code, with_password
from tests.browser.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(chromium: Browser):  # noqa: F811 - the fixture of that name
    """A fresh tab; an error in its console fails the test, but for refusals that it provokes."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield tab
    context.close()
    no_request_is_left()
    assert not [error for error in errors if "422" not in error and "423" not in error]


def no_request_is_left() -> None:
    """Wait until the server is done with what the page last asked: its tables are emptied next."""
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.02)
    raise AssertionError("a request has not ended for 20 s")


@pytest.fixture
def key(page: Page):
    """An authenticator that is built into the machine and knows its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    def knows_its_owner(yes: bool) -> None:
        session.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": made["authenticatorId"], "isUserVerified": yes},
        )

    return knows_its_owner


def sign_in(page: Page, url: str, member) -> None:
    page.goto(url + "/accounts/login/")
    page.locator("#id_login").fill(member.user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def add_passkey(page: Page, *, alone: bool) -> None:
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Desk computer")
    if alone:
        page.get_by_label("It may stand for the password too").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


class TestPasskeys:
    def test_one_opens_the_records_and_then_signs_in_alone(self, page, key, strict, live_server):
        sign_in(page, live_server.url, strict.nurse)
        expect(page.get_by_text("Set up a second step before you go on")).to_be_visible()
        add_passkey(page, alone=True)
        page.get_by_role("link", name="I have kept them").click()
        expect(page.locator(".menu-name")).to_have_text(strict.nurse.name)

        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.locator(".menu-name")).to_have_text(strict.nurse.name)
        assert Authenticator.objects.get(type="webauthn").last_used_at

    def test_one_is_the_second_step_after_the_password(self, page, key, strict, live_server):
        sign_in(page, live_server.url, strict.nurse)
        add_passkey(page, alone=False)
        page.get_by_role("link", name="I have kept them").click()
        sign_out(page)
        sign_in(page, live_server.url, strict.nurse)
        expect(page.get_by_role("heading", name="Second step")).to_be_visible()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator(".menu-name")).to_have_text(strict.nurse.name)

    def test_without_its_owner_it_opens_nothing(self, page, key, strict, live_server):
        sign_in(page, live_server.url, strict.nurse)
        add_passkey(page, alone=True)
        page.get_by_role("link", name="I have kept them").click()
        sign_out(page)
        key(False)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("No passkey was given")).to_be_visible()

    def test_it_can_be_renamed_and_removed(self, page, key, strict, live_server):
        sign_in(page, live_server.url, strict.nurse)
        add_passkey(page, alone=True)
        page.goto(live_server.url + "/accounts/two-step/webauthn/")
        page.get_by_role("link", name="Rename Desk computer").click()
        page.get_by_label("Name").fill("Reception")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Remove Reception").click()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("No passkey yet")).to_be_visible()
        page.goto(live_server.url + "/patients/")
        expect(page.get_by_text("Set up a second step before you go on")).to_be_visible()

    def test_it_unlocks_the_screen(self, page, key, strict, live_server):
        sign_in(page, live_server.url, strict.nurse)
        add_passkey(page, alone=False)
        page.goto(live_server.url + "/patients/")
        lock_now(page)
        page.get_by_role("button", name="Unlock with a passkey").click()
        expect(page.locator("#lock")).to_be_hidden()
        expect(page.get_by_role("heading", name="Patients")).to_be_visible()


class TestApp:
    def test_the_picture_and_the_key_are_shown_and_work(self, page, strict, live_server):
        sign_in(page, live_server.url, strict.nurse)
        page.get_by_role("link", name="Set up an app").click()
        picture = page.locator(".qr")
        assert picture.evaluate("image => image.naturalWidth") > 0
        secret = page.locator(".secret").inner_text()
        page.get_by_label("Authenticator code").fill(app_code(secret))
        page.get_by_role("button", name="Turn on").click()
        expect(page.locator(".codes li")).to_have_count(10)


def lock_now(page: Page) -> None:
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="Lock now").click()
    expect(page.locator("#lock")).to_be_visible()


def unlock(page: Page, password: str = PASSWORD) -> None:
    page.locator("#lock-password").fill(password)
    page.get_by_role("button", name="Unlock", exact=True).click()


@pytest.fixture
def desk(page, clinic, live_server):
    """The front desk, at the form for a new patient, half filled in."""
    sign_in(page, live_server.url, with_password(clinic.desk))
    expect(page.locator(".menu-name")).to_have_text(clinic.desk.name)
    page.clock.install()
    page.goto(live_server.url + "/patients/new/")
    page.get_by_label("Given name").fill("Ada")
    page.get_by_label("Family name").fill("Lovelace")
    return page


class TestScreen:
    def test_idle_it_locks_and_keeps_what_was_typed(self, desk, clinic, live_server):
        desk.clock.fast_forward("14:39")
        expect(desk.locator("#lock")).to_be_hidden()
        with desk.expect_response(re.compile("/accounts/lock/")):
            desk.clock.fast_forward("00:02")
        expect(desk.get_by_role("heading", name="Locked")).to_be_visible()
        expect(desk.locator("#lock")).to_contain_text(clinic.desk.user.email)
        assert desk.title() == "Locked · Courseline"
        expect(desk.locator("main")).to_be_hidden()
        assert "Lovelace" not in desk.locator("body").inner_text()

        unlock(desk)
        expect(desk.locator("#lock")).to_be_hidden()
        expect(desk.get_by_label("Family name")).to_have_value("Lovelace")
        desk.get_by_label("Date of birth").fill("1980-02-29")
        desk.get_by_role("button", name=re.compile("^Save$|^Save the")).first.click()
        expect(desk.get_by_text("Ada Lovelace is registered")).to_be_visible()
        assert Patient.objects.filter(family_name="Lovelace").exists()

    def test_keys_keep_it_open_and_are_told_to_the_server(self, desk):
        for _ in range(5):
            with desk.expect_response(re.compile("/accounts/still-here/")) as told:
                desk.clock.fast_forward("04:00")
                desk.keyboard.press("Shift")
            assert told.value.status == 204
        expect(desk.locator("#lock")).to_be_hidden()

    def test_a_wrong_password_and_escape_do_not_open_it(self, desk):
        lock_now(desk)
        unlock(desk, "wrong")
        expect(desk.get_by_text("This password is not right")).to_be_visible()
        for _ in range(3):
            desk.keyboard.press("Escape")
        expect(desk.locator("#lock")).to_be_visible()
        expect(desk.locator("main")).to_be_hidden()

    def test_every_tab_locks_and_opens_with_it(self, desk, live_server):
        other = desk.context.new_page()
        other.goto(live_server.url + "/patients/")
        lock_now(desk)
        expect(other.locator("#lock")).to_be_visible()
        other.locator("#lock-password").fill(PASSWORD)
        other.get_by_role("button", name="Unlock", exact=True).click()
        expect(desk.locator("#lock")).to_be_hidden()
        expect(desk.get_by_label("Family name")).to_have_value("Lovelace")

    def test_a_screen_whose_session_was_locked_elsewhere_covers_itself(self, desk, live_server):
        cookies = {one["name"]: one["value"] for one in desk.context.cookies()}
        token = {"X-CSRFToken": cookies["csrftoken"]}
        desk.context.request.post(live_server.url + "/accounts/lock/", headers=token)
        desk.clock.fast_forward("01:00")
        desk.keyboard.press("Shift")
        expect(desk.locator("#lock")).to_be_visible()

    def test_each_organisation_says_how_long(self, page, clinic, live_server):
        Organization.objects.filter(pk=clinic.organization.pk).update(idle_lock_minutes=2)
        sign_in(page, live_server.url, with_password(clinic.desk))
        page.clock.install()
        page.goto(live_server.url + "/patients/")
        page.clock.fast_forward("01:41")
        expect(page.locator("#lock")).to_be_visible()
