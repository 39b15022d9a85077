"""How a restricted chart is found, and what a find says of it."""

import re
import time
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic import charts
from clinic.glass_handles import LIFE, HandleSpent, handle_for, patient_behind
from clinic.models import BreakGlass, ChartOpening
from clinic.selectors import find_patients
from tests.api.conftest import Caller
from tests.factories import NOW
from tests.restricted.conftest import REASON, handle_in, opened

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("text", ["", "canaria", "greta", "gre can", "patient", "greta canari"])
def test_browsing_and_parts_of_a_name_find_nothing(clinic, rows, text):
    assert rows["patient"] not in find_patients(member=clinic.desk, text=text)


@pytest.mark.parametrize("text", ["Greta Canaria", "canaria, greta", " GRETA  CANARIA "])
def test_the_whole_name_finds_the_chart_and_tells_nothing_else(clinic, rows, sign_in, text):
    page = sign_in(clinic.desk).post("/patients/search/", {"text": text}).content.decode()
    assert "Canaria, Greta" in page
    assert "Restricted chart" in page
    (found,) = Caller(clinic.desk).post("/patients/search", {"text": text}).json()["results"]
    assert (found["is_restricted"], found["birth_date"]) == (True, None)
    for told in (page, str(found)):
        assert rows["patient"].email not in told
        assert "1980" not in told
        assert str(rows["patient"].pk) not in told
    assert clinic.site.name not in re.search(r"<tbody.*?</tbody>", page, re.S)[0]
    assert str(clinic.site.pk) not in str(found)


def test_a_chart_that_was_found_opens_by_its_handle(clinic, rows, sign_in):
    browser, form = sign_in(clinic.desk), reverse("clinic:open_chart")
    page = browser.post("/patients/search/", {"text": "greta canaria"}).content.decode()
    asks = browser.post(form, {"handle": handle_in(page)})
    assert asks.status_code == 200
    assert "at least 20" not in asks.content.decode().partition("<form")[0]
    said = {"handle": handle_in(asks.content.decode()), "reason": REASON, "next": ""}
    answer = browser.post(form, said)
    assert answer["Location"] == reverse("clinic:patient", args=[rows["patient"].pk])
    assert browser.get(answer["Location"]).status_code == 200


def test_each_find_is_on_record(clinic, rows, sign_in):
    sign_in(clinic.desk).post("/patients/search/", {"text": "greta canaria"}, headers=HTMX)
    Caller(clinic.nurse).post("/patients/search", {"text": "greta canaria"})
    sign_in(clinic.desk).post("/patients/search/", {"text": "greta canaria"}, headers=HTMX)
    found = ChartOpening.objects.filter(patient=rows["patient"]).order_by("number")
    assert [(one.membership, one.route) for one in found] == [
        (clinic.desk, "clinic:patient_search"),
        (clinic.nurse, "api:patient_search"),
        (clinic.desk, "clinic:patient_search"),
    ]


def test_a_find_stands_for_no_opening(clinic, rows, sign_in):
    browser = sign_in(clinic.desk)
    browser.post("/patients/search/", {"text": "greta canaria"}, headers=HTMX)
    opened(clinic, rows)
    browser.get(reverse("courses:of_patient", args=[rows["patient"].pk]), headers=HTMX)
    assert ChartOpening.objects.filter(break_glass__isnull=False).count() == 1


def test_a_day_and_a_shut_visit_do_not_say_whose_it_is(clinic, rows, sign_in):
    desk, browser = Caller(clinic.desk), sign_in(clinic.desk)
    day = desk.get("/visits", site=clinic.site.pk, day="2026-01-05")
    (line,) = day.json()["results"]
    assert (line["patient"], line["course"], line["seq"]) == (None, None, None)
    assert (line["label"], line["kind"]) == ("", "")
    visit, course = rows["visit"].pk, rows["course"].pk
    told = [
        day,
        browser.get("/board/"),
        desk.get(f"/visits/{visit}"),
        browser.get(reverse("scheduling:visit", args=[visit])),
        browser.post(reverse("treatment_sessions:step", args=[visit]), {"to": "ARRIVED"}),
    ]
    for answer in told:
        assert str(rows["patient"].pk) not in answer.content.decode()
        assert str(course) not in answer.content.decode()
    assert not BreakGlass.objects.exists()


def test_two_handles_of_one_chart_are_not_alike(clinic, rows):
    first, second = (handle_for(clinic.desk, rows["patient"]) for _ in range(2))
    assert first.rpartition(":")[0] != second.rpartition(":")[0]
    assert patient_behind(clinic.desk, first) == rows["patient"].pk


@pytest.mark.parametrize("after", [LIFE + timedelta(seconds=1), timedelta(0)])
def test_a_handle_is_good_for_its_member_and_for_a_while(clinic, rows, monkeypatch, after):
    handle, then = handle_for(clinic.desk, rows["patient"]), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: then + after.total_seconds())
    with pytest.raises(HandleSpent):
        patient_behind(clinic.desk if after else clinic.nurse, handle)
    with pytest.raises(HandleSpent):
        patient_behind(clinic.desk, handle[:-1] + ("a" if handle[-1] != "a" else "b"))


def test_whoever_opened_it_finds_it_as_any_other(clinic, rows):
    opened(clinic, rows)
    ids = charts.open_patient_ids(clinic.desk, now=NOW)
    found = find_patients(member=clinic.desk, text="cana", open_ids=ids)
    assert list(found) == [rows["patient"]]
