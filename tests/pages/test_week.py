"""The week, the day by person and on paper, and another room: who sees what, and what it says."""

from datetime import date, timedelta

import pytest

from clinic.models import Closure, Leave
from courses.models import CourseEvent
from reminders.models import Message
from scheduling.models import Reservation
from scheduling.selectors.board import Viewer
from scheduling.selectors.week import week_board
from tests.factories import (
    NOW,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_site,
    make_visit,
)
from tests.pages.conftest import HTMX, queries_of
from tests.pages.test_today import grid_of, visit_at

pytestmark = pytest.mark.django_db

WEEK, SHEET = "/week/", "/day-sheet/"


def day_of(answer, on):
    return next(day for day in answer.context["week"].days if day.on == on)


def test_a_week_says_how_full_each_day_is(clinic, desk):
    visit_at(clinic, NOW + timedelta(hours=1))  # two of the chair's ten hours, 3 of the nurse's 6
    monday = day_of(desk.get(WEEK, {"day": "2026-01-08"}), date(2026, 1, 5))
    assert (monday.chairs, monday.nurses, len(monday.visits)) == (20, 10, 1)
    sunday = day_of(desk.get(WEEK), date(2026, 1, 11))
    assert (sunday.chairs, sunday.nurses) == (None, None)


def test_leave_and_closures_take_from_what_there_is(clinic, desk):
    own = {"organization": clinic.organization}
    off = (NOW + timedelta(hours=4), NOW + timedelta(hours=14))  # from 13:00 on
    Leave.objects.create(membership=clinic.nurse, during=off, **own)
    visit_at(clinic, NOW)
    assert day_of(desk.get(WEEK), NOW.date()).nurses == 20
    Closure.objects.create(site=clinic.site, on=NOW.date(), reason="Snow", **own)
    html = desk.get(WEEK).content.decode()
    assert "Closed: Snow" in html


def test_people_stand_beside_each_other_with_load_and_absence(clinic, desk):
    visit_at(clinic, NOW)
    visit_at(clinic, NOW + timedelta(hours=1), room=make_room(clinic.site, "infusion"))
    Leave.objects.create(
        organization=clinic.organization,
        membership=clinic.therapist,
        during=(NOW, NOW + timedelta(days=1)),
    )
    people = {one["title"]: one for one in grid_of(desk.get("/").content.decode())["people"]}
    nurse = people[clinic.nurse.name]
    steps = [(step["start"][11:16], step["load"], step["share"]) for step in nurse["steps"]]
    assert steps == [("09:00", 3, 50), ("10:00", 6, 100), ("11:00", 3, 50)]
    assert (nurse["peak"], nurse["capacity"]) == (6, 6)
    assert people[clinic.therapist.name]["away"] == "Away"
    assert clinic.desk.name not in people


def test_without_the_right_to_names_a_week_has_none(clinic):
    visit_at(clinic, NOW)
    shown = [
        [
            visit.patient_name
            for visit in week_board(site=clinic.site, day=NOW.date(), viewer=viewer).days[0].visits
        ]
        for viewer in (Viewer(), Viewer(has_names=True))
    ]
    assert shown == [["Booked"], ["Lovelace, Ada"]]


@pytest.mark.parametrize("page", ["/", WEEK, SHEET])
def test_a_restricted_chart_shows_a_time_and_no_more(clinic, desk, page):
    patient = make_patient(clinic.site, family_name="Lovelace", is_restricted=True)
    make_visit(make_course(patient, clinic.version, clinic.desk), clinic.chair, NOW)
    html = desk.get(page).content.decode()
    assert "Restricted chart" in html
    for told in ("Lovelace", "Infusion 1", "Observation"):
        assert told not in html


@pytest.mark.parametrize("page", ["/", WEEK, SHEET])
def test_the_number_of_queries_does_not_grow(clinic, desk, page):
    counts = set()
    desk.get(page)
    for n in range(8):
        room = make_room(clinic.site, "infusion")
        nurse = make_member(clinic.site, "NURSE", capacity=6)
        course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
        make_visit(course, room, NOW + timedelta(hours=n), nurse=nurse)
        if n in (0, 7):
            counts.add(queries_of(desk, page))
    assert len(counts) == 1, counts


