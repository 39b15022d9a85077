"""Tokens: who gets one, how long it is in force, how it ends."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from clinic.api.tokens import LIFETIME, issue_token
from clinic.models import ApiToken, Membership, User
from clinic.tasks import forget_old_keys
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough pass phrase"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A hash that is not slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def worker(clinic: factories.Clinic) -> Membership:
    """Somebody with a password."""
    clinic.desk.user.set_password(PASSWORD)
    clinic.desk.user.save()
    return clinic.desk


def sign_in(member: Membership, **changes: Any) -> HttpResponse:
    body = {"email": member.user.email, "password": PASSWORD, "name": "Night import"}
    return Client().post("/api/v1/tokens", body | changes, content_type="application/json")


def sites(token: str) -> HttpResponse:
    return Client().get("/api/v1/sites", headers={"Authorization": f"Bearer {token}"})


def test_email_and_password_give_a_token_once(worker: Membership) -> None:
    answer = sign_in(worker, email=worker.user.email.upper())
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    said = answer.json()
    assert (said["name"], said["member"]) == ("Night import", str(worker.pk))
    assert sites(said["token"]).status_code == 200
    row = ApiToken.objects.get()
    assert said["token"] not in (row.digest, row.token_key)
    assert row.expiry - timezone.now() > LIFETIME - timedelta(minutes=1)


def test_the_token_says_whose_it_is(worker: Membership) -> None:
    caller = Caller(worker)
    said = caller.get("/tokens/current").json()
    assert said["organization"] == str(worker.organization_id)
    assert "token" not in said


def test_a_wrong_password_and_an_unknown_address_look_the_same(worker: Membership) -> None:
    wrong = sign_in(worker, password="wrong")
    unknown = sign_in(worker, email="nobody@example.com")
    assert (wrong.status_code, wrong.content) == (400, unknown.content)
    assert wrong.json()["type"] == "urn:courseline:problem:sign-in-failed"
    assert not ApiToken.objects.exists()


def test_an_account_that_was_closed_gets_none(worker: Membership) -> None:
    User.objects.update(is_active=False)
    assert sign_in(worker).status_code == 400


def test_an_account_without_an_organisation_gets_none(worker: Membership) -> None:
    Membership.objects.update(is_active=False)
    answer = sign_in(worker)
    assert (answer.status_code, answer.json()["type"]) == (
        403, "urn:courseline:problem:no-membership",
    )  # fmt: skip


def test_an_account_of_two_organisations_names_one(
    worker: Membership, other_clinic: factories.Clinic
) -> None:
    second = Membership.objects.create(
        organization=other_clinic.organization, user=worker.user, name="The same person"
    )
    unnamed = sign_in(worker)
    assert unnamed.json()["errors"][0]["pointer"] == "#/organization"
    assert sign_in(worker, organization=str(uuid4())).status_code == 400
    named = sign_in(worker, organization=str(other_clinic.organization.pk))
    assert named.json()["member"] == str(second.pk)
    [site] = sites(named.json()["token"]).json()["results"]
    assert site["id"] == str(other_clinic.site.pk)


def test_guessing_is_stopped(worker: Membership) -> None:
    codes = [sign_in(worker, password="guess").status_code for _ in range(6)]
    assert codes == [400] * 5 + [429]
    answer = sign_in(worker)
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")
    assert answer["Content-Type"] == "application/problem+json"


def test_guessing_is_not_hidden_by_a_forged_forwarding_header(worker: Membership) -> None:
    body = {"email": worker.user.email, "password": "guess", "name": "x"}
    client = Client()
    codes = [
        client.post(
            "/api/v1/tokens",
            body | {"email": f"person{n}@example.org"},
            content_type="application/json",
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        ).status_code
        for n in range(11)
    ]
    assert codes[-1] == 429


def guess(forwarded: str, number: int) -> int:
    body = {"email": f"person{number}@example.org", "password": "guess", "name": "x"}
    answer = Client().post(
        "/api/v1/tokens",
        body,
        content_type="application/json",
        headers={"X-Forwarded-For": forwarded},
    )
    return answer.status_code


def test_behind_a_proxy_each_address_has_its_own_limit(db: None, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert {guess(f"203.0.113.{n}", n) for n in range(40)} == {400}


def test_behind_a_proxy_forged_addresses_before_its_own_do_not_count(
    db: None, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    codes = [guess(f"203.0.113.{n}, 198.51.100.7", n) for n in range(31)]
    assert codes[-1] == 429


def test_a_revoked_token_opens_nothing(worker: Membership) -> None:
    caller, other = Caller(worker), Caller(worker)
    assert caller.delete("/tokens/current").status_code == 204
    refused = caller.get("/sites")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert refused["Content-Type"] == "application/problem+json"
    assert other.get("/sites").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer a b", "Bearer wrong", "Bearer \xe9\xff"])
def test_without_a_token_in_force_there_is_401(header: str, clinic: factories.Clinic) -> None:
    answer = Client().get("/api/v1/sites", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json()["status"] == 401


def test_a_token_ends_by_itself_and_is_forgotten(worker: Membership) -> None:
    _, old = issue_token(member=worker, name="Old", lifetime=timedelta(seconds=-1))
    _, new = issue_token(member=worker, name="New")
    assert (sites(old).status_code, sites(new).status_code) == (401, 200)
    forget_old_keys()
    assert [token.name for token in ApiToken.objects.all()] == ["New"]


def test_a_token_ends_with_the_membership_and_with_the_account(worker: Membership) -> None:
    caller = Caller(worker)
    Membership.objects.update(is_active=False)
    assert caller.get("/sites").status_code == 403
    User.objects.update(is_active=False)
    assert caller.get("/sites").status_code == 401


def test_a_signed_in_browser_may_read_but_writes_only_with_its_csrf_token(
    worker: Membership,
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(worker.user)
    assert browser.get("/api/v1/sites").status_code == 200
    body = {"text": "a"}
    refused = browser.post("/api/v1/patients/search", body, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert browser.get("/api/v1/tokens/current").status_code == 404


def test_the_command_prints_a_token_that_works(worker: Membership) -> None:
    out = StringIO()
    call_command("create_api_token", worker.user.email, "--days", "2", stdout=out)
    assert sites(out.getvalue().strip()).status_code == 200
    left = ApiToken.objects.get().expiry - timezone.now()
    assert timedelta(days=1) < left <= timedelta(days=2)


def test_the_command_refuses_in_one_line(worker: Membership) -> None:
    with pytest.raises(CommandError, match="no active account"):
        call_command("create_api_token", "nobody@example.com")
    with pytest.raises(CommandError, match="1 to 3650 days"):
        call_command("create_api_token", worker.user.email, "--days", "0")
    Membership.objects.update(is_active=False)
    with pytest.raises(CommandError, match="does not work for any"):
        call_command("create_api_token", worker.user.email)
