"""Tokens: what each is good for, how long it is in force, how it ends."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from clinic.api.tokens import issue_token
from clinic.models import ApiToken, Membership, User
from clinic.tasks import forget_old_keys
from tests import factories
from tests.api.conftest import Caller
from tests.api.signing_in import sign_in, sites, worker_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(clinic: factories.Clinic) -> Membership:
    return worker_of(clinic)


def test_the_token_says_whose_it_is(worker: Membership) -> None:
    caller = Caller(worker)
    said = caller.get("/tokens/current").json()
    assert said["organization"] == str(worker.organization_id)
    assert "token" not in said


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
