"""Proposals: waiting, ready, impossible, outdated."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from django.urls import reverse

from clinic.models import Closure, PatientWindow
from courses.models import Course
from scheduling.models import Proposal
from scheduling.services import work_on_proposal
from scheduling.views.proposals import STAGES
from sessions.models import Session
from tests.factories import NOW, make_patient
from tests.pages.conftest import proposed

pytestmark = pytest.mark.django_db


def page(proposal):
    return reverse("scheduling:proposal", args=[proposal.pk])


def progress(proposal):
    return reverse("scheduling:proposal_progress", args=[proposal.pk])


def accept(proposal):
    return reverse("scheduling:proposal_accept", args=[proposal.pk])


def test_while_it_is_planned_the_page_asks_again(clinic, desk):
    waiting = proposed(clinic, found=False)
    html = desk.get(page(waiting)).content.decode()
    assert f'hx-get="{progress(waiting)}"' in html
    assert STAGES[""] in html


def test_the_stage_and_progress_survive_a_reload(clinic, desk):
    waiting = proposed(clinic, found=False)
    Proposal.objects.filter(pk=waiting.pk).update(status="RUNNING", stage="planning", progress=40)
    for url in (page(waiting), progress(waiting)):
        html = desk.get(url).content.decode()
        assert STAGES["planning"] in html
        assert 'value="40"' in html


def test_the_piece_stops_asking_once_it_is_done(clinic, desk):
    waiting = proposed(clinic, found=False)
    work_on_proposal(organization_id=waiting.organization_id, proposal_id=waiting.pk, now=NOW)
    html = desk.get(progress(waiting), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert "every 1s" not in html
    assert "Accept and book all" in html
    assert 'hx-swap-oob="innerHTML"' in html


def test_every_visit_is_shown_with_time_zone_room_people_and_gap(clinic, desk, ready):
    html = desk.get(page(ready)).content.decode()
    for visit in ready.visits:
        assert html.count(f"{visit['starts_at'][:10]}T") > 0
    assert "Infusion 2 of 2" in html
    assert " EST" in html
    assert clinic.chair.name in html
    assert clinic.nurse.name in html
    assert "after the dose before" in html


def test_the_cost_is_told_in_words(desk, ready):
    assert "First dose" in desk.get(page(ready)).content.decode()


def test_one_click_books_everything(desk, ready):
    answer = desk.post(accept(ready))
    ready.refresh_from_db()
    assert answer["Location"] == reverse("courses:course", args=[ready.course_id])
    assert ready.status == "ACCEPTED"
    assert Session.objects.filter(course=ready.course).count() == len(ready.visits)
    assert f"{len(ready.visits)} visits are booked" in desk.get("/patients/").content.decode()
    assert "Accept and book all" not in desk.get(page(ready)).content.decode()


def test_a_second_click_books_nothing_more(desk, ready):
    desk.post(accept(ready))
    answer = desk.post(accept(ready))
    assert answer.status_code == 409
    assert Session.objects.filter(course=ready.course).count() == len(ready.visits)


def test_an_outdated_proposal_says_what_changed_and_offers_a_fresh_one(clinic, desk, ready):
    first = min(visit["starts_at"] for visit in ready.visits)
    Closure.objects.create(
        organization=clinic.organization, site=clinic.site, on=date.fromisoformat(first[:10])
    )
    answer = desk.post(accept(ready))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "The book has changed since this proposal was made." in html
    assert "is on a day on which the site is closed" in html
    assert "Accept and book all" not in html
    assert not Session.objects.exists()

    again = reverse("scheduling:course_plan", args=[ready.course_id])
    assert f'action="{again}"' in html
    fresh = desk.post(again)
    made = ready.course.proposals.get(status="QUEUED")
    assert fresh["Location"] == page(made)


@pytest.fixture
def impossible(clinic):
    patient = make_patient(clinic.site)
    PatientWindow.objects.create(
        organization=clinic.organization, patient=patient, weekday=0, starts=time(8), ends=time(9)
    )
    made = proposed(clinic, found=False)
    Course.objects.filter(pk=made.course_id).update(patient=patient)
    work_on_proposal(organization_id=made.organization_id, proposal_id=made.pk, now=NOW)
    made.refresh_from_db()
    return made


def test_when_nothing_fits_the_page_says_why_and_where_to_change_it(desk, impossible):
    html = desk.get(page(impossible)).content.decode()
    course = Course.objects.get(pk=impossible.course_id)
    assert impossible.status == "IMPOSSIBLE"
    assert "The times at which the patient can come leave no room" in html
    start = reverse("scheduling:course_new", args=[course.patient_id])
    assert f"{start}?again={course.pk}#week-title" in html
    assert "Change the patient’s times" in html


@pytest.mark.parametrize(
    ("option", "target"),
    [
        ({"reason": "START_WINDOW", "latest_first_on": "2026-02-03"}, "&amp;latest=2026-02-03"),
        ({"reason": "CAPACITY", "short_of": ["nurse time"]}, "&amp;day=2026-02-02"),
        ({"reason": "STAFF_LEAVE"}, None),
    ],
)
def test_each_way_out_leads_to_its_change(desk, impossible, option, target):
    facts = {"first_dose_on": "2026-02-02", "times": [], "people": [], "dates": []}
    impossible.relief = {"options": [{**facts, **option}]}
    impossible.save()
    html = desk.get(page(impossible)).content.decode()
    assert "then the first dose could be on Mon 2 Feb" in html
    if target:
        assert target in html
    else:
        assert 'class="ways"' not in html or "way.url" not in html
        assert html[html.index("ways") :].count('class="btn btn-quiet"') == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [("FAILED", "Planning failed"), ("DISCARDED", "This proposal was discarded")],
)
def test_other_ends_have_their_words(desk, ready, status, words):
    Proposal.objects.filter(pk=ready.pk).update(status=status)
    assert words in desk.get(page(ready)).content.decode()


def test_a_course_without_an_open_place_asks_for_nothing(desk, course):
    answer = desk.post(reverse("scheduling:course_plan", args=[course.pk]))
    assert answer["Location"] == reverse("courses:course", args=[course.pk])
    assert "Every visit of this course is booked" in desk.get("/patients/").content.decode()


def test_a_plan_is_drawn_week_by_week(desk, ready):
    weeks = desk.get(page(ready)).context["weeks"]
    days = [cell.day for week in weeks for cell in week.days]
    assert days[0].weekday() == 0
    assert all(later > sooner for sooner, later in pairwise(days))
    shown = [visit for week in weeks for cell in week.days for visit in cell.visits]
    assert len(shown) == len(ready.visits)


def test_weeks_without_a_visit_are_drawn_too(desk, ready):
    for visit in ready.visits[-1:]:
        visit["starts_at"] = (NOW + timedelta(days=40)).isoformat()
        visit["ends_at"] = (NOW + timedelta(days=40, hours=1)).isoformat()
    ready.save()
    weeks = desk.get(page(ready)).context["weeks"]
    assert any(not cell.visits for cell in weeks[3].days)
    assert [week.number for week in weeks] == list(range(1, len(weeks) + 1))
