"""Groups on pages, on paper and over the API; and what nobody learns there."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role, RoleAssignment
from scheduling.feeds.calendars import entries_of
from scheduling.groups.detail import members_of
from scheduling.groups.models import GroupVisit
from scheduling.selectors.board import Viewer, day_board
from scheduling.selectors.slots import slot_days, why_not
from scheduling.selectors.timeline import course_timeline
from scheduling.selectors.week import week_board
from tests.factories import NOW, make_member, make_room
from tests.groups.making import HOUR, TALK_AT, full_group, make_group, talk_of, treated

pytestmark = pytest.mark.django_db
AT = TALK_AT + 3 * HOUR


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time that pages see is NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def test_free_times_list_groups_and_say_how_many_places_are_left(clinic):
    full_group(clinic, AT, members=2, places=2)
    group, _ = full_group(clinic, AT + HOUR, members=1)
    visit = talk_of(treated(clinic))
    groups = [choice for day in slot_days(visit, now=NOW) for choice in day.groups]
    assert [(one.group_id, one.free, one.places) for one in groups] == [(group.pk, 2, 3)]
    # A time that is refused for want of people tells of the group that is full then, too.
    RoleAssignment.objects.filter(role=Role.THERAPIST).delete()
    assert "the group then is full: 2 of 2 places are taken" in why_not(visit, AT, now=NOW)


def test_a_group_is_one_block_and_its_sheet_names_its_members(clinic, sign_in, clock):
    group, courses = full_group(clinic, AT, members=2)
    board = day_board(site=clinic.site, day=group.local_date, has_names=True)
    [block] = board.entries
    assert (block.is_group, block.told, len(block.members)) == (True, "2 of 3 places", 2)
    [week_block] = [one for day in week_board(
        site=clinic.site, day=group.local_date, viewer=Viewer(has_names=True)
    ).days for one in day.entries if one.is_group]  # fmt: skip
    assert week_block.taken == 2
    assert [one.summary for one in entries_of(group.therapist, now=NOW)] == [
        f"Group integration, {group.room.name}"
    ]
    lines = course_timeline(courses[0], now=NOW).visits
    line = next(one for one in lines if one.kind == "integration")
    assert (line.group_id, line.staff) == (group.pk, [group.therapist.name])

    browser = sign_in(clinic.desk)
    asked = {"site": clinic.site.pk, "day": group.local_date.isoformat()}
    names = [course.patient.sort_name for course in courses]
    for name in ("today", "week", "day_sheet"):
        page = browser.get(reverse(f"scheduling:{name}"), asked).content.decode()
        assert "Group integration" in page
        assert "2 of 3 places" in page
        # The week has the members' other visits, by name; of the group it says how many.
        assert name == "week" or all(one in page for one in names)


@pytest.mark.parametrize("read", ["board", "group", "slots"])
def test_reads_take_as_many_queries_for_five_groups_as_for_one(clinic, read):
    visit = talk_of(treated(clinic))
    group, _ = full_group(clinic, AT, members=1, places=8)
    reads = {
        "board": lambda: day_board(site=clinic.site, day=group.local_date, has_names=True).people,
        "group": lambda: members_of(group, Viewer(has_names=True)),
        "slots": lambda: slot_days(visit, now=NOW),
    }

    def queries() -> int:
        reads[read]()  # what is kept between requests is read once
        with CaptureQueriesContext(connection) as found:
            reads[read]()
        return len(found)

    one = queries()
    for n in range(4):
        full_group(clinic, AT + timedelta(minutes=n * 30), members=1)
    assert queries() == one


def test_the_desk_makes_moves_and_cancels_a_group_on_pages(clinic, sign_in, clock):
    browser, therapist = sign_in(clinic.desk), make_member(clinic.site, Role.THERAPIST)
    room = make_room(clinic.site, "consulting")
    said = {
        "kind": "integration", "on": TALK_AT.date().isoformat(), "at": "12:00", "minutes": "90",
        "room": room.pk, "therapist": therapist.pk, "places": "3", "turnover_minutes": "15",
        "weeks": "2",
    }  # fmt: skip
    place = reverse("scheduling:group_new") + f"?site={clinic.site.pk}"
    assert browser.post(place, {**said, "places": "9"}).status_code == 422
    assert browser.post(place, said).status_code == 302
    group, later = GroupVisit.objects.order_by("starts_at")
    assert later.starts_at - group.starts_at == timedelta(weeks=1)

    visit = talk_of(treated(clinic))
    offered = browser.get(reverse("scheduling:visit_slots", args=[visit.pk])).content.decode()
    assert "group, 3 of 3 places free" in offered
    shown = browser.get(
        reverse("scheduling:visit_change", args=[visit.pk]), {"group": str(group.pk)}
    )
    way = shown.context["told"].ways[0]
    accept = {"group": str(group.pk), "way": "0", "answer-0": way.answer}
    browser.post(reverse("scheduling:visit_change_accept", args=[visit.pk]), accept)
    page = browser.get(reverse("scheduling:group", args=[group.pk])).content.decode()
    assert visit.patient.sort_name in page
    assert "1 of 3" in page

    change = reverse("scheduling:group_change", args=[group.pk])
    asked = {**said, "at": "13:00"}
    shown = browser.get(change, asked)
    assert visit.patient.sort_name in shown.content.decode()
    answer = {"answer": shown.context["story"].answer, "code": "STAFF"}
    accepting = reverse("scheduling:group_change_accept", args=[group.pk])
    assert browser.post(accepting, {**answer, "code": ""}).status_code == 422
    assert browser.post(accepting, answer).status_code == 302
    assert talk_of(visit.course).starts_at == group.starts_at + HOUR
    assert browser.post(accepting, answer).status_code == 409  # it has changed since

    shown = browser.get(change, {"cancel": "1"})
    answer = {"answer": shown.context["story"].answer, "code": "STAFF"}
    assert browser.post(accepting, answer).status_code == 302
    group.refresh_from_db()
    assert not group.is_planned


def test_the_api_makes_reads_and_changes_groups(clinic, sign_in, clock):
    browser = sign_in(clinic.desk)
    body = {
        "site": str(clinic.site.pk), "kind": "integration", "starts_at": AT.isoformat(),
        "minutes": 90, "places": 4, "room": str(clinic.office.pk),
        "therapist": str(clinic.therapist.pk),
    }  # fmt: skip
    made = browser.post("/api/v1/groups", body, content_type="application/json")
    assert made.status_code == 201, made.content
    [told] = made.json()["groups"]
    assert browser.get("/api/v1/groups", {"site": str(clinic.site.pk)}).json()["results"] == [told]
    again = browser.post("/api/v1/groups", body, content_type="application/json")
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (400, "group-refused")

    course = treated(clinic)
    visit, group = talk_of(course), GroupVisit.objects.get()
    days = browser.get(f"/api/v1/visits/{visit.pk}/slots").json()["days"]
    assert [one["group"] for day in days for one in day["groups"]] == [told["id"]]
    asked = browser.get(f"/api/v1/visits/{visit.pk}/consequences", {"group": told["id"]}).json()
    browser.post(
        f"/api/v1/visits/{visit.pk}/change", {"answer": asked["ways"][0]["answer"]},
        content_type="application/json",
    )  # fmt: skip
    [member] = browser.get(told["url"]).json()["members"]
    assert member["patient"] == str(course.patient_id)

    found = browser.get(f"{told['url']}/consequences", {"cancel": "true"}).json()
    assert [one["outcome"] for one in found["members"]] == ["OWN"]
    done = browser.post(
        f"{told['url']}/change", {"answer": found["answer"], "code": "STAFF"},
        content_type="application/json",
    )  # fmt: skip
    assert (done.status_code, done.json()["status"]) == (200, "CANCELLED")
    group.refresh_from_db()
    assert talk_of(course).reservation.group_id is None


def test_who_may_not_see_names_sees_none_and_shut_charts_stay_shut(clinic, sign_in, clock):
    group, [open_, shut] = full_group(clinic, AT, members=2)
    shut.patient.is_restricted = True
    shut.patient.save(update_fields=["is_restricted"])
    make_group(clinic, AT + HOUR)
    for address in (
        reverse("scheduling:group", args=[group.pk]),
        reverse("scheduling:group_change", args=[group.pk]) + "?cancel=1",
        reverse("scheduling:today") + f"?site={clinic.site.pk}&day={group.local_date}",
    ):
        page = sign_in(clinic.desk).get(address).content.decode()
        assert open_.patient.sort_name in page
        assert shut.patient.sort_name not in page
        assert "Restricted chart" in page
