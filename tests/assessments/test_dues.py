"""The plan of a course's scores as rows, as doses, scores and states change."""

from datetime import timedelta

import pytest

from courses.assessments.dues import refresh_dues
from courses.assessments.selectors import (
    complete_scores,
    completeness,
    due_now,
    overdue_by_course,
)
from courses.assessments.services import (
    Entry,
    amend_assessment,
    enter_scores,
    sweep,
    withdraw_assessment,
)
from courses.consequences import after_dose
from courses.models import AssessmentDue, Course
from courses.services import complete_course, stop_course
from tests.assessments.making import TODAY, at, course_asking, days, given, phq9, scored
from tests.factories import NOW, make_course, make_patient

FOLLOW_UP = {
    "name": "follow_up",
    "label": "Follow-up",
    "anchor": "last_dose",
    "days": [28, 32],
    "repeat_every_days": 30,
    "instruments": ["PHQ9"],
}


@pytest.fixture
def course(clinic):
    return course_asking(clinic)


def rows(course, **fields):
    found = AssessmentDue.objects.filter(course=course, **fields)
    return [
        (due.point, due.instrument, due.anchor_seq, due.due_from, due.due_to, due.status)
        for due in found.order_by("due_from", "due_to", "point", "instrument", "repetition")
    ]


def statuses(course, **fields):
    return sorted(
        AssessmentDue.objects.filter(course=course, **fields).values_list("status", flat=True)
    )


def test_before_any_dose_the_screening_is_asked_for(course):
    refresh_dues(course=course, now=NOW)
    assert rows(course) == [
        ("screening", "GAD7", 1, days(-14), days(14), "OPEN"),
        ("screening", "PHQ9", 1, days(-14), days(14), "OPEN"),
    ]


def test_an_indication_asks_for_its_own_instrument(clinic):
    course = course_asking(clinic, indication="IN_PTSD")
    refresh_dues(course=course, now=NOW)
    assert [row[1] for row in rows(course)] == ["GAD7", "PCL5", "PHQ9"]


def test_planned_doses_bring_their_days_and_move_them(course):
    refresh_dues(course=course, now=NOW, planned={1: days(1), 2: days(4)})
    assert rows(course, point="dose_day", instrument="PHQ9") == [
        ("dose_day", "PHQ9", 1, days(0), days(1), "OPEN"),
        ("dose_day", "PHQ9", 2, days(3), days(4), "OPEN"),
    ]
    refresh_dues(course=course, now=NOW, planned={1: days(1), 2: days(6)})
    assert rows(course, anchor_seq=2, point="end") == [
        ("end", "PHQ9", 2, days(9), days(13), "OPEN")
    ]
    assert rows(course, anchor_seq=2, point="dose_day", instrument="PHQ9") == [
        ("dose_day", "PHQ9", 2, days(5), days(6), "OPEN")
    ]


def test_what_was_planned_stays_when_nobody_says_anything_else(course):
    refresh_dues(course=course, now=NOW, planned={1: days(1), 2: days(4)})
    before = rows(course)
    refresh_dues(course=course, now=NOW)
    assert rows(course) == before


def test_called_off_doses_ask_for_nothing_and_come_back_with_their_visit(course):
    refresh_dues(course=course, now=NOW, planned={1: days(1), 2: days(4)})
    refresh_dues(course=course, now=NOW, planned={1: days(1)})
    assert set(statuses(course, anchor_seq=2)) == {"DROPPED"}
    refresh_dues(course=course, now=NOW, planned={1: days(1), 2: days(5)})
    assert set(statuses(course, anchor_seq=2)) == {"OPEN"}


def test_a_dose_that_is_recorded_asks_for_its_scores(clinic, course):
    dose = given(course, 1, TODAY)
    after_dose(course=course, dose=dose, by=clinic.nurse, now=NOW)
    assert rows(course, point="dose_day", is_optional=False) == [
        ("dose_day", "PHQ9", 1, days(-1), days(0), "OPEN")
    ]


def test_a_score_in_time_stands_for_every_point_that_asks_for_it(course):
    refresh_dues(course=course, now=NOW, planned={1: days(0)})
    done = scored(course)
    assert {due.point for due in done.dues.all()} == {"screening", "dose_day"}
    assert not done.dues.filter(is_late=True).exists()


def test_a_score_from_before_the_course_stands_for_its_screening(clinic):
    patient = make_patient(clinic.site)
    early = enter_scores(
        patient=patient,
        code="PHQ9",
        entry=Entry(answers=phq9(), taken_at=at(days(-3))),
        by=clinic.nurse,
        now=NOW,
    )
    course = course_asking(clinic, patient=patient)
    refresh_dues(course=course, now=NOW)
    assert early.dues.get().point == "screening"
    (point,) = complete_scores([course])
    assert (point.course_id, point.on, point.total) == (course.pk, days(-3), 10)


