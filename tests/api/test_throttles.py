"""How often one may call, and what is said when that was too often."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.settings import api_settings

from clinic.api import throttles
from clinic.environment import rate
from clinic.models import Membership
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets rates; the clock stands at the first second of an hour and is moved by `at`."""
    moment = [1_800_000_000 // 3600 * 3600]
    monkeypatch.setattr(throttles.time, "time", lambda: moment[0])

    def set_to(at: int = 0, **changes: str) -> None:
        moment[0] += at
        found = {name.replace("_", "-"): text for name, text in changes.items()}
        rates = api_settings.DEFAULT_THROTTLE_RATES | found
        monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates, raising=False)

    return set_to


def statuses(caller: Caller, calls: int) -> list[int]:
    return [caller.get("/sites").status_code for _ in range(calls)]


def test_a_burst_is_stopped_until_the_minute_is_over(
    desk: Caller, rates: Callable[..., None]
) -> None:
    rates(burst="3/minute", at=20)
    assert statuses(desk, 4) == [200, 200, 200, 429]
    answer = desk.get("/sites")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 429
    assert answer["Retry-After"] == "40"
    rates(at=39)
    assert statuses(desk, 1) == [429]
    rates(at=1)
    assert statuses(desk, 4) == [200, 200, 200, 429]


def test_many_calls_are_stopped_until_the_hour_is_over(
    desk: Caller, rates: Callable[..., None]
) -> None:
    rates(burst="100/minute", sustained="2/hour")
    assert statuses(desk, 3) == [200, 200, 429]
    assert desk.get("/sites")["Retry-After"] == "3600"


def test_each_token_has_a_rate_of_its_own(
    clinic: factories.Clinic, desk: Caller, rates: Callable[..., None]
) -> None:
    rates(burst="1/minute")
    assert statuses(desk, 2) == [200, 429]
    assert statuses(Caller(clinic.desk), 2) == [200, 429]


def test_a_browser_counts_by_its_person(
    clinic: factories.Clinic, rates: Callable[..., None], sign_in: Callable[[Membership], Client]
) -> None:
    rates(burst="2/minute")
    browsers = [sign_in(clinic.desk), sign_in(clinic.desk)]
    seen = [browser.get("/api/v1/sites").status_code for browser in [*browsers, browsers[0]]]
    assert seen == [200, 200, 429]


def tries(**client: Any) -> HttpResponse:
    body = {"email": "a@example.com", "password": "x", "name": "x"}
    return Client(**client).post("/api/v1/tokens", body, content_type="application/json")


def test_asking_for_a_token_counts_by_address(
    clinic: factories.Clinic, rates: Callable[..., None]
) -> None:
    rates(token_making="2/minute")
    seen = [tries(REMOTE_ADDR="198.51.100.1").status_code for _ in range(3)]
    assert seen == [400, 400, 429]
    assert tries(REMOTE_ADDR="198.51.100.1")["Retry-After"] == "60"
    assert tries(REMOTE_ADDR="198.51.100.2").status_code == 400


@pytest.mark.parametrize("text", ["", "1/second", "120/minute", "5000/hour", "9/day"])
def test_rates_are_read_from_the_environment(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_BURST", text)
    assert rate("API_BURST", "7/hour") == (text or "7/hour")


@pytest.mark.parametrize("text", ["0/minute", "many", "5", "5/week", "-1/hour", "1.5/hour"])
def test_an_odd_rate_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_BURST", text)
    with pytest.raises(Exception, match="API_BURST must be a rate"):
        rate("API_BURST", "7/hour")
