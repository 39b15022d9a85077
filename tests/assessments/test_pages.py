"""Pages of scores: choosing, answering, entering."""

import re

import pytest

from courses.assessments.dues import refresh_dues
from courses.models import Assessment, AssessmentDue, SafetyAlert
from tests.assessments.making import (
    TODAY,
    at,
    begin,
    days,
    page,
    phq9,
    posted,
    scored,
)


def test_choosing_shows_what_is_due_first_and_every_instrument(nurse, course):
    refresh_dues(course=course, now=at(TODAY), planned={1: TODAY})
    text = nurse.get(page("assessment_new", course.patient.pk)).content.decode()
    assert text.index("Before the first dose") < text.index("All instruments")
    assert text.count("Enter scores") == 7 + 1  # seven in the list, MADRS among what is due
    assert "overdue since" in text


def test_starting_leads_to_the_questions(nurse, course):
    answer = nurse.post(
        page("assessment_start", course.patient.pk), {"instrument": "PHQ9", "mode": "FULL"}
    )
    draft = Assessment.objects.get()
    assert answer.url == page("assessment_answer", draft.pk)
    text = nurse.get(answer.url).content.decode()
    assert "Over the last 2 weeks" in text
    assert text.count('type="radio"') == 10 * 4
    assert "0 of 10 answered" in text


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, "Choose an instrument."),
        ({"instrument": "KSET"}, "no such instrument"),
        ({"instrument": "MADRS", "mode": "FULL"}, "does not ship"),
    ],
)
def test_what_cannot_be_started_is_said(nurse, course, said, fault):
    answer = nurse.post(page("assessment_start", course.patient.pk), said)
    assert not Assessment.objects.exists()
    assert (answer.status_code, fault in answer.content.decode()) == (422, True)


def test_what_is_due_and_cannot_be_started_is_said_beside_it_and_stays(nurse, course):
    refresh_dues(course=course, now=at(TODAY), planned={1: TODAY})
    due = AssessmentDue.objects.open().filter(instrument="MADRS").first()
    said = {"instrument": "MADRS", "mode": "FULL", "course": due.course_id, "point": due.point}
    answer = nurse.post(page("assessment_start", course.patient.pk), said)
    due_part, all_of_them = answer.content.decode().split("All instruments")
    line = next(one for one in due_part.split("</form>") if "MADRS" in one)
    assert "does not ship" in line
    assert f'name="point" value="{due.point}"' in line
    assert "does not ship" not in all_of_them


def test_an_answer_is_saved_on_the_spot_and_the_page_says_so(nurse, clinic, course):
    draft = begin(clinic, course)
    answer = nurse.post(
        page("assessment_item", draft.pk, "3"), {"item_3": "2"}, headers={"hx-request": "true"}
    )
    text = answer.content.decode()
    assert (answer.status_code, "Saved" in text, "1 of 10 answered" in text) == (200, True, True)
    draft.refresh_from_db()
    assert draft.answers == {"3": 2}


def test_without_script_one_answer_is_saved_and_the_questions_come_back(nurse, clinic, course):
    draft = begin(clinic, course)
    answer = nurse.post(page("assessment_item", draft.pk, "3"), {"item_3": "2"})
    assert answer.url == page("assessment_answer", draft.pk)
    nurse.post(page("assessment_item", draft.pk, "3"), {"item_3": "2", "clear": "1"})
    draft.refresh_from_db()
    assert draft.answers == {}


def test_a_slip_is_said_beside_the_field_and_saves_nothing(nurse, clinic, course):
    draft = begin(clinic, course, "MADRS")
    answer = nurse.post(
        page("assessment_item", draft.pk, "1"), {"item_1": "7"}, headers={"hx-request": "true"}
    )
    assert answer.status_code == 422
    assert "less than or equal to 6" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.answers == {}


def test_there_is_no_item_of_any_name(nurse, clinic, course):
    draft = begin(clinic, course)
    assert nurse.post(page("assessment_item", draft.pk, "total"), {}).status_code == 404


def test_8_33_a_positive_answer_shows_care_and_crisis_lines_at_once(nurse, clinic, course):
    draft = begin(clinic, course)
    answer = nurse.post(
        page("assessment_item", draft.pk, "9"), {"item_9": "2"}, headers={"hx-request": "true"}
    )
    text = answer.content.decode()
    assert "Thank you for telling us" in text
    assert "988" in text
    assert "The clinician on duty has been told" in text
    assert SafetyAlert.objects.get().source_id == draft.pk
    assert (
        "Thank you for telling us"
        in nurse.get(page("assessment_answer", draft.pk)).content.decode()
    )
    nurse.post(page("assessment_abandon", draft.pk))
    assert SafetyAlert.objects.open().exists()