def test_a_sheet_has_rooms_phases_and_people_and_no_navigation(clinic, desk):
    visit_at(clinic, NOW)
    html = desk.get(SHEET).content.decode()
    for told in (clinic.chair.name, "Observation", clinic.nurse.name, "Notes"):
        assert told in html
    assert "mainnav" not in html


def test_another_room_is_asked_first_and_taken_then(clinic, desk):
    visit, other = visit_at(clinic, NOW + timedelta(hours=1)), make_room(clinic.site, "infusion")
    address = f"/visits/{visit.pk}/room/"
    asked = desk.get(address, {"room": other.pk}, headers=HTMX).content.decode()
    assert "Change the room" in asked
    assert Reservation.objects.get().room == clinic.chair
    written = list(Message.objects.values_list("pk", flat=True))
    done = desk.post(address, {"room": other.pk, "version": "0"}, headers=HTMX)
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/visits/{visit.pk}/")
    assert Reservation.objects.get().room == other
    assert not Message.objects.exclude(pk__in=written).exists(), "nobody is written to"
    visit.refresh_from_db()
    assert visit.version == 0, "letters that wait are still sent"
    event = CourseEvent.objects.get(kind="VISIT_MOVED")
    assert (event.by, event.detail["room_from"]) == (clinic.desk, str(clinic.chair.pk))
    assert event.detail["room_to"] == str(other.pk)


def test_a_room_is_not_taken_for_a_visit_that_moved_since_it_was_shown(clinic, desk):
    visit, other = visit_at(clinic, NOW + timedelta(hours=1)), make_room(clinic.site, "infusion")
    address = f"/visits/{visit.pk}/room/"
    asked = desk.get(address, {"room": other.pk}, headers=HTMX).content.decode()
    assert 'name="version" value="0"' in asked
    type(visit).objects.filter(pk=visit.pk).update(version=1)
    answer = desk.post(address, {"room": other.pk, "version": "0"}, headers=HTMX)
    assert answer.status_code == 409
    assert Reservation.objects.get().room == clinic.chair


@pytest.mark.parametrize("why", ["taken", "kind", "begun", "elsewhere"])
def test_a_room_is_refused_in_words(clinic, desk, why):
    visit = visit_at(clinic, NOW + timedelta(hours=1))
    kind = "consulting" if why == "kind" else "infusion"
    site = make_site(clinic.organization) if why == "elsewhere" else clinic.site
    other = make_room(site, kind)
    if why == "taken":
        visit_at(clinic, NOW + timedelta(hours=2), room=other, load=1)
    if why == "begun":
        type(visit).objects.filter(pk=visit.pk).update(status="ARRIVED")
    answer = desk.post(f"/visits/{visit.pk}/room/", {"room": other.pk}, headers=HTMX)
    assert answer.status_code == {"taken": 409, "begun": 409}.get(why, 422)
    assert "Change the room" not in answer.content.decode()
    assert Reservation.objects.get(session=visit).room == clinic.chair


def test_the_api_has_the_same_day_and_week(clinic, desk):
    visit_at(clinic, NOW)
    asked = {"site": clinic.site.pk, "day": "2026-01-05"}
    day = desk.get("/api/v1/book/day", asked).json()
    assert [room["name"] for room in day["rooms"]] == [clinic.chair.name, clinic.office.name]
    nurse = next(one for one in day["people"] if one["id"] == str(clinic.nurse.pk))
    assert (nurse["peak"], nurse["capacity"], len(nurse["load"])) == (3, 6, 1)
    assert day["visits"][0]["staff_ids"] == [str(clinic.nurse.pk)]
    assert day["open"]["hours"] == [{"opens": "08:00", "closes": "18:00"}]
    week = desk.get("/api/v1/book/week", asked).json()
    assert [one["open"]["day"] for one in week["days"]][::6] == ["2026-01-05", "2026-01-11"]
    assert week["days"][0]["chairs_percent"] == 20
