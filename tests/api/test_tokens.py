"""Tokens: who gets one, how long it is in force, how it ends."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from clinic.api.tokens import LIFETIME, issue_token
from clinic.models import ApiToken, Membership, Organization, Role, User
from clinic.tasks import forget_old_keys
from tests import factories
from tests.accounts.conftest import set_up_app
from tests.accounts.conftest import sign_in as sign_in_on_page
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
    second.assignments.create(
        organization=other_clinic.organization, site=other_clinic.site, role=Role.FRONT_DESK
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
    with pytest.raises(CommandError, match="1 to 365 days"):
        call_command("create_api_token", worker.user.email, "--days", "366")
    Membership.objects.update(is_active=False)
    with pytest.raises(CommandError, match="does not work for any"):
        call_command("create_api_token", worker.user.email)


def test_the_command_makes_one_for_reading(worker: Membership) -> None:
    out = StringIO()
    call_command("create_api_token", worker.user.email, "--read-only", stdout=out)
    assert sites(out.getvalue().strip()).status_code == 200
    assert ApiToken.objects.get().scopes == ["VIEW_PATIENTS", "VIEW_SCHEDULE"]


class TestScopes:
    def test_a_token_for_reading_does_not_write(self, worker: Membership) -> None:
        text = sign_in(worker, scopes=["VIEW_SCHEDULE", "VIEW_PATIENTS"]).json()["token"]
        client = Client(headers={"Authorization": f"Bearer {text}"})
        assert client.get("/api/v1/sites").status_code == 200
        refused = client.post("/api/v1/patients", {}, content_type="application/json")
        assert refused.status_code == 403
        assert refused["Content-Type"] == "application/problem+json"
        whole = Caller(worker)
        assert whole.post("/patients", {}).status_code == 400

    def test_it_opens_no_row_that_its_scopes_leave_out(
        self, clinic: factories.Clinic, worker: Membership
    ) -> None:
        patient = factories.make_patient(clinic.site)
        for scopes, status in ((["VIEW_PATIENTS"], 200), (["VIEW_SCHEDULE"], 403)):
            text = sign_in(worker, scopes=scopes).json()["token"]
            client = Client(headers={"Authorization": f"Bearer {text}"})
            assert client.get(f"/api/v1/patients/{patient.pk}").status_code == status

    def test_it_gives_no_right_that_its_owner_has_lost(
        self, clinic: factories.Clinic, worker: Membership
    ) -> None:
        text = sign_in(worker, scopes=["VIEW_SCHEDULE"]).json()["token"]
        worker.assignments.all().delete()
        assert sites(text).status_code == 403

    def test_nobody_gets_more_than_he_has(self, worker: Membership) -> None:
        answer = sign_in(worker, scopes=["VIEW_SCHEDULE", "VIEW_CLINICAL"])
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/scopes"
        assert not ApiToken.objects.exists()

    @pytest.mark.parametrize("scopes", [[], ["EVERYTHING"], "VIEW_SCHEDULE", [1]])
    def test_odd_scopes_are_refused(self, worker: Membership, scopes: Any) -> None:
        assert sign_in(worker, scopes=scopes).status_code == 400

    def test_the_answer_says_what_it_is_good_for(self, worker: Membership) -> None:
        assert sign_in(worker).json()["scopes"] is None
        assert sign_in(worker, scopes=["BOOK"]).json()["scopes"] == ["BOOK"]


class TestTime:
    @pytest.mark.parametrize("days", [0, 366, "30", None])
    def test_odd_lengths_are_refused(self, worker: Membership, days: Any) -> None:
        assert sign_in(worker, days=days).status_code == 400

    @pytest.mark.parametrize("days", [1, 365])
    def test_it_ends_when_asked(self, worker: Membership, days: int) -> None:
        sign_in(worker, days=days)
        left = ApiToken.objects.get().expiry - timezone.now()
        assert timedelta(days=days - 1) < left <= timedelta(days=days)

    def test_the_database_keeps_none_for_ever(self, worker: Membership) -> None:
        issue_token(member=worker, name="T")
        with pytest.raises(IntegrityError, match="apitoken_expires"):
            ApiToken.objects.update(expiry=None)


class TestLastUse:
    def test_it_is_noted_once_a_minute(
        self, worker: Membership, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = timezone.now()
        row, text = issue_token(member=worker, name="T")
        seen = []
        for seconds in (0, 30, 61):
            moment = now + timedelta(seconds=seconds)
            monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
            assert sites(text).status_code == 200
            row.refresh_from_db()
            seen.append((row.last_used_at - now).total_seconds())
        assert seen == [0, 0, 61]

    def test_a_call_that_was_refused_counts(self, worker: Membership) -> None:
        row, text = issue_token(member=worker, name="T", scopes=["BOOK"])
        assert sites(text).status_code == 403
        row.refresh_from_db()
        assert row.last_used_at is not None

    def test_a_second_call_within_the_minute_writes_nothing(
        self, worker: Membership, django_assert_max_num_queries: Any
    ) -> None:
        _, text = issue_token(member=worker, name="T")
        sites(text)
        with django_assert_max_num_queries(20) as seen:
            sites(text)
        assert not [one for one in seen if one["sql"].startswith("UPDATE")]


class TestSecondStep:
    @pytest.fixture
    def codes(self, worker: Membership) -> list[str]:
        """Recovery codes of the worker, who signs in with a second step."""
        worker.user.set_password("correct horse battery")
        worker.user.save()
        _, codes = set_up_app(sign_in_on_page(worker))
        worker.user.set_password(PASSWORD)
        worker.user.save()
        return codes

    def test_the_password_alone_is_not_enough(self, worker: Membership, codes: list[str]) -> None:
        answer = sign_in(worker)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:courseline:problem:mfa-required"
        assert not ApiToken.objects.exists()

    def test_with_a_code_it_is_once(self, worker: Membership, codes: list[str]) -> None:
        assert sign_in(worker, code=codes[0]).status_code == 201
        assert sign_in(worker, code=codes[0]).status_code == 400

    def test_a_wrong_code_is_refused(self, worker: Membership, codes: list[str]) -> None:
        answer = sign_in(worker, code="000000")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/code"

    def test_a_wrong_password_says_nothing_of_it(
        self, worker: Membership, codes: list[str]
    ) -> None:
        answer = sign_in(worker, password="wrong", code=codes[0])
        assert answer.json()["type"] == "urn:courseline:problem:sign-in-failed"

    def test_who_must_have_one_and_has_none_gets_no_token(self, worker: Membership) -> None:
        Organization.objects.update(mfa_required=Organization.MfaRequired.EVERYBODY)
        answer = sign_in(worker)
        assert (answer.status_code, answer.json()["type"]) == (
            403, "urn:courseline:problem:second-step-missing",
        )  # fmt: skip
        assert not ApiToken.objects.exists()
