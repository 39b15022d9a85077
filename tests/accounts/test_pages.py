"""Every page of one's own account: ours, whole, with nothing inline and no stock words."""

import re

import pytest

from tests.accounts.conftest import fresh_browser, set_up_app, sign_in
from tests.pages.test_frame import INLINE_HANDLER, INLINE_SCRIPT, INLINE_STYLE

pytestmark = pytest.mark.django_db

OWN = [
    "two-step/",
    "two-step/totp/deactivate/",
    "two-step/webauthn/",
    "two-step/webauthn/add/",
    "two-step/recovery-codes/",
    "two-step/recovery-codes/generate/",
    "two-step/reauthenticate/",
    "reauthenticate/",
    "password/change/",
    "email/",
    "sessions/",
    "continue/",
    "logout/",
]
OPEN = [
    "login/",
    "signup/",
    "inactive/",
    "confirm-email/",
    "confirm-email/abc/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/done/",
    "password/reset/key/1-abc/",
]


def assert_ours(html: str, url: str) -> None:
    assert "<h1" in html, url
    assert html.count("<title>") == 1, url
    for pattern in (INLINE_SCRIPT, INLINE_STYLE, INLINE_HANDLER):
        assert not pattern.search(html), url
    assert not re.search(r"Two-Factor|Menu:|Sign Up", html), url


def test_pages_of_the_signed_in(strict):
    browser = sign_in(strict.nurse)
    assert_ours(browser.get("/accounts/two-step/totp/activate/").content.decode(), "activate")
    set_up_app(browser)
    for url in OWN:
        answer = browser.get(f"/accounts/{url}")
        assert answer.status_code == 200, url
        assert_ours(answer.content.decode(), url)


def test_pages_of_the_locked_and_the_half_signed_in(strict):
    browser = sign_in(strict.nurse)
    set_up_app(browser)
    browser.post("/accounts/lock/")
    assert_ours(browser.get("/accounts/lock/").content.decode(), "lock")
    half = sign_in(strict.nurse)
    assert_ours(half.get("/accounts/two-step/authenticate/").content.decode(), "authenticate")


@pytest.mark.parametrize("url", OPEN)
def test_pages_that_are_open(db, url):
    answer = fresh_browser().get(f"/accounts/{url}")
    assert answer.status_code == 200
    assert_ours(answer.content.decode(), url)


def test_every_page_of_the_signed_in_carries_its_lock(clinic, strict):
    browser = sign_in(strict.desk)
    page = browser.get("/patients/").content.decode()
    assert 'id="lock"' in page
    assert 'data-minutes="15"' in page
    assert "clinic/lock.js" in page
    assert 'id="lock"' not in fresh_browser().get("/accounts/login/").content.decode()
