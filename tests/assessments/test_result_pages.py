"""Pages of scores: one result, mending it, lists; who may, and what is shown."""

import re

import pytest

from clinic.models import Role
from courses.assessments.dues import refresh_dues
from courses.assessments.services import save_item
from courses.consequences import after_dose
from courses.models import Assessment, AssessmentDue
from tests.assessments.making import (
    TODAY,
    at,
    begin,
    course_asking,
    days,
    given,
    page,
    phq9,
    posted,
    scored,
)
from tests.factories import make_member, make_patient, make_site


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
    assert re.findall(r'name="item_(\w+)" value="(\d)"[^>]* checked', form) == [
        (key, str(value)) for key, value in done.answers.items()
    ]
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
