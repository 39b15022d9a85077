"""Holding and discarding a proposal, and reading what is held, by the API."""

import pytest

from scheduling.keeping.models import SlotHold
from tests.api.conftest import Caller, caller, desk, fresh_limits, proposal

__all__ = ["caller", "desk", "fresh_limits", "proposal"]

pytestmark = pytest.mark.django_db


def test_the_api_says_who_holds_what_holds_anew_and_lets_go(clinic, desk, proposal):
    held = desk.get(proposal["url"]).json()
    assert held["held_by"] == clinic.desk.name
    assert held["held_until"]
    day = {"site": str(clinic.site.pk), "day": held["visits"][0]["starts_at"][:10]}
    book = Caller(clinic.nurse)
    [shown] = book.get("/book/day", **day).json()["holds"]
    assert (shown["held_by"], shown["held_until"]) == (held["held_by"], held["held_until"])
    assert len(book.get("/book/week", **day).json()["holds"]) >= 1
    SlotHold.objects.all().delete()
    assert desk.get(proposal["url"]).json()["held_until"] is None
    assert desk.post(f"{proposal['url']}/hold").json()["held_until"]
    assert desk.post(f"{proposal['url']}/discard").json()["status"] == "DISCARDED"
    assert not SlotHold.objects.exists()
    refused = desk.post(f"{proposal['url']}/hold")
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("nothing-to-hold")
