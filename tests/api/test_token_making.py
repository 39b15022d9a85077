"""Who gets a token for a password, and how guessing is stopped."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.api.tokens import LIFETIME
from clinic.models import ApiToken, Membership, Organization, Role, User
from tests import factories
from tests.accounts.conftest import set_up_app
from tests.accounts.conftest import sign_in as sign_in_on_page
from tests.api.signing_in import PASSWORD, sign_in, sites, worker_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(clinic: factories.Clinic) -> Membership:
    return worker_of(clinic)


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
