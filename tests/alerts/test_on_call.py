"""Who is on call: the page and its API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Membership, Role
from courses.alerts.duty import on_call_now
from courses.alerts.services import plan_on_call
from courses.models import OnCall
from tests.api.conftest import Caller
from tests.factories import NOW, Clinic

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def manager(clinic: Clinic) -> Membership:
    return clinic.person(Role.MANAGER)


def duty(
    clinic: Clinic, starts_at: datetime = NOW - HOUR, ends_at: datetime = NOW + HOUR
) -> OnCall:
    return plan_on_call(
        site=clinic.site, member=clinic.nurse, starts_at=starts_at, ends_at=ends_at, now=NOW
    )


def said(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    typed = {
        "member": clinic.nurse.pk,
        "from_on": "2026-01-05",
        "from_at": "18:00",
        "to_on": "2026-01-06",
        "to_at": "08:00",
    }
    return {**typed, **changes}


def test_a_manager_puts_somebody_on_call_by_the_sites_clock(
    clinic: Clinic, manager: Membership, sign_in: SignIn
) -> None:
    browser = sign_in(manager)
    where = reverse("courses:on_call_of_site", args=[clinic.site.pk])
    assert browser.get(reverse("courses:on_call"))["Location"] == where
    assert "Nobody is on call" in browser.get(where).content.decode()
    assert browser.post(where, said(clinic)).status_code == 302
    made = OnCall.objects.get()
    assert made.starts_at.astimezone(clinic.site.zone).hour == 18
    assert clinic.nurse.name in browser.get(where).content.decode()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"to_on": "2026-01-05", "to_at": "17:00"}, "The end must be later than the start."),
        (
            {"from_on": "2026-01-03", "to_on": "2026-01-04"},
            "This is over already: check the date.",
        ),
        ({"to_on": "2027-01-06"}, "This is longer than a month: check the dates."),
        ({"member": ""}, "This field is required."),
    ],
)
def test_a_fault_is_named_and_what_was_typed_stays(
    clinic: Clinic, manager: Membership, sign_in: SignIn, change: dict[str, str], fault: str
) -> None:
    where = reverse("courses:on_call_of_site", args=[clinic.site.pk])
    answer = sign_in(manager).post(where, said(clinic, **change))
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert 'value="18:00"' in answer.content.decode()
    assert not OnCall.objects.exists()


def test_nobody_is_put_on_call_who_does_not_answer_alerts(
    clinic: Clinic, manager: Membership, sign_in: SignIn
) -> None:
    where = reverse("courses:on_call_of_site", args=[clinic.site.pk])
    answer = sign_in(manager).post(where, said(clinic, member=clinic.desk.pk))
    assert answer.status_code == 422


def test_a_duty_under_way_ends_and_one_to_come_goes(
    clinic: Clinic, manager: Membership, sign_in: SignIn
) -> None:
    now, later = duty(clinic), duty(clinic, NOW + HOUR, NOW + 2 * HOUR)
    browser = sign_in(manager)
    for one in (now, later):
        browser.post(reverse("courses:on_call_end", args=[one.pk]))
    now.refresh_from_db()
    assert now.ends_at == NOW
    assert not OnCall.objects.filter(pk=later.pk).exists()
    assert not on_call_now(clinic.site, NOW).exists()


def test_clinicians_do_not_keep_it(clinic: Clinic, sign_in: SignIn) -> None:
    one = duty(clinic)
    browser = sign_in(clinic.nurse)
    where = reverse("courses:on_call_of_site", args=[clinic.site.pk])
    assert browser.get(where).status_code == 403
    assert browser.post(reverse("courses:on_call_end", args=[one.pk])).status_code == 403
    assert Caller(clinic.nurse).get(f"/sites/{clinic.site.pk}/on-call").status_code == 403


def test_the_api_plans_lists_and_ends(clinic: Clinic, manager: Membership) -> None:
    caller = Caller(manager)
    body = {
        "member": str(clinic.nurse.pk),
        "starts_at": (NOW - HOUR).isoformat(),
        "ends_at": (NOW + HOUR).isoformat(),
    }
    made = caller.post(f"/sites/{clinic.site.pk}/on-call", body)
    assert made.status_code == 201
    listed = caller.get(f"/sites/{clinic.site.pk}/on-call").json()["results"]
    assert [one["member"] for one in listed] == [str(clinic.nurse.pk)]
    refused = caller.post(
        f"/sites/{clinic.site.pk}/on-call", {**body, "ends_at": body["starts_at"]}
    )
    assert refused.json()["errors"][0]["pointer"] == "#/ends_at"
    assert caller.delete(f"/on-call/{made.json()['id']}").status_code == 204
    assert caller.get(f"/sites/{clinic.site.pk}/on-call").json()["results"] == []
