"""The page and the API of a site's capacity: who sees what, in each state."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Membership, Role
from scheduling.capacity.models import CapacityForecast
from scheduling.capacity.services import count_next_week
from tests.api.conftest import Caller
from tests.factories import Clinic, make_member

pytestmark = pytest.mark.django_db

Browser = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    """Counting ends with the second course."""
    settings.CAPACITY_MOST_COURSES = 2


def named(clinic: Clinic) -> dict[str, str]:
    return {"site": str(clinic.site.pk), "protocol": str(clinic.version.pk)}


def count(weeks: int = 8) -> None:
    forecast = CapacityForecast.objects.get(status__in=CapacityForecast.OPEN)
    own = {"organization_id": forecast.organization_id, "forecast_id": forecast.pk}
    for _ in range(weeks):
        count_next_week(**own, now=timezone.now())


def test_the_page_from_nothing_to_a_table(clinic: Clinic, sign_in: Browser) -> None:
    desk, page, said = sign_in(clinic.desk), reverse("scheduling:capacity"), named(clinic)
    assert b"Not counted yet" in desk.get(page, said).content
    asked = desk.post(reverse("scheduling:capacity_count"), said)
    assert asked["Location"] == f"{page}?site={said['site']}&protocol={said['protocol']}"
    count(weeks=3)
    piece = reverse("scheduling:capacity_forecast")
    assert b"Week 4 of 8" in desk.get(piece, said, headers={"HX-Request": "true"}).content
    count(weeks=5)
    told = desk.get(piece, said, headers={"HX-Request": "true"}).content.decode()
    assert told.count('data-now="2"') == 8
    assert "hx-trigger" not in told
    assert "2</strong> or more" in desk.get(page, said).content.decode()


def test_what_was_counted_stays_when_counting_again_ends_early(
    clinic: Clinic, sign_in: Browser
) -> None:
    desk, said = sign_in(clinic.desk), named(clinic)
    for address in ("capacity_count", "capacity_cancel"):
        desk.post(reverse(f"scheduling:{address}"), said)
    assert b"cancelled" in desk.get(reverse("scheduling:capacity"), said).content
    desk.post(reverse("scheduling:capacity_count"), said)
    count()
    desk.post(reverse("scheduling:capacity_count"), said)
    CapacityForecast.objects.filter(status="QUEUED").update(status="FAILED")
    shown = desk.get(reverse("scheduling:capacity"), said).content.decode()
    assert "Counting failed" in shown
    assert shown.count('data-now="2"') == 8


def test_who_only_sees_the_schedule_cannot_count(
    clinic: Clinic, sign_in: Browser, caller: Any
) -> None:
    director = make_member(clinic.site, Role.MEDICAL_DIRECTOR)
    browser, said = sign_in(director), named(clinic)
    shown = browser.get(reverse("scheduling:capacity"), said)
    assert (shown.status_code, b"Count the next weeks" in shown.content) == (200, False)
    assert browser.post(reverse("scheduling:capacity_count"), said).status_code == 403
    path, said = f"/sites/{clinic.site.pk}/capacity", {"protocol_version": str(clinic.version.pk)}
    assert caller(director).get(path, **said).status_code == 200
    assert caller(director).post(path, said).status_code == 403


def test_another_organisations_site_and_protocol_are_not_there(
    clinic: Clinic, other_clinic: Clinic, sign_in: Browser, caller: Any
) -> None:
    stranger, said = sign_in(other_clinic.desk), named(clinic)
    assert stranger.get(reverse("scheduling:capacity"), said).status_code == 404
    mixed = {**said, "site": str(other_clinic.site.pk)}
    assert stranger.post(reverse("scheduling:capacity_count"), mixed).status_code == 404
    path = f"/sites/{other_clinic.site.pk}/capacity"
    refused = caller(other_clinic.desk).post(path, {"protocol_version": said["protocol"]})
    assert refused.status_code == 400
    assert "protocol_version" in str(refused.json()["errors"])
    assert not CapacityForecast.objects.exists()


def test_the_api_counts_waits_and_tells(clinic: Clinic, desk: Caller) -> None:
    path, said = f"/sites/{clinic.site.pk}/capacity", {"protocol_version": str(clinic.version.pk)}
    assert desk.get(path, **said).json()["status"] == "NONE"
    asked = desk.post(path, said)
    assert (asked.status_code, asked.json()["status"]) == (202, "QUEUED")
    assert desk.post(f"{path}/cancel", said).json()["status"] == "CANCELLED"
    desk.post(path, said)
    count()
    told = desk.get(path, **said).json()
    assert (told["status"], told["progress"], len(told["weeks"])) == ("READY", 100, 8)
    week = told["weeks"][0]
    assert (week["count"], week["is_capped"], week["without"]) == (2, True, [])
    full = desk.get(f"/sites/{clinic.site.pk}/utilisation").json()
    assert (len(full), full[8]["chairs"]["available_hours"]) == (17, 50)
