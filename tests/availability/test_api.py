"""The API of hours, closures, rooms, rosters and credentials."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic.models import Closure, Credential, Leave, Role, ShiftChange
from tests.factories import NEW_YORK

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).astimezone(NEW_YORK).date()
DAY = TODAY + timedelta(days=10)
ON = DAY.isoformat()


class Caller:
    """A browser that speaks JSON about one clinic."""

    def __init__(self, clinic: Any, browser: Any) -> None:
        self.clinic, self.browser = clinic, browser

    def url(self, name: str, **ids: Any) -> str:
        person = name in PEOPLE
        known = {"member_id": self.clinic.nurse.pk} if person else {}
        return reverse(f"api:{name}", kwargs={"site_id": self.clinic.site.pk, **known, **ids})

    def __call__(self, method: str, name: str, body: Any = None, **ids: Any) -> Any:
        ask = getattr(self.browser, method)
        if body is None:
            return ask(self.url(name, **ids))
        return ask(self.url(name, **ids), body, content_type="application/json")


PEOPLE = {
    "shifts", "shift_changes", "shift_change", "leaves", "leave", "credentials", "credential",
}  # fmt: skip


@pytest.fixture
def call(clinic, sign_in):
    return Caller(clinic, sign_in(clinic.person(Role.MANAGER)))


def test_the_week_is_replaced_whole(call):
    week = [{"weekday": 0, "starts": "08:00", "ends": "12:00"}]
    assert call("put", "hours", {"week": week}).json() == week
    assert call("get", "hours").json() == week
    wrong = call("put", "hours", {"week": [*week, {**week[0], "starts": "11:00"}]})
    assert wrong.status_code == 400
    assert "Monday: Two of these times overlap" in wrong.content.decode()


def test_hours_of_one_date_come_and_go(call):
    said = {"on": ON, "hours": [{"starts": "10:00", "ends": "12:00"}], "reason": "Training"}
    made = call("post", "special_hours", said)
    assert made.status_code == 201
    [day] = call("get", "special_hours").json()
    assert day == made.json()
    assert {name: day[name] for name in said} == said
    gone = call("delete", "special_hours_of_day", special_hours_id=day["id"])
    assert gone.status_code == 204
    assert call("get", "special_hours").json() == []


def test_closures_and_holidays(clinic, call):
    made = call("post", "closures", {"on": ON, "reason": "Painters"})
    assert made.status_code == 201
    assert call("post", "closures", {"on": ON, "reason": "Again"}).status_code == 400
    assert call("delete", "closure", closure_id=made.json()["id"]).status_code == 204
    assert call("get", "holidays").json() == []
    clinic.site.holiday_country = "US"
    clinic.site.save(update_fields=["holiday_country"])
    first = call("get", "holidays").json()[0]
    taken = call("post", "holidays", {"days": [first["on"]]})
    assert [one["reason"] for one in taken.json()] == [first["name"]]
    assert [str(one.on) for one in Closure.objects.all()] == [first["on"]]


def test_rooms_and_when_they_are_out_of_use(clinic, call):
    made = call("post", "rooms", {"name": "Bay 9", "kinds": ["infusion"]})
    assert made.status_code == 201
    room = made.json()["id"]
    changed = call("put", "room", {"name": "Bay 8", "kinds": ["consulting"]}, room_id=room)
    assert changed.json() == {"id": room, "name": "Bay 8", "kinds": ["consulting"]}
    block = {"starts_at": f"{ON}T14:00:00Z", "ends_at": f"{ON}T16:00:00Z", "reason": "Pump"}
    kept = call("post", "room_blocks", block, room_id=room)
    assert kept.status_code == 201
    assert datetime.fromisoformat(kept.json()["starts_at"]) == datetime.combine(
        DAY, datetime.min.time().replace(hour=14), UTC
    )
    [shown] = call("get", "room_blocks", room_id=room).json()
    gone = call("delete", "room_block", room_block_id=shown["id"])
    assert gone.status_code == 204


def test_shifts_of_the_week_and_of_one_date(call):
    week = [{"weekday": 5, "starts": "08:00", "ends": "12:00"}]
    assert call("put", "shifts", {"week": week}).json() == week
    assert call("get", "shifts").json() == week
    made = call("post", "shift_changes", {"on": ON, "hours": []})
    assert made.status_code == 201
    [day] = call("get", "shift_changes").json()
    assert (day["on"], day["hours"]) == (ON, [])
    assert call("delete", "shift_change", shift_change_id=day["id"]).status_code == 204
    assert not ShiftChange.objects.exists()


def test_leave_and_credentials(call):
    leave = {"kind": "SICK", "starts_at": f"{ON}T13:00:00Z", "ends_at": f"{ON}T23:00:00Z"}
    made = call("post", "leaves", leave)
    assert made.status_code == 201
    assert [one["kind"] for one in call("get", "leaves").json()] == ["SICK"]
    twice = call("post", "leaves", leave)
    assert twice.status_code == 400
    assert "leave in that time already" in twice.content.decode()
    assert call("delete", "leave", leave_id=made.json()["id"]).status_code == 204
    credential = {"kind": "LICENSE", "number": "RN 77", "expires_on": ON}
    kept = call("post", "credentials", credential)
    assert kept.status_code == 201
    assert [one["number"] for one in call("get", "credentials").json()] == ["RN 77"]
    assert call("delete", "credential", credential_id=kept.json()["id"]).status_code == 204
    assert not Leave.objects.exists()
    assert not Credential.objects.exists()


def test_the_roster_says_who_works_and_not_why_somebody_does_not(clinic, call, sign_in):
    call("post", "leaves", {"kind": "SICK", "starts_at": f"{ON}T00:00:00Z",
                            "ends_at": f"{ON}T23:59:00Z", "reason": "Influenza"})  # fmt: skip
    reader = Caller(clinic, sign_in(clinic.therapist))
    answer = reader.browser.get(reader.url("roster") + f"?first={ON}&days=1")
    lines = {line["name"]: line for line in answer.json()}
    assert lines[clinic.nurse.name]["days"][0]["is_present"] is False
    assert "SICK" not in answer.content.decode()
    assert "Influenza" not in answer.content.decode()


@pytest.mark.parametrize("name", ["leaves", "credentials", "shifts", "shift_changes"])
def test_a_persons_roster_is_for_who_keeps_it(clinic, other_clinic, client, sign_in, name):
    statuses = [
        Caller(clinic, browser)("get", name).status_code
        for browser in (
            client,
            sign_in(other_clinic.person(Role.MANAGER)),
            sign_in(clinic.therapist),
            sign_in(clinic.desk),
        )
    ]
    assert statuses == [401, 404, 403, 200]