def test_finishing_points_out_gaps_and_loses_nothing(nurse, clinic, course):
    draft = begin(clinic, course)
    answer = nurse.post(
        page("assessment_answer", draft.pk), posted({**phq9(8), "2": None, "9": None})
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#question-2"' in text
    assert "One of them asks about safety" in text
    assert 'href="#question-10"' not in text
    draft.refresh_from_db()
    assert len(draft.answers) == 7


def test_finishing_all_the_same_gives_a_prorated_total_that_says_so(nurse, clinic, course):
    draft = begin(clinic, course)
    said = posted({**phq9(8), "9": None}, accept_missing="true")
    answer = nurse.post(page("assessment_answer", draft.pk), said, follow=True)
    text = answer.content.decode()
    assert "Some answers were missing" in text
    assert "ask it in person" in text
    draft.refresh_from_db()
    assert (draft.total, draft.status) == (9, "COMPLETE")


def test_the_questions_show_no_earlier_answer(nurse, clinic, course):
    scored(course, total=24)
    draft = begin(clinic, course)
    text = nurse.get(page("assessment_answer", draft.pk)).content.decode()
    assert re.search(r'value="\d" checked', text) is None
    assert "Severe" not in text


def test_the_page_that_a_patient_holds_leads_nowhere_else(nurse, clinic, course):
    draft = begin(clinic, course)
    text = nurse.get(page("assessment_answer", draft.pk)).content.decode()
    assert "mainnav" not in text
    assert course.patient.family_name not in text


def test_an_ended_one_is_shown_and_not_asked_again(nurse, course):
    done = scored(course)
    answer = nurse.get(page("assessment_answer", done.pk))
    assert answer.url == page("assessment", done.pk)


def test_scores_are_entered_by_item_with_when_and_how(nurse, clinic, course):
    draft = begin(clinic, course, "MADRS")
    items = {str(number): 3 for number in range(1, 10)} | {"10": 1}
    said = posted(items, on=days(-400).isoformat(), at="09:30", language="es", variant="24h")
    answer = nurse.post(page("assessment_answer", draft.pk), said)
    draft.refresh_from_db()
    assert answer.url == page("assessment", draft.pk)
    assert (draft.total, draft.band, draft.variant, draft.language) == (28, "moderate", "24h", "es")
    assert (draft.taken_at, draft.mode) == (at(days(-400)).replace(minute=30), "ITEMS")
    text = nurse.get(answer.url).content.decode()
    assert "The past 24 hours" in text


def test_a_total_alone_asks_for_its_safety_item(nurse, clinic, course):
    draft = begin(clinic, course, "MADRS")
    when = {"on": days(-1).isoformat(), "at": "09:00", "language": "en"}
    answer = nurse.post(page("assessment_answer", draft.pk), {"total": "28", **when})
    assert answer.status_code == 422
    assert 'href="#question-10"' in answer.content.decode()
    nurse.post(page("assessment_answer", draft.pk), {"total": "28", "item_10": "2", **when})
    draft.refresh_from_db()
    assert (draft.total, draft.mode, draft.flags) == (28, "TOTAL", ["TOTAL_ONLY"])
    assert SafetyAlert.objects.get().rule == "MADRS_10"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"total": "61"}, "less than or equal to 60"),
        ({"total": "28", "item_1": "2"}, "not both"),
        ({"item_1": "x"}, "whole number"),
        ({"on": "2100-01-01"}, "in the future"),
        ({"language": "tlh"}, "not one of the available choices"),
    ],
)
def test_bad_scores_are_said_beside_the_field_and_stay(nurse, clinic, course, said, fault):
    draft = begin(clinic, course, "MADRS")
    items = {} if "total" in said else posted({str(number): 1 for number in range(1, 11)})
    when = {"on": days(-1).isoformat(), "at": "09:00", "language": "en"}
    answer = nurse.post(page("assessment_answer", draft.pk), items | when | said)
    text = answer.content.decode()
    assert (answer.status_code, fault in text) == (422, True)
    draft.refresh_from_db()
    assert draft.status == "DRAFT"


def test_the_cssrs_is_entered_as_its_result(nurse, clinic, course):
    draft = begin(clinic, course, "CSSRS")
    text = nurse.get(page("assessment_answer", draft.pk)).content.decode()
    assert "Item 6" in text
    when = {"on": days(-1).isoformat(), "at": "09:00", "language": "en"}
    nurse.post(page("assessment_answer", draft.pk), posted({"1": 1, "2": 0, "6": 0}, **when))
    draft.refresh_from_db()
    assert (draft.band, draft.total) == ("low", None)
    assert "Low" in nurse.get(page("assessment", draft.pk)).content.decode()


def test_work_that_does_not_apply_can_be_said(nurse, clinic, course):
    draft = begin(clinic, course, "WSAS")
    when = {"on": days(-1).isoformat(), "at": "09:00", "language": "en"}
    said = posted({"1": "NA", "2": 4, "3": 4, "4": 4, "5": 4}, **when)
    nurse.post(page("assessment_answer", draft.pk), said)
    draft.refresh_from_db()
    assert draft.total == 20
    assert "does not apply" in nurse.get(page("assessment", draft.pk)).content.decode()
