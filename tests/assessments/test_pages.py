"""Pages of scores: choosing, answering, entering, one result, lists; who may, and what is shown."""

import re

import pytest
from django.urls import reverse

from clinic.models import Role
from courses.assessments.dues import refresh_dues
from courses.assessments.services import save_item, start_assessment
from courses.consequences import after_dose
from courses.models import Assessment, AssessmentDue, SafetyAlert
from tests.assessments.making import TODAY, at, course_asking, days, given, phq9, scored
from tests.factories import make_member, make_patient, make_site


@pytest.fixture
def course(clinic):
    return course_asking(clinic)


@pytest.fixture
def nurse(clinic, sign_in):
    return sign_in(clinic.nurse)


def begin(clinic, course, code="PHQ9", **how):
    from django.utils import timezone

    return start_assessment(
        patient=course.patient, code=code, by=clinic.nurse, now=timezone.now(), **how
    )


def page(name, *ids):
    return reverse(f"courses:{name}", args=ids)


def posted(answers, **more):
    said = {f"item_{key}": value for key, value in answers.items() if value is not None}
    return said | more


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
    "said", [{}, {"instrument": "KSET"}, {"instrument": "MADRS", "mode": "FULL"}]
)
def test_what_cannot_be_started_is_said(nurse, course, said):
    answer = nurse.post(page("assessment_start", course.patient.pk), said, follow=True)
    assert not Assessment.objects.exists()
    assert 'class="notice notice-error' in answer.content.decode()


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


def test_a_result_tells_total_band_change_and_overlap(nurse, clinic, course):
    scored(course, on=at(days(-4)), total=20)
    dose = given(course, 1, days(-3))
    after_dose(course=course, dose=dose, by=clinic.nurse, now=at(TODAY))
    done = scored(course, on=at(TODAY), total=10)
    text = nurse.get(page("assessment", done.pk)).content.decode()
    assert "Moderate" in text
    assert "10 lower" in " ".join(text.split())
    assert "50.0 % improvement" in text
    assert "look back on some of the same days" in text


def test_mending_keeps_the_old_entry_in_sight(nurse, course):
    done = scored(course)
    form = nurse.get(page("assessment_amend", done.pk)).content.decode()
    assert 'value="2" checked' in form or "checked" in form
    said = posted(phq9(5), reason="Misread", on=TODAY.isoformat(), at="09:00", language="en")
    answer = nurse.post(page("assessment_amend", done.pk), said)
    mended = Assessment.objects.get(amends=done)
    assert (answer.url, mended.total) == (page("assessment", mended.pk), 5)
    old = nurse.get(page("assessment", done.pk)).content.decode()
    assert "Misread" in old
    assert page("assessment", mended.pk) in old


def test_mending_and_withdrawing_ask_for_a_reason(nurse, course):
    done = scored(course)
    said = posted(phq9(5), on=TODAY.isoformat(), at="09:00", language="en")
    assert nurse.post(page("assessment_amend", done.pk), said).status_code == 422
    assert nurse.post(page("assessment_withdraw", done.pk), {"reason": ""}).status_code == 422
    done.refresh_from_db()
    assert done.withdrawn_at is None


def test_withdrawing(nurse, course):
    done = scored(course)
    answer = nurse.post(page("assessment_withdraw", done.pk), {"reason": "Another patient’s"})
    assert "Another patient’s" in nurse.get(answer.url).content.decode()
    again = nurse.post(page("assessment_withdraw", done.pk), {"reason": "Again"})
    assert "was withdrawn before" in again.content.decode()


def test_the_card_of_a_course_tells_due_overdue_done_and_completeness(nurse, course):
    given(course, 1, days(-30))
    given(course, 2, days(-27))
    scored(course, on=at(days(-31)))
    refresh_dues(course=course, now=at(TODAY))
    text = nurse.get(page("assessments_of_course", course.pk)).content.decode()
    assert "Overdue" in text
    assert "% complete" in " ".join(text.replace("</strong>", "").split())
    assert "done" in text


