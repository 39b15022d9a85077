"""The list of patients and the search as one types."""

import pytest
from django.urls import reverse

from clinic.selectors import PAGE_SIZE
from tests.factories import make_patient
from tests.pages.conftest import HTMX, queries_of

pytestmark = pytest.mark.django_db

LIST = "/patients/"
SEARCH = "/patients/search/"


def test_the_list_shows_everybody_by_name(clinic, desk, other_clinic):
    make_patient(clinic.site, given_name="Grace", family_name="Hopper")
    make_patient(clinic.site, given_name="Ada", family_name="Lovelace")
    make_patient(other_clinic.site, family_name="Stranger")
    html = desk.get(LIST).content.decode()
    assert html.index("Hopper, Grace") < html.index("Lovelace, Ada")
    assert "Stranger" not in html


def test_an_empty_practice_is_asked_for_its_first_patient(desk):
    assert "Nobody is registered yet" in desk.get(LIST).content.decode()


def test_typing_fetches_only_the_list(clinic, desk):
    make_patient(clinic.site, family_name="Lovelace")
    make_patient(clinic.site, family_name="Hopper")
    html = desk.post(SEARCH, {"text": "love"}, headers=HTMX).content.decode()
    assert "Lovelace" in html
    assert "Hopper" not in html
    assert "<html" not in html


def test_without_scripts_the_search_is_a_whole_page_that_keeps_the_text(clinic, desk):
    make_patient(clinic.site, family_name="Lovelace")
    html = desk.post(SEARCH, {"text": "love"}).content.decode()
    assert "<html" in html
    assert 'value="love"' in html


def test_a_search_without_a_hit_repeats_what_was_asked_safely(desk):
    html = desk.post(SEARCH, {"text": "<b>x"}, headers=HTMX).content.decode()
    assert "Nobody fits “&lt;b&gt;x”" in html


def test_a_search_leaves_out_what_no_name_can_hold(clinic, desk):
    make_patient(clinic.site, family_name="Lovelace")
    assert "Lovelace" in desk.post(SEARCH, {"text": "love\0"}, headers=HTMX).content.decode()


def test_more_rows_follow_the_last_one_shown(clinic, desk):
    for number in range(PAGE_SIZE + 2):
        make_patient(clinic.site, family_name=f"Name{number:03}")
    first = desk.get(LIST)
    html = desk.post(
        SEARCH, {"text": "", "after": first.context["page"].after}, headers=HTMX
    ).content.decode()
    assert f"Name{PAGE_SIZE:03}" in html
    assert f"Name{PAGE_SIZE - 1:03}" not in html
    assert "<table" not in html


@pytest.mark.parametrize("after", ["nonsense", "0" * 32])
def test_a_strange_place_to_go_on_from_begins_at_the_top(clinic, desk, after):
    make_patient(clinic.site, family_name="Lovelace")
    answer = desk.post(SEARCH, {"text": "", "after": after}, headers=HTMX)
    assert "Lovelace" in answer.content.decode()


def test_the_number_of_queries_does_not_grow(clinic, desk):
    make_patient(clinic.site)
    desk.get(LIST)
    few = queries_of(desk, LIST), queries_of(desk, SEARCH, text="test")
    for _ in range(19):
        make_patient(clinic.site)
    assert (queries_of(desk, LIST), queries_of(desk, SEARCH, text="test")) == few


def test_a_patients_page(clinic, desk, course):
    html = desk.get(reverse("clinic:patient", args=[course.patient_id])).content.decode()
    assert "Ada Lovelace" in html
    assert reverse("courses:of_patient", args=[course.patient_id]) in html
    assert reverse("reminders:of_patient", args=[course.patient_id]) in html


def test_a_patients_courses_are_a_piece(desk, course):
    html = desk.get(reverse("courses:of_patient", args=[course.patient_id])).content.decode()
    assert reverse("courses:course", args=[course.pk]) in html
    assert "<html" not in html


def test_a_patient_without_a_course_is_offered_one(clinic, desk):
    patient = make_patient(clinic.site)
    html = desk.get(reverse("courses:of_patient", args=[patient.pk])).content.decode()
    assert reverse("scheduling:course_new", args=[patient.pk]) in html
