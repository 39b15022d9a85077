"""A dose at another clinic that takes a place of the course: what follows from it (8.20, 8.21)."""

import pytest

from courses.doses.services import record_outside_dose, withdraw_dose
from courses.models import AssessmentDue, Baseline, BoosterWindow
from tests.assessments.making import course_asking, days, given
from tests.response.conftest import at
from tests.response.test_ladder import accept, window

pytestmark = pytest.mark.django_db


def outside(course, by, seq, day):
    return record_outside_dose(
        patient=course.patient,
        course=course,
        on=at(day).date(),
        drug="racemic ketamine",
        route="IV",
        amount_mg=None,
        by=by,
        now=at(max(day, 0) + 0.2),
        seq=seq,
    )


def test_8_20_it_is_no_baseline_and_the_first_dose_here_has_one(treated):
    outside(treated.course, treated.by, 1, -3)
    assert not Baseline.objects.exists()
    treated.dose(2, 0)
    assert [(row.instrument, row.total) for row in Baseline.objects.all()] == [("PHQ9", 20)]


def test_8_21_the_last_of_induction_asks_how_to_go_on_once(treated):
    treated.doses(0, 3, 7, 10, 14)
    assert not treated.reviews("END_OF_INDUCTION")
    dose = outside(treated.course, treated.by, 6, 17)
    (review,) = treated.reviews("END_OF_INDUCTION")
    assert (review.after_seq, review.due_on >= dose.on) == (6, True)


def test_8_21_it_ends_the_window_and_opens_the_next(begin):
    treated = begin("MAINT_IV")
    treated.score(-1, 20)
    treated.dose(1, 0)
    accept(treated, 1)
    before = window(treated)
    late = outside(treated.course, treated.by, 3, -20)  # told of long after
    assert window(treated) == before
    dose = outside(treated.course, treated.by, 2, 8)
    before.refresh_from_db()
    assert (before.status, before.dose) == ("DONE", dose)
    assert window(treated).after_dose == dose
    assert not BoosterWindow.objects.filter(dose=late).exists()


def dues(course):
    rows = AssessmentDue.objects.filter(course=course).exclude(status="DROPPED")
    return list(rows.order_by("due_from", "point").values_list("point", "anchor_seq", "due_from"))


EACH = {"name": "each", "label": "Each", "anchor": "each_dose", "days": [-1, 0],
        "instruments": ["PHQ9"]}  # fmt: skip
START = {"name": "start", "label": "Start", "anchor": "first_dose", "days": [-14, 0],
         "instruments": ["GAD7"]}  # fmt: skip
END = {"name": "end", "label": "End", "anchor": "last_dose", "block": "induction",
       "days": [3, 7], "instruments": ["PHQ9"]}  # fmt: skip


def test_8_20_nobody_is_asked_for_scores_before_it_and_follow_up_goes_by_it(clinic):
    course = course_asking(clinic, START, EACH, END, dose_count=2)
    outside(course, clinic.prescriber, 1, -4)
    assert dues(course) == [("start", 2, days(-14))]  # before the first dose here
    given(course, 2, days(0))
    last = outside(make_longer(course), clinic.prescriber, 3, 4)
    assert ("end", 3, days(7)) in dues(course)
    assert ("each", 3) not in [row[:2] for row in dues(course)]
    withdraw_dose(dose=last, by=clinic.prescriber, reason="Another patient’s", now=at(5))
    assert 3 not in [row[1] for row in dues(course)]


def make_longer(course):
    course.dose_count = 3
    course.save()
    return course