def test_one_score_does_not_stand_twice_in_the_same_days(clinic):
    during = {"anchor": "each_dose", "days": [0, 0], "instruments": ["CADSS6"]}
    course = course_asking(
        clinic,
        {"name": "before", "label": "Before", **during},
        {"name": "during", "label": "At 40 minutes", **during},
    )
    refresh_dues(course=course, now=NOW, planned={1: TODAY})
    enter = {"patient": course.patient, "code": "CADSS6", "by": clinic.nurse, "now": NOW}
    calm = dict.fromkeys("123456", 1)
    at_40 = enter_scores(entry=Entry(answers=calm, point="during"), **enter)
    assert [due.point for due in at_40.dues.all()] == ["during"]
    before = enter_scores(entry=Entry(answers=calm), **enter)
    assert [due.point for due in before.dues.all()] == ["before"]


def test_an_invalid_score_stands_for_nothing(clinic, course):
    refresh_dues(course=course, now=NOW)
    enter_scores(
        patient=course.patient,
        code="PHQ9",
        entry=Entry(answers={"1": 1}, accept_missing=True),
        by=clinic.nurse,
        now=NOW,
    )
    assert set(statuses(course)) == {"OPEN"}


def test_a_late_score_stands_for_the_newest_that_is_overdue(course):
    given(course, 1, days(-20))
    given(course, 2, days(-17))
    refresh_dues(course=course, now=NOW)
    sweep(now=NOW)
    late = scored(course)
    (due,) = late.dues.all()
    assert (due.point, due.is_late, due.due_to) == ("end", True, days(-10))


def test_a_score_before_a_dose_cannot_be_made_up_for(course):
    given(course, 1, days(-3))
    refresh_dues(course=course, now=NOW)
    sweep(now=NOW)
    assert rows(course, is_optional=False) == [
        ("screening", "GAD7", 1, days(-17), days(-3), "MISSED"),
        ("screening", "PHQ9", 1, days(-17), days(-3), "MISSED"),
        ("dose_day", "PHQ9", 1, days(-4), days(-3), "MISSED"),
    ]


def test_overdue_ones_are_marked_counted_and_given_up_when_the_next_is_asked_for(clinic):
    course = course_asking(clinic, FOLLOW_UP)
    given(course, 1, days(-43))
    given(course, 2, days(-40))
    refresh_dues(course=course, now=NOW)
    sweep(now=NOW)
    (due,) = AssessmentDue.objects.filter(course=course)
    assert (due.status, due.overdue_at, due.due_to) == ("OPEN", NOW, days(-8))
    assert overdue_by_course([course], TODAY) == {course.pk: 1}
    later = NOW + timedelta(days=20)
    sweep(now=later)
    assert rows(course) == [
        ("follow_up", "PHQ9", 2, days(-12), days(-8), "MISSED"),
        ("follow_up", "PHQ9", 2, days(18), days(22), "OPEN"),
    ]


def test_follow_up_goes_on_after_the_course_until_the_next_one_begins(clinic):
    course = course_asking(clinic, FOLLOW_UP, status=Course.Status.COMPLETED)
    given(course, 1, days(-63))
    given(course, 2, days(-60))
    refresh_dues(course=course, now=NOW)
    assert len(rows(course)) == 2
    following = make_course(course.patient, clinic.version, clinic.prescriber)
    Course.objects.filter(pk=following.pk).update(created_at=NOW + timedelta(days=1))
    refresh_dues(course=course, now=NOW + timedelta(days=100))
    assert len(rows(course)) == 2


def test_a_follow_up_that_was_answered_is_asked_for_again_a_month_later(clinic):
    course = course_asking(clinic, FOLLOW_UP, dose_count=1, status=Course.Status.COMPLETED)
    given(course, 1, days(-28))
    refresh_dues(course=course, now=NOW)
    scored(course)
    assert statuses(course) == ["DONE"]
    sweep(now=NOW + timedelta(days=28))
    assert statuses(course) == ["DONE"]
    sweep(now=NOW + timedelta(days=29))  # a repetition is written down the day before it begins
    assert [(row[3], row[5]) for row in rows(course)] == [(TODAY, "DONE"), (days(30), "OPEN")]


def test_a_stopped_course_asks_for_nothing_more_and_keeps_what_was_done(clinic, course):
    refresh_dues(course=course, now=NOW, planned={1: days(0), 2: days(3)})
    scored(course)
    stop_course(course=course, by=clinic.prescriber, reason="Moved", now=NOW)
    assert set(statuses(course)) == {"DONE", "DROPPED"}
    assert completeness(course, TODAY).fraction == 1


