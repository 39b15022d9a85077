"""An address counts when it is proven: by an invitation's link, or by a link of its own."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from clinic.accounts import has_proven_address
from clinic.api.tokens import issue_token
from clinic.invitations import password_link
from clinic.models import ApiToken, Membership, Role, User
from tests.accounts.conftest import PASSWORD, fresh_browser, sign_in, with_password
from tests.factories import make_member

pytestmark = pytest.mark.django_db

NEW_WORDS = "quite unusual words"


@pytest.fixture
def unproven(clinic):
    """Somebody whose address nobody has confirmed."""
    member = with_password(clinic.desk)
    EmailAddress.objects.filter(user=member.user).delete()
    return member


def follow_mail(browser: Client, *, last: int = -1) -> None:
    """Open the link of the last letter and confirm."""
    (path,) = re.findall(r"http://\S+?(/accounts/confirm-email/\S+)", mail.outbox[last].body)
    assert "It is mine" in browser.get(path).content.decode()
    browser.post(path)


def test_an_unproven_address_does_not_sign_in_until_its_link_is_used(unproven):
    browser = fresh_browser()
    answer = browser.post(
        "/accounts/login/", {"login": unproven.user.email, "password": PASSWORD}, follow=True
    )
    assert "Look at your mail" in answer.content.decode()
    assert browser.get("/patients/").status_code == 302
    assert mail.outbox[0].to == [unproven.user.email]
    follow_mail(fresh_browser())
    assert sign_in(unproven).get("/patients/").status_code == 200


def test_an_invitation_proves_the_address_that_it_went_to(unproven):
    browser = fresh_browser()
    link = password_link(unproven.user).removeprefix("http://127.0.0.1:8000")
    page = browser.get(link, follow=True)
    browser.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert has_proven_address(unproven.user)
    assert sign_in(unproven).get("/patients/").status_code == 200


def test_a_new_address_counts_only_when_it_is_confirmed(clinic):
    member, old = with_password(clinic.desk), clinic.desk.user.email
    browser = sign_in(member)
    browser.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    assert User.objects.get(pk=member.user_id).email == old
    assert "not confirmed yet" in browser.get("/accounts/email/").content.decode()
    assert mail.outbox[-1].to == ["new@example.com"]
    follow_mail(browser)
    assert User.objects.get(pk=member.user_id).email == "new@example.com"
    told = [letter.to for letter in mail.outbox]
    assert [old] in told, "the old address is told of the change"
    assert not EmailAddress.objects.filter(email=old).exists()


def test_an_unconfirmed_new_address_can_be_dropped_and_does_not_sign_in(clinic):
    browser = sign_in(with_password(clinic.desk))
    browser.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    stranger = fresh_browser()
    stranger.post("/accounts/login/", {"login": "new@example.com", "password": PASSWORD})
    assert stranger.get("/patients/").status_code == 302
    browser.post("/accounts/email/", {"email": "new@example.com", "action_remove": ""})
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_nobody_takes_the_address_of_another(clinic):
    theirs = clinic.nurse.user.email
    browser = sign_in(with_password(clinic.desk))
    browser.post("/accounts/email/", {"email": theirs, "action_add": ""})
    (path,) = re.findall(r"http://\S+?(/accounts/confirm-email/\S+)", mail.outbox[-1].body)
    assert "This address is taken" in browser.get(path).content.decode()
    browser.post(path)
    assert User.objects.get(pk=clinic.desk.user_id).email != theirs
    assert has_proven_address(clinic.nurse.user)


def test_letters_about_accounts_name_no_host_and_nobody(clinic):
    fresh_browser().post("/accounts/password/reset/", {"email": clinic.desk.user.email})
    fresh_browser().post("/accounts/password/reset/", {"email": "nobody@example.com"})
    subjects = [letter.subject for letter in mail.outbox]
    assert subjects == ["Choose a new password", "There is no account with this address"]
    assert clinic.desk.name not in mail.outbox[0].body


def test_a_new_password_by_letter_ends_the_tokens_in_every_organisation(clinic, other_clinic):
    there = make_member(other_clinic.site, Role.FRONT_DESK)
    Membership.objects.filter(pk=there.pk).update(user=clinic.desk.user)
    for member in (clinic.desk, Membership.objects.get(pk=there.pk), clinic.nurse):
        issue_token(member=member, name="T")
    browser = fresh_browser()
    browser.post("/accounts/password/reset/", {"email": clinic.desk.user.email})
    (link,) = re.findall(r"http://\S+?(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    assert ApiToken.objects.count() == 3
    form = browser.get(link)["Location"]
    answer = browser.post(form, {"password1": NEW_WORDS, "password2": NEW_WORDS})
    assert answer.status_code == 302
    clinic.desk.user.refresh_from_db()
    assert clinic.desk.user.check_password(NEW_WORDS)
    assert ApiToken.objects.get().membership == clinic.nurse


def test_no_token_is_made_for_an_unproven_address(unproven):
    said = {"email": unproven.user.email, "password": PASSWORD, "name": "Import"}
    answer = fresh_browser().post("/api/v1/tokens", said, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("sign-in-failed")
