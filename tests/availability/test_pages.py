"""The pages of hours, rooms, roster, one person and credentials: who may what, and what is told."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.availability import rosters, services
from clinic.models import (
    Closure,
    Credential,
    Leave,
    Role,
    Room,
    RoomBlock,
    ShiftChange,
    SpecialHours,
)
from tests.factories import NEW_YORK, make_member, make_room, make_site

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(NEW_YORK).date()
DAY = TODAY + timedelta(days=10)
ON = DAY.isoformat()
PAGES = ("roster", "hours", "rooms", "credentials", "person")


@pytest.fixture
def url(clinic):
    def of(page: str) -> str:
        ids = [clinic.site.pk, *([clinic.nurse.pk] if page == "person" else [])]
        return reverse(f"availability:{page}", args=ids)

    return of


@pytest.fixture
def manager(clinic, sign_in):
    return sign_in(clinic.person(Role.MANAGER))


@pytest.fixture
def desk(clinic, sign_in):
    return sign_in(clinic.desk)


def post(browser, url: str, act: str, **said):
    return browser.post(url, {"act": act, **said})


@pytest.mark.parametrize("page", PAGES)
def test_who_may_open_a_page(clinic, other_clinic, client, sign_in, url, page):
    assert client.get(url(page)).status_code == 302
    assert sign_in(other_clinic.person(Role.MANAGER)).get(url(page)).status_code == 404
    assert sign_in(clinic.desk).get(url(page)).status_code == 200
    reads = sign_in(clinic.nurse).get(url(page)).status_code
    assert reads == (200 if page == "roster" else 403)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_site_says_what_to_do(clinic, manager, page):
    site = make_site(clinic.organization)
    site.opening_hours.all().delete()
    boss = next(iter(clinic.others.values()))
    boss.assignments.create(site=site, role=Role.MANAGER, organization=clinic.organization)
    ids = [site.pk, *([boss.pk] if page == "person" else [])]
    answer = manager.get(reverse(f"availability:{page}", args=ids))
    assert answer.status_code == 200


def test_the_week_is_typed_and_told_day_by_day(clinic, manager, url):
    good = {"day-0-starts": ["08:00", "13:00", ""], "day-0-ends": ["12:00", "18:00", ""]}
    assert post(manager, url("hours"), "week", **good).status_code == 302
    assert [str(row) for row in clinic.site.opening_hours.order_by("starts")] == [
        "Monday 08:00-12:00",
        "Monday 13:00-18:00",
    ]
    bad = {
        "day-0-starts": ["08:00", "11:00"],
        "day-0-ends": ["12:00", "18:00"],
        "day-1-starts": ["09:00"],
        "day-1-ends": [""],
        "day-2-starts": ["noon"],
        "day-2-ends": ["18:00"],
    }
    answer = post(manager, url("hours"), "week", **bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Monday: Two of these times overlap: until 12:00, and from 11:00." in page
    assert "Tuesday: Give both when it begins and when it ends." in page
    assert "Wednesday: Give each time as hours and minutes, such as 09:30." in page
    assert 'value="noon"' in page
    assert clinic.site.opening_hours.count() == 2


def test_weekly_hours_rooms_and_the_calendar_are_for_who_manages_settings(clinic, desk, url):
    assert post(desk, url("hours"), "week").status_code == 403
    assert post(desk, url("hours"), "calendar", country="US").status_code == 403
    assert post(desk, url("rooms"), "room", name="Bay", kinds="iv").status_code == 403
    ask = {"kind": "BLS", "expires_on": ON}
    assert post(desk, url("person"), "credential", **ask).status_code == 403
    assert post(desk, url("credentials"), "required", required=[]).status_code == 403
    assert not Credential.objects.exists()


def test_other_hours_and_closures_of_single_days(clinic, desk, url):
    said = {"on": ON, "starts": "08:00", "ends": "12:00", "reason": "Training"}
    assert post(desk, url("hours"), "special", **said).status_code == 302
    assert post(desk, url("hours"), "close", on=ON, reason="Painters").status_code == 302
    page = desk.get(url("hours")).content.decode()
    assert "Training" in page
    assert "Painters" in page
    row, closure = SpecialHours.objects.get(), Closure.objects.get()
    assert post(desk, url("hours"), "usual", id=row.pk).status_code == 302
    assert post(desk, url("hours"), "reopen", id=closure.pk).status_code == 302
    assert not SpecialHours.objects.exists()
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("page", "act", "said", "words"),
    [
        ("hours", "special", {"on": ON}, "When does it open on that date?"),
        ("hours", "special", {"on": ON, "starts": "08:00"}, "Give both when it begins"),
        ("hours", "special", {"on": ON, "starts": "03:00", "ends": "09:00"}, "04:00 at the ear"),
        ("hours", "close", {"on": "2020-01-01", "reason": "x"}, "That day is over."),
        ("hours", "close", {"on": ON}, "This field is required."),
        ("hours", "calendar", {"country": "US", "subdivision": "zz"}, "no such region"),
        ("hours", "holidays", {}, "Choose the days on which the site is closed."),
        ("rooms", "room", {"name": "Bay", "kinds": "in/fusion"}, "Enter a valid"),
        ("person", "change", {"on": ON}, "Give the times, or say off."),
        ("person", "change", {"on": ON, "is_off": "on", "starts": "08:00", "ends": "09:00"},
         "Either times, or off."),
        ("person", "leave", {"kind": "SICK", "from_on": ON, "to_on": TODAY.isoformat()},
         "The end must be later than the start."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field(manager, url, page, act, said, words):
    answer = post(manager, url(page), act, **said)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_holidays_are_closed_by_a_click(clinic, manager, url):
    assert (
        post(manager, url("hours"), "calendar", country="US", subdivision="ny").status_code == 302
    )
    page = manager.get(url("hours"))
    [first, *_] = page.context["hours"].proposed
    assert first.name in page.content.decode()
    assert not Closure.objects.exists()
    post(manager, url("hours"), "holidays", days=[first.on.isoformat()])
    assert [one.on for one in Closure.objects.all()] == [first.on]


def test_a_room_is_added_changed_and_taken_out_of_use(clinic, manager, url):
    said = {"name": "Bay 9", "kinds": "Infusion, consulting", "is_active": "on"}
    assert post(manager, url("rooms"), "room", **said).status_code == 302
    room = Room.objects.get(name="Bay 9")
    assert room.kinds == ["infusion", "consulting"]
    block = {"from_on": ON, "to_on": ON, "reason": "Pump broken", "id": room.pk}
    assert post(manager, url("rooms"), "block", **block).status_code == 302
    [kept] = RoomBlock.objects.all()
    assert kept.during.upper - kept.during.lower == timedelta(days=1)
    twice = post(manager, url("rooms"), "block", **block)
    assert "out of use at that time already" in twice.content.decode()
    assert post(manager, url("rooms"), "unblock", id=kept.pk).status_code == 302
    off = {"id": room.pk, "name": "Bay 9", "kinds": "infusion"}
    assert post(manager, url("rooms"), "room", **off).status_code == 302
    room.refresh_from_db()
    assert not room.is_active
    assert post(manager, url("rooms"), "room", **{**off, "name": clinic.chair.name}).context[
        "forms"
    ]["room"].errors["name"] == ["The site has a room of that name already."]


def test_shifts_single_days_leave_and_credentials_of_a_person(clinic, manager, url):
    week = {"day-5-starts": ["08:00", ""], "day-5-ends": ["12:00", ""]}
    assert post(manager, url("person"), "shifts", **week).status_code == 302
    assert [str(one) for one in clinic.nurse.shifts.all()] == ["Saturday 08:00-12:00"]
    assert post(manager, url("person"), "change", on=ON, is_off="on").status_code == 302
    leave = {"kind": "SICK", "from_on": ON, "from_at": "12:00", "to_on": ON, "to_at": "18:00"}
    assert post(manager, url("person"), "leave", **leave).status_code == 302
    credential = {"kind": "LICENSE", "number": "RN 77", "expires_on": TODAY.isoformat()}
    assert post(manager, url("person"), "credential", **credential).status_code == 302
    page = manager.get(url("person")).content.decode()
    assert "Nobody is booked with" in page
    assert "RN 77" in manager.get(url("credentials")).content.decode() or "expired" in page
    for act, row in (
        ("usual", ShiftChange.objects.get()),
        ("return", Leave.objects.get()),
        ("drop", Credential.objects.get()),
    ):
        assert post(manager, url("person"), act, id=row.pk).status_code == 302
        assert not type(row).objects.exists()


def test_rows_of_another_place_are_not_found(clinic, other_clinic, manager, url):
    closure = Closure.objects.create(
        organization=other_clinic.organization, site=other_clinic.site, on=DAY
    )
    assert post(manager, url("hours"), "reopen", id=closure.pk).status_code == 404
    branch = make_site(clinic.organization)
    room = make_room(branch, "infusion")
    ask = {"id": room.pk, "from_on": ON, "to_on": ON, "reason": "x"}
    assert post(manager, url("rooms"), "block", **ask).status_code == 404
    stranger = reverse("availability:person", args=[clinic.site.pk, other_clinic.nurse.pk])
    assert manager.get(stranger).status_code == 404
    assert post(manager, url("hours"), "no such").status_code == 404
    assert Closure.objects.filter(pk=closure.pk).exists()


def test_the_roster_tells_kinds_of_leave_only_to_who_keeps_it(clinic, sign_in, url):
    rosters.add_leave(
        member=clinic.nurse, kind=Leave.Kind.SICK, starts_at=NOW, ends_at=NOW + timedelta(days=1)
    )
    assert "Sick" in sign_in(clinic.desk).get(url("roster")).content.decode()
    read = sign_in(clinic.therapist).get(url("roster")).content.decode()
    assert "Sick" not in read
    assert "Away" in read


def test_a_week_is_any_date_of_it(clinic, desk, url):
    answer = desk.get(url("roster") + f"?week={ON}")
    assert answer.context["days"][0] == DAY - timedelta(days=DAY.weekday())
    for odd in ("", "yesterday", "9999-12-31", "0001-01-01"):
        assert desk.get(url("roster") + f"?week={odd}").context["days"][0] <= TODAY


@pytest.mark.parametrize("page", PAGES)
def test_as_many_queries_for_many_rows_as_for_one(clinic, manager, url, page):
    def fill(number: int) -> None:
        day = DAY + timedelta(days=number)
        at = datetime.combine(day, time(9), NEW_YORK)
        nurse = make_member(clinic.site, Role.NURSE)
        services.close_site(site=clinic.site, on=day, reason="Painters", now=NOW)
        services.shorten_day(site=clinic.site, on=day, hours=[(time(8), time(12))], now=NOW)
        room = make_room(clinic.site, "infusion")
        services.block_room(room=room, starts_at=at, ends_at=at + timedelta(hours=1), reason="Pump")
        for one in (nurse, clinic.nurse):
            rosters.add_leave(member=one, starts_at=at, ends_at=at + timedelta(hours=1))
            rosters.change_shift(member=one, site=clinic.site, on=day, hours=[], now=NOW)
        rosters.record_credential(member=nurse, kind="LICENSE", expires_on=day)

    fill(0)
    manager.get(url(page))
    few = _queries(manager, url(page))
    for number in range(1, 8):
        fill(number)
    assert _queries(manager, url(page)) == few


def _queries(browser, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_no_day_lies_beyond_what_calendars_reckon_with(clinic, manager, url, day):
    away = {"kind": "SICK", "from_on": ON, "to_on": day}
    for place, act, said in (
        ("person", "leave", away),
        ("person", "leave", away | {"from_on": day, "to_at": "20:00"}),
        ("person", "change", {"on": day, "is_off": "on"}),
        ("person", "credential", {"kind": "LICENSE", "number": "7", "expires_on": day}),
        ("rooms", "block", {"id": clinic.chair.pk, "reason": "Paint"} | away),
        ("hours", "close", {"on": day, "reason": "Ever"}),
    ):
        answer = post(manager, url(place), act, **said)
        assert answer.status_code == 422, (place, act)
        assert "Check the year." in answer.content.decode()
