"""The caseload as a page and by the API: whose courses, in which order, for whom."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import Patient, Role
from courses.models import BoosterWindow, Hold
from scheduling.models import StaffClaim
from tests.caseload.following import followed, make_score, raise_for, reviewed_version
from tests.factories import NOW, make_member, make_site, make_visit
from tests.pages.conftest import clock, desk, queries_of, stranger

pytestmark = pytest.mark.django_db
__all__ = ["clock", "desk", "stranger"]

ADDRESS = "/caseload/"


@pytest.fixture
def version(clinic):
    return reviewed_version(clinic)


@pytest.fixture
def prescriber(clinic, sign_in):
    return sign_in(clinic.prescriber)


@pytest.fixture
def of_all(clinic, prescriber):
    """The page with everybody at the site."""

    def ask(**said):
        return prescriber.get(ADDRESS, {"who": str(clinic.site.pk), **said}).content.decode()

    return ask


def names(html):
    return re.findall(r'class="row-link"[^>]*>([^<]+)<', html)


def test_at_one_glance_the_alert_comes_first_and_the_non_responder_next(clinic, version, of_all):
    followed(clinic, 12, 11, 9, name="Rita Responds", version=version)
    followed(clinic, 20, 19, 19, name="Nora Unchanged", version=version)
    alert = followed(clinic, 12, 10, name="Alma Alert", version=version)
    raise_for(alert, "HIGH")
    html = of_all()
    assert names(html) == ["Alert, Alma", "Unchanged, Nora", "Responds, Rita"]
    for words in ("Safety alert, high risk", "No response", "Response", "−55.0 %"):
        assert words in html


def test_mine_are_courses_that_i_lead_or_in_whose_visits_i_serve(
    clinic, version, prescriber, sign_in
):
    followed(clinic, name="Lena Led", version=version, lead_prescriber=clinic.prescriber)
    served = followed(clinic, name="Sara Served", version=version)
    followed(clinic, name="Otto Other", version=version)
    make_visit(served, clinic.chair, NOW + timedelta(days=1), seq=4, nurse=clinic.nurse)
    assert names(prescriber.get(ADDRESS).content.decode()) == ["Led, Lena"]
    assert names(sign_in(clinic.nurse).get(ADDRESS).content.decode()) == ["Served, Sara"]
    StaffClaim.objects.all().delete()
    assert "No patient of yours" in sign_in(clinic.nurse).get(ADDRESS).content.decode()


def test_a_non_responder_is_flagged_only_from_the_first_review_on(clinic, version, of_all):
    followed(clinic, 20, name="Eva Early", version=version, doses=1)
    assert "No response" in of_all()
    assert not names(of_all(flag="NON_RESPONSE"))
    followed(clinic, 20, 20, name="Lou Later", version=version, doses=2)
    assert names(of_all(flag="NON_RESPONSE")) == ["Later, Lou"]


def test_ended_courses_are_shown_only_while_something_still_needs_somebody(clinic, version, of_all):
    followed(clinic, 9, name="Done Well", version=version, status="COMPLETED")
    window = followed(clinic, 9, name="Bo Oster", version=version, status="COMPLETED")
    BoosterWindow.objects.create(
        organization=clinic.organization, course=window, why="LADDER", due_from=NOW.date(),
        due_to=NOW.date() + timedelta(days=7), opened_at=NOW, reason="By the interval",
    )  # fmt: skip
    assert names(of_all()) == ["Oster, Bo"]
    assert names(of_all(state="COMPLETED")) == ["Oster, Bo", "Well, Done"]


def test_flags_protocols_states_and_names_narrow_the_list(clinic, version, of_all, prescriber):
    held = followed(clinic, 9, 9, name="Hanna Held", version=version)
    Hold.objects.create(
        organization=clinic.organization, course=held, kind="PREGNANCY", opened_at=NOW
    )
    paused = {"paused_until": NOW.date() + timedelta(days=3)}
    followed(clinic, 9, 9, name="Paul Paused", version=version, status="PAUSED", **paused)
    followed(clinic, 9, 9, name="Sam Small")
    assert names(of_all(flag="HOLD")) == ["Held, Hanna"]
    assert "Held: pregnancy" in of_all(flag="HOLD")
    assert names(of_all(state="PAUSED")) == ["Paused, Paul"]
    assert names(of_all(protocol=clinic.version.protocol.code)) == ["Small, Sam"]
    assert "Nobody fits" in of_all(flag="WORSE")
    said = {"who": str(clinic.site.pk), "text": "hann hel"}
    assert names(prescriber.post(ADDRESS, said).content.decode()) == ["Held, Hanna"]


def test_odd_choices_are_no_error_and_another_site_is_not_there(
    clinic, version, of_all, prescriber
):
    followed(clinic, name="Ada Alder", version=version)
    html = of_all(state="ODD", flag="ODD", page="-1")
    assert names(html) == ["Alder, Ada"]
    assert names(of_all(page="99999")) == ["Alder, Ada"]
    elsewhere = make_site(clinic.organization)
    assert prescriber.get(ADDRESS, {"who": str(elsewhere.pk)}).status_code == 404
    assert prescriber.get(ADDRESS, {"who": "odd"}).status_code == 404


def test_pages_hold_25_and_a_search_goes_over_all_of_them(clinic, version, of_all, prescriber):
    for number in range(27):
        followed(clinic, name=f"Ada P{number:02}", version=version, doses=0, baseline=None)
    first, second = names(of_all()), names(of_all(page="2"))
    assert (len(first), len(second)) == (25, 2)
    assert not set(first) & set(second)
    said = {"who": str(clinic.site.pk), "text": "p26"}
    assert names(prescriber.post(ADDRESS, said).content.decode()) == ["P26, Ada"]


def test_a_restricted_chart_is_listed_only_while_it_is_open(clinic, version, of_all):
    course = followed(clinic, name="Rosa Restricted", version=version)
    assert names(of_all())
    Patient.objects.filter(pk=course.patient_id).update(is_restricted=True)
    html = of_all()
    assert not names(html)
    assert "Restricted," not in html


def test_who_may_not_see_scores_is_refused(clinic, version, desk, stranger, client, other_clinic):
    course = followed(clinic, name="Ada Alder", version=version)
    assert desk.get(ADDRESS).status_code == 403
    assert stranger.get(ADDRESS).status_code == 403
    assert client.get(ADDRESS).status_code == 302
    assert str(course.pk) not in stranger.get("/").content.decode()


def test_a_colleague_of_another_site_sees_nothing_of_this_one(clinic, version, sign_in):
    followed(clinic, name="Ada Alder", version=version)
    elsewhere = make_member(make_site(clinic.organization), Role.PRESCRIBER)
    html = sign_in(elsewhere).get(ADDRESS).content.decode()
    assert "Alder" not in html
    assert clinic.site.name not in html


def test_the_number_of_queries_does_not_grow(clinic, version, prescriber):
    address = f"{ADDRESS}?who={clinic.site.pk}"
    prescriber.get(address)
    counts = []
    for number in range(20):
        course = followed(clinic, 20, 18, name=f"Ada P{number}", version=version)
        raise_for(course)
        make_score(course, clinic.nurse, 17, at=NOW - timedelta(hours=1))
        if number in (0, 19):
            counts.append(queries_of(prescriber, address))
    assert counts[0] == counts[1], counts


class TestApi:
    ADDRESS = "/api/v1/caseload/search"

    def ask(self, browser, **said):
        return browser.post(self.ADDRESS, said, content_type="application/json")

    def test_the_same_by_the_api(self, clinic, version, prescriber):
        course = followed(clinic, 12, 11, 9, name="Rita Responds", version=version)
        raise_for(course, "URGENT")
        body = self.ask(prescriber, site=str(clinic.site.pk)).json()
        assert (body["count"], body["page"], body["pages"]) == (1, 1, 1)
        (line,) = body["results"]
        assert line["course"] == str(course.pk)
        assert line["url"] == reverse("api:course", args=[course.pk])
        assert line["last_score"]["percent_change"] == 55.0
        assert line["trend"] == [20, 12, 11, 9]
        assert line["flags"][0] == {"code": "ALERT_URGENT", "text": "Safety alert, urgent"}
        assert self.ask(prescriber).json()["count"] == 0

    def test_what_it_does_not_take(self, clinic, prescriber, desk, client):
        assert self.ask(prescriber, flag="ODD").status_code == 400
        assert self.ask(prescriber, site=str(clinic.organization.pk)).status_code == 400
        assert self.ask(prescriber, nobody=1).status_code == 400
        assert self.ask(desk).status_code == 403
        assert self.ask(client).status_code == 401
