"""The medical director's pages of thresholds, and the same through the API."""

import pytest
from django.urls import reverse

from courses.models import ThresholdVersion
from courses.thresholds.selectors import thresholds_of
from courses.thresholds.services import draft_thresholds
from tests.api.conftest import Caller, fresh_limits
from tests.factories import NOW, make_member
from tests.pages.conftest import clock
from tests.thresholds.values import values

__all__ = ["clock", "fresh_limits"]
pytestmark = pytest.mark.django_db
PAGE, DRAFT = "/thresholds/", "/thresholds/draft/"


@pytest.fixture
def director(clinic):
    return make_member(clinic.site, "MEDICAL_DIRECTOR", password="a long phrase of old")


@pytest.fixture
def browser(director, sign_in):
    return sign_in(director)


@pytest.fixture
def proven(director, client):
    """A browser in which the director has just given the password."""
    client.post(
        reverse("account_login"),
        {"login": director.user.email, "password": "a long phrase of old"},
    )
    return client


def kept(director, **changes):
    return draft_thresholds(values=values(**changes), note="Cautious.", by=director, now=NOW)


def address(version, act=""):
    return f"{PAGE}{version.pk}/{act}"


def test_defaults_are_shown_as_nobodys(browser):
    page = browser.get(PAGE).content.decode()
    assert "Nobody has signed these numbers" in page
    assert page.count("Default without authority") > 30
    assert "W77" in page


def test_a_draft_is_written_compared_and_signed(proven, clinic):
    said = {name: str(value) for name, value in values(upper_age=65).items()}
    answer = proven.post(DRAFT, said | {"note": "Older people wait."})
    version = ThresholdVersion.objects.get()
    assert answer.status_code == 302
    page = proven.get(address(version)).content.decode()
    assert "Compared with the unsigned defaults" in page
    assert page.count('class="changed"') == 2  # in the comparison, and among all numbers
    answer = proven.post(address(version, "sign/"), {"seen": version.drafted_at.isoformat()})
    assert answer.status_code == 302
    version.refresh_from_db()
    assert version.signed_at == NOW
    assert thresholds_of(clinic.organization).upper_age == 65
    page = proven.get(PAGE).content.decode()
    assert "Nobody has signed" not in page
    assert "Default without authority" not in page


def test_signing_asks_who_it_is(browser, director):
    version = kept(director)
    answer = browser.post(address(version, "sign/"), {"seen": version.drafted_at.isoformat()})
    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)
    version.refresh_from_db()
    assert version.signed_at is None


@pytest.mark.parametrize(
    ("value", "word"), [("200", "From 50 to 100 years."), ("", "Give a number.")]
)
def test_what_does_not_fit_is_said_beside_it_and_kept(browser, value, word):
    said = {name: str(one) for name, one in values().items()}
    answer = browser.post(DRAFT, said | {"upper_age": value, "note": "My reason"})
    page = answer.content.decode()
    assert (answer.status_code, word in page, "My reason" in page) == (422, True, True)
    assert not ThresholdVersion.objects.exists()


def test_two_values_that_cross_are_said_beside_one(browser):
    said = {name: str(one) for name, one in values(partial_percent=60).items()}
    answer = browser.post(DRAFT, said)
    assert answer.status_code == 422
    assert "A partial response is less than a response." in answer.content.decode()


def test_a_draft_is_discarded(browser, director):
    version = kept(director)
    assert browser.post(address(version, "discard/")).status_code == 302
    assert not ThresholdVersion.objects.exists()


@pytest.mark.parametrize("person", ["prescriber", "desk", "nurse"])
def test_nobody_else_comes_near(clinic, director, sign_in, person):
    version = kept(director)
    browser = sign_in(getattr(clinic, person))
    for path in (PAGE, DRAFT, address(version)):
        assert browser.get(path).status_code == 403
    assert browser.post(address(version, "sign/")).status_code == 403


def test_strangers_and_the_anonymous(client, other_clinic, director, sign_in):
    version = kept(director)
    assert client.get(PAGE).status_code == 302
    stranger = sign_in(make_member(other_clinic.site, "MEDICAL_DIRECTOR"))
    assert stranger.get(address(version)).status_code == 404
    assert stranger.get(PAGE).status_code == 200


def test_through_the_api(clinic, director):
    caller = Caller(director)
    held = caller.get("/thresholds").json()
    assert (held["number"], held["version"]) == (0, None)
    said = {name: float(value) for name, value in values().items()} | {"qids_mcid": 4}
    said = {name: int(one) if one == int(one) else one for name, one in said.items()}
    answer = caller.post("/thresholds", {"values": said, "note": "By program."})
    made = answer.json()
    assert answer.status_code == 201, made
    assert caller.get("/threshold-versions").json()["results"][0]["id"] == made["id"]
    signed = caller.post(f"{made['url']}/sign", {"seen": made["drafted_at"]})
    assert signed.status_code == 200, signed.json()
    held = caller.get("/thresholds").json()
    assert held["number"] == 1
    assert {one["key"]: one["value"] for one in held["thresholds"]}["qids_mcid"] == 4
    assert all(one["is_signed"] for one in held["thresholds"])
    assert caller.delete(made["url"]).status_code == 409


def test_the_api_names_what_does_not_fit(director):
    said = {name: float(value) for name, value in values().items()} | {"upper_age": 20}
    answer = Caller(director).post("/thresholds", {"values": said})
    assert answer.status_code == 400
    assert "upper_age" in answer.content.decode()


def test_the_api_is_for_directors(clinic):
    assert Caller(clinic.prescriber).get("/thresholds").status_code == 403