def test_a_course_that_ends_early_asks_for_its_end_after_the_dose_that_was_its_last(clinic):
    after_all = {**FOLLOW_UP, "name": "after", "days": [3, 7]}
    course = course_asking(clinic, after_all, dose_count=6)
    given(course, 1, days(-1))
    refresh_dues(course=course, now=NOW)
    assert rows(course) == []
    complete_course(course=course, by=clinic.prescriber, reason="Enough", now=NOW)
    assert rows(course) == [("after", "PHQ9", 1, days(2), days(6), "OPEN")]


def test_completeness_counts_what_was_asked_for_and_whose_time_has_come(course):
    given(course, 1, days(-10))
    given(course, 2, days(-7))
    scored(course, on=at(days(-8)))
    scored(course, on=at(days(-4)))
    refresh_dues(course=course, now=NOW)
    sweep(now=NOW)
    figure = completeness(course, TODAY)
    # Two screenings and two pre-dose scores were asked for; one was taken before dose 2,
    # and the one after the last dose was.
    assert (figure.asked, figure.done, figure.late) == (5, 2, 0)


def test_what_a_withdrawn_score_stood_for_is_asked_for_again(clinic, course):
    refresh_dues(course=course, now=NOW)
    done = scored(course)
    withdraw_assessment(assessment=done, reason="Another patient’s", by=clinic.nurse, now=NOW)
    assert statuses(course, instrument="PHQ9") == ["OPEN"]


def test_an_amendment_stands_where_the_old_score_stood(clinic, course):
    refresh_dues(course=course, now=NOW)
    done = scored(course)
    mended = amend_assessment(
        assessment=done, entry=Entry(answers=phq9(3)), reason="Misread", by=clinic.nurse, now=NOW
    )
    assert [due.point for due in mended.dues.all()] == ["screening"]


def test_due_now_is_what_may_be_answered_today_options_last(clinic, course):
    refresh_dues(course=course, now=NOW, planned={1: TODAY, 2: days(3)})
    found = due_now(course.patient, TODAY)
    assert [(due.point, due.instrument) for due in found] == [
        ("screening", "GAD7"),
        ("screening", "PHQ9"),
        ("dose_day", "PHQ9"),
        ("dose_day", "MADRS"),
    ]


def test_the_sweep_breaks_off_drafts_of_an_earlier_day_and_nobody_elses_rows(
    clinic, other_clinic, course
):
    from courses.assessments.services import start_assessment

    draft = start_assessment(patient=course.patient, code="PHQ9", by=clinic.nurse, now=NOW)
    sweep(now=NOW + timedelta(hours=20))
    draft.refresh_from_db()
    assert draft.status == "DRAFT"
    sweep(now=NOW + timedelta(hours=25))
    draft.refresh_from_db()
    assert (draft.status, draft.ended_at) == ("ABANDONED", NOW + timedelta(hours=25))


def test_a_protocol_without_a_plan_costs_one_query(clinic, django_assert_num_queries):
    course = make_course(make_patient(clinic.site), clinic.version, clinic.prescriber)
    with django_assert_num_queries(1):
        refresh_dues(course=course, now=NOW)


@pytest.mark.parametrize("number", [1, 20])
def test_scores_overdue_and_completeness_of_many_courses_take_one_query_each(
    clinic, django_assert_num_queries, number
):
    from courses.assessments.selectors import completeness_of

    courses = [course_asking(clinic) for _ in range(number)]
    for course in courses:
        scored(course)
        refresh_dues(course=course, now=NOW)
    courses = list(
        Course.objects.filter(pk__in=[course.pk for course in courses]).select_related("site")
    )
    with django_assert_num_queries(3):
        assert len(complete_scores(courses)) == number
        overdue_by_course(courses, days(30))
        completeness_of(courses, days(30))


def test_8_36_a_baseline_entered_on_the_day_before_the_dose_stands(clinic, course):
    refresh_dues(course=course, now=NOW, planned={1: TODAY})
    rated = enter_scores(
        patient=course.patient,
        code="PHQ9",
        entry=Entry(answers=phq9(17), taken_at=at(TODAY, 8)),
        course=course,
        by=clinic.prescriber,
        now=at(TODAY, 9),
    )
    given(course, 1, TODAY)
    refresh_dues(course=course, now=NOW)
    assert {due.point for due in rated.dues.all()} == {"screening", "dose_day"}
    (point,) = complete_scores([course], ["PHQ9"])
    assert (point.on, point.total, point.dose_seq, point.is_complete) == (TODAY, 17, 0, True)
