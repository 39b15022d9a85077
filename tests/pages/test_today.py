"""The day of a site: grid data by the site's wall clock, the list, choosing site and day."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from clinic.models import Closure
from tests.factories import (
    NOW,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_site,
    make_version,
    make_visit,
    small_definition,
)
from tests.pages.conftest import queries_of

pytestmark = pytest.mark.django_db

TODAY = "/"
BOARD = "/board/"


def grid_of(html):
    text = re.search(r'id="board-data" type="application/json">(.*?)</script>', html)[1]
    return json.loads(text)


def visit_at(clinic, starts_at, *, room=None, **fields):
    patient = make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
    course = make_course(patient, clinic.version, clinic.desk)
    return make_visit(course, room or clinic.chair, starts_at, nurse=clinic.nurse, **fields)


def test_today_is_the_sites_today(clinic, sign_in, clock):
    clock(datetime(2026, 1, 6, 3, 30, tzinfo=UTC))  # still the 5th in New York
    html = sign_in(clinic.desk).get(TODAY).content.decode()
    assert "Today, Monday 5 January 2026" in html
    assert "now <time" in html
    assert "22:30" in html


@pytest.mark.parametrize(
    ("starts_at", "zone"),
    [
        (datetime(2026, 3, 6, 15, tzinfo=UTC), "EST"),  # 10:00, the Friday before the change
        (datetime(2026, 3, 9, 14, tzinfo=UTC), "EDT"),  # 10:00, the Monday after
    ],
)
def test_times_are_the_sites_across_a_clock_change(clinic, desk, starts_at, zone):
    visit = visit_at(clinic, starts_at)
    html = desk.get(TODAY, {"day": starts_at.date().isoformat()}).content.decode()
    shown = grid_of(html)["visits"][0]
    assert shown["start"] == f"{starts_at.date()}T10:00:00"
    assert shown["end"] == f"{starts_at.date()}T12:00:00"
    assert shown["url"] == reverse("scheduling:visit", args=[visit.pk])
    assert [phase["at"] for phase in shown["phases"]] == ["10:00", "10:15", "11:00"]
    assert f"times in {zone}" in html


def test_list_and_grid_tell_the_same(clinic, desk):
    visit_at(clinic, NOW + timedelta(hours=1), status="OBSERVING")
    html = desk.get(TODAY).content.decode()
    shown = grid_of(html)["visits"][0]
    assert (shown["name"], shown["state"]) == ("Lovelace, Ada", "OBSERVING")
    assert shown["staff"] == [clinic.nurse.name]
    listed = html[html.index("day-list") : html.index("board-data")]
    assert "Lovelace, Ada" in listed
    assert "Observing" in listed
    assert clinic.chair.name in listed


def test_every_state_is_counted_by_name(clinic, desk):
    visit_at(clinic, NOW + timedelta(hours=1), status="ARRIVED")
    counts = {entry.label: entry.number for entry in desk.get(TODAY).context["states"]}
    assert counts == {"Planned": 0, "Arrived": 1, "In progress": 0, "Observing": 0, "Done": 0}


def test_the_grid_spans_opening_hours_and_whatever_lies_outside(clinic, desk):
    visit_at(clinic, datetime(2026, 1, 5, 12, tzinfo=UTC))  # 07:00, before the doors open
    late = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)  # 17:30 to 19:30
    visit_at(clinic, late, room=make_room(clinic.site, "infusion"))
    grid = grid_of(desk.get(TODAY).content.decode())
    assert (grid["from"], grid["until"]) == ("07:00", "20:00")
    shut = [(one["start"][11:16], one["end"][11:16]) for one in grid["shut"]]
    assert shut == [("07:00", "08:00"), ("18:00", "20:00")]


def test_a_closed_day_says_why(clinic, desk):
    Closure.objects.create(
        organization=clinic.organization, site=clinic.site, on=date(2026, 1, 5), reason="Snow"
    )
    html = desk.get(TODAY).content.decode()
    assert "Closed on this day: Snow." in html
    assert "No visits on this day" in html
    assert "is not open on Sundays" in desk.get(TODAY, {"day": "2026-01-04"}).content.decode()


def test_an_odd_day_is_read_as_today(desk):
    for text in ("yesterday", "2026-13-01", "", "0001-01-01", "9999-12-31"):
        assert "day=2026-01-05" in desk.get(BOARD, {"day": text}).content.decode()
        assert "Monday 5 January 2026" in desk.get(TODAY, {"day": text}).content.decode()


def test_the_site_that_was_looked_at_last_is_shown_again(clinic, desk):
    sydney = make_site(clinic.organization, timezone="Australia/Sydney")
    clinic.desk.assignments.create(organization=clinic.organization, site=sydney, role="FRONT_DESK")
    assert "times in AEDT" in desk.get(TODAY, {"site": sydney.pk}).content.decode()
    assert "times in AEDT" in desk.get(TODAY).content.decode()


def test_without_a_choice_ones_own_site_comes_first(clinic, desk):
    clinic.site.name = "Zoo Street"
    clinic.site.save()
    make_site(clinic.organization, timezone="Australia/Sydney")
    assert "times in EST" in desk.get(TODAY).content.decode()


@pytest.mark.parametrize("asked", ["nonsense", "other"])
def test_another_organisations_site_does_not_exist(other_clinic, desk, asked):
    site = other_clinic.site.pk if asked == "other" else asked
    assert desk.get(TODAY, {"site": site}).status_code == 404
    assert desk.get(BOARD, {"site": site}).status_code == 404


def test_somebody_without_a_role_is_told(clinic, desk):
    clinic.desk.assignments.all().delete()
    for address in (TODAY, BOARD):
        answer = desk.get(address)
        assert answer.status_code == 403
        assert "You have no role yet" in answer.content.decode()


def test_an_open_page_hears_only_of_changes(clinic, desk):
    visit = visit_at(clinic, NOW + timedelta(hours=1))
    mark = grid_of(desk.get(TODAY).content.decode())["mark"]
    assert desk.get(BOARD, {"mark": mark}).status_code == 204
    visit.status = "ARRIVED"
    visit.save()
    changed = desk.get(BOARD, {"mark": mark})
    assert changed.status_code == 200
    html = changed.content.decode()
    assert "<html" not in html
    assert grid_of(html)["mark"] != mark


def test_the_passing_of_time_is_no_change(clinic, desk, clock):
    visit_at(clinic, NOW + timedelta(hours=1))
    mark = grid_of(desk.get(TODAY).content.decode())["mark"]
    clock(NOW + timedelta(minutes=14))
    assert desk.get(BOARD, {"mark": mark}).status_code == 204


def test_the_number_of_queries_does_not_grow(clinic, desk):
    first, counts = datetime.combine(NOW.date(), time(14), UTC), set()
    desk.get(TODAY)
    for n in range(20):
        nurse = make_member(clinic.site, "NURSE", capacity=6)
        course = make_course(
            make_patient(clinic.site),
            make_version(clinic.organization, small_definition()),
            clinic.desk,
        )
        room = make_room(clinic.site, "infusion")
        make_visit(course, room, first + timedelta(minutes=15 * (n % 8)), nurse=nurse)
        if n in (0, 19):
            counts.add(queries_of(desk, TODAY))
    assert len(counts) == 1, counts