def test_a_course_without_a_plan_says_so(nurse, clinic):
    from tests.factories import make_course

    bare = make_course(make_patient(clinic.site), clinic.version, clinic.prescriber)
    text = nurse.get(page("assessments_of_course", bare.pk)).content.decode()
    assert "asks for no score" in text


def test_the_overdue_list_names_who_waits_longest_by_site(nurse, clinic, course):
    given(course, 1, days(-30))
    given(course, 2, days(-27))
    refresh_dues(course=course, now=at(TODAY))
    text = nurse.get(page("assessments_overdue")).content.decode()
    assert course.patient.sort_name in text
    course.patient.is_restricted = True
    course.patient.save()
    assert course.patient.sort_name not in nurse.get(page("assessments_overdue")).content.decode()


def test_an_empty_overdue_list_is_designed(nurse):
    assert "Nothing is overdue here" in nurse.get(page("assessments_overdue")).content.decode()


def all_pages(course, done, draft):
    return [
        page("assessments", course.patient.pk),
        page("assessment_new", course.patient.pk),
        page("assessment", done.pk),
        page("assessment_answer", draft.pk),
        page("assessment_amend", done.pk),
        page("assessment_withdraw", done.pk),
        page("assessments_of_course", course.pk),
    ]


def test_who_may_see_and_who_may_record(clinic, course, client, sign_in, other_clinic):
    done, draft = scored(course), begin(clinic, course, "GAD7")
    urls = all_pages(course, done, draft)
    elsewhere = make_member(make_site(clinic.organization), Role.PRESCRIBER)
    told = {
        "anonymous": {client.get(url).status_code for url in urls},
        "stranger": {sign_in(other_clinic.nurse).get(url).status_code for url in urls},
        "elsewhere": {sign_in(elsewhere).get(url).status_code for url in urls},
        "desk": {sign_in(clinic.desk).get(url).status_code for url in urls},
        "nurse": {sign_in(clinic.nurse).get(url).status_code for url in urls},
    }
    assert told == {
        "anonymous": {302},
        "stranger": {404},
        "elsewhere": {404},
        "desk": {403},
        "nurse": {200},
    }


@pytest.mark.parametrize("number", [1, 20])
def test_lists_cost_the_same_for_one_and_for_twenty(
    clinic, nurse, course, number, django_assert_max_num_queries
):
    for step in range(number):
        scored(course, on=at(days(-step)))
    given(course, 1, days(-30))
    given(course, 2, days(-27))
    refresh_dues(course=course, now=at(TODAY))
    budget = {"assessments": 18, "assessment_new": 18}
    for name, most in budget.items():
        nurse.get(page(name, course.patient.pk))
        with django_assert_max_num_queries(most):
            nurse.get(page(name, course.patient.pk))
    with django_assert_max_num_queries(18):
        nurse.get(page("assessments_of_course", course.pk))


@pytest.mark.parametrize("number", [1, 20])
def test_the_overdue_list_costs_the_same_for_one_and_for_twenty(
    clinic, nurse, number, django_assert_max_num_queries
):
    for _ in range(number):
        one = course_asking(clinic)
        given(one, 1, days(-30))
        given(one, 2, days(-27))
        refresh_dues(course=one, now=at(TODAY))
    assert AssessmentDue.objects.open().count() >= number
    nurse.get(page("assessments_overdue"))
    with django_assert_max_num_queries(16):
        text = nurse.get(page("assessments_overdue")).content.decode()
    assert text.count("row-link") >= number


def test_no_score_or_instrument_stands_in_an_address_or_a_log(clinic, course, nurse, caplog):
    draft = begin(clinic, course)
    save_item(assessment=draft, item="9", answer=3, by=clinic.nurse, now=draft.started_at)
    said = posted({**phq9(23), "9": 3})
    answer = nurse.post(page("assessment_answer", draft.pk), said)
    for address in [
        *all_pages(course, draft, draft),
        answer.url,
        page("assessment_item", draft.pk, "9"),
    ]:
        assert "PHQ" not in address.upper()
        assert "?" not in address
    assert "PHQ" not in caplog.text
    assert "severe" not in caplog.text
    assert course.patient.family_name not in caplog.text
