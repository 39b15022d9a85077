"""Guessing is slow: limits by account and by network address, told in plain words."""

import pytest
from django.test import override_settings

from clinic.models import Membership
from tests.accounts.conftest import PASSWORD, app_code, fresh_browser, set_up_app, sign_in

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
WRONG = "not the password"
WAIT = "Wait five minutes"


def guess(browser, member: Membership, password: str = WRONG):
    return browser.post(LOGIN, {"login": member.user.email, "password": password})


def test_five_wrong_passwords_shut_an_account_wherever_they_come_from(strict):
    for _ in range(5):
        assert WAIT not in guess(fresh_browser(), strict.desk).content.decode()
    browser = fresh_browser()
    answer = guess(browser, strict.desk, PASSWORD)
    assert WAIT in answer.content.decode()
    assert browser.get("/patients/").status_code == 302
    assert guess(fresh_browser(), strict.therapist, PASSWORD).status_code == 302, "others sign in"


def test_right_passwords_do_not_use_up_the_limit(strict):
    browser = fresh_browser()
    for _ in range(7):
        assert guess(browser, strict.desk, PASSWORD).status_code == 302
        browser.post("/accounts/logout/")
    assert guess(browser, strict.desk).status_code == 200


def test_one_address_of_the_network_guesses_at_ten_accounts_at_most(strict):
    browser = fresh_browser()
    for number in range(10):
        browser.post(LOGIN, {"login": f"nobody{number}@example.com", "password": "x"})
    assert WAIT in guess(browser, strict.desk, PASSWORD).content.decode()
    assert guess(fresh_browser(), strict.desk, PASSWORD).status_code == 302


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_behind_a_proxy_the_address_that_it_saw_counts_not_one_that_was_sent(strict):
    proxy = fresh_browser()

    def through(seen: str, claimed: str):
        data = {"login": f"{claimed}@example.com", "password": "x"}
        return proxy.post(LOGIN, data, headers={"X-Forwarded-For": f"{claimed}, {seen}"})

    for number in range(10):
        through("10.78.0.1", f"10.79.0.{number}")
    assert WAIT in through("10.78.0.1", "10.79.0.99").content.decode()
    assert WAIT not in through("10.78.0.2", "10.79.0.99").content.decode()


def test_codes_are_guessed_at_five_times_at_most(strict):
    browser = sign_in(strict.nurse)
    secret, _ = set_up_app(browser)
    for _ in range(5):
        again = sign_in(strict.nurse)
        page = again.post("/accounts/two-step/authenticate/", {"code": "000000"})
        assert "not right" in page.content.decode()
    again = sign_in(strict.nurse)
    right = {"code": app_code(secret, steps=1)}
    assert WAIT in again.post("/accounts/two-step/authenticate/", right).content.decode()
    assert again.get("/patients/").status_code == 302


def test_proving_oneself_again_is_limited_too(strict):
    browser = sign_in(strict.desk)
    answers = [browser.post("/accounts/reauthenticate/", {"password": "wrong"}) for _ in range(11)]
    assert "This password is not right" in answers[0].content.decode()
    assert WAIT in answers[6].content.decode(), "the account's own limit"
    assert answers[10].status_code == 429
    assert "Too many attempts" in answers[10].content.decode()


def test_a_locked_screen_is_guessed_at_five_times_at_most(strict):
    browser = sign_in(strict.desk)
    browser.post("/accounts/lock/")
    for _ in range(5):
        browser.post("/accounts/unlock/", {"password": "wrong"})
    answer = browser.post("/accounts/unlock/", {"password": PASSWORD})
    assert (answer.status_code, WAIT in answer.content.decode()) == (422, True)
    assert browser.get("/patients/")["Location"].startswith("/accounts/lock/")
