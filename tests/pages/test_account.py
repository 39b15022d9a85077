"""Signing in and out."""

import re

import pytest
from django.core import mail
from django.test import Client

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def account(clinic):
    user = clinic.desk.user
    user.set_password(PASSWORD)
    user.save()
    return user


def test_the_right_password_leads_to_today(account):
    answer = Client().post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_wrong_password_keeps_the_address_and_says_little(account):
    answer = Client().post("/accounts/login/", {"login": account.email, "password": "wrong"})
    html = answer.content.decode()
    assert account.email in html
    assert 'role="alert"' in html
    assert PASSWORD not in html


def test_one_returns_to_the_page_that_asked(account):
    answer = Client().post(
        "/accounts/login/?next=/patients/", {"login": account.email, "password": PASSWORD}
    )
    assert answer["Location"] == "/patients/"


def test_signing_out_is_a_post_and_closes_the_door(account, desk):
    assert desk.get("/accounts/logout/").status_code == 200
    assert desk.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert desk.get("/patients/").status_code == 302


def test_nobody_signs_up_by_himself(db):
    html = Client().get("/accounts/signup/").content.decode()
    assert "<input" not in html


def test_a_forgotten_password_is_replaced_by_a_link(account):
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": account.email})
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    page = browser.get(link[1], follow=True)
    new = "a quite different phrase"
    form = dict.fromkeys(re.findall(r'name="(password\d)"', page.content.decode()), new)
    assert form
    browser.post(page.request["PATH_INFO"], form)
    account.refresh_from_db()
    assert account.check_password(new)
