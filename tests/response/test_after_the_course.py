"""Follow-up after a course's end, and where one course's readings end and another's begin."""

import pytest

from courses.assessments.services import Entry, enter_scores
from courses.models import AssessmentDue, Course, CourseEvent
from courses.response.rules import Relapse, Status
from courses.services.changing import complete_course
from tests.response.conftest import at

pytestmark = pytest.mark.django_db
SERIES = (0, 3, 7, 10, 14, 17)


def entered(treated, day, total):
    """A PHQ-9 of the patient, for no course in particular."""
    return enter_scores(
        patient=treated.patient,
        code="PHQ9",
        entry=Entry(total=total, answers={"9": 0}, taken_at=at(day), accept_missing=True),
        by=treated.clinic.nurse,
        now=at(day),
    )


@pytest.fixture
def completed(treated):
    """A course of six doses that helped, completed on the day after its end score."""
    treated.doses(*SERIES)
    treated.score(21, 8)
    complete_course(course=treated.course, by=treated.by, reason="Helped", now=at(22))
    treated.course.refresh_from_db()
    return treated


def next_course(begin, before, day, **fields):
    """A course of the same patient that was begun on that day."""
    found = begin(fields.pop("code", "IV_2W3"), patient=before.patient, **fields)
    Course.objects.filter(pk=found.course.pk).update(created_at=at(day))
    found.course.refresh_from_db()
    return found


def flagged(treated):
    rows = CourseEvent.objects.filter(course=treated.course, kind="RELAPSE_FLAGGED")
    return rows.count()


def test_a_follow_up_after_completion_belongs_to_the_course_and_flags_relapse(completed):
    score = entered(completed, 32, 22)
    assert score.course == completed.course
    assert Relapse.RISE in completed.standing().relapse
    assert flagged(completed) == 1
    assert completed.open_review("BOOSTER").source_id == score.pk
    (due,) = AssessmentDue.objects.filter(assessment=score)
    assert (due.point, due.status) == ("week_2", "DONE")


def test_between_repetitions_a_score_belongs_to_the_completed_course(completed):
    asked = AssessmentDue.objects.open().filter(course=completed.course)
    assert asked.update(status="MISSED", ended_at=at(100))
    assert entered(completed, 101, 22).course == completed.course


def test_an_open_course_has_the_score_and_of_several_none(completed, begin):
    other = begin(patient=completed.patient)
    assert entered(completed, 40, 9).course == other.course
    begin("MAINT_IV", patient=completed.patient)
    assert entered(completed, 41, 9).course is None


def test_a_course_that_asks_for_nothing_any_longer_has_no_score(completed, begin):
    ended = {"status": Course.Status.STOPPED, "stop_reason": "OTHER"}
    next_course(begin, completed, 50, code="RETREAT", **ended)
    asked = AssessmentDue.objects.open().filter(course=completed.course)
    assert asked.update(status="MISSED", ended_at=at(100))
    assert entered(completed, 101, 22).course is None


def test_a_completed_course_is_not_judged_by_the_next_course_s_scores(completed, begin):
    before = completed.standing()
    following = next_course(begin, completed, 99)
    following.score(100, 22)
    following.dose(1, 101)
    following.score(110, 23)
    after = completed.standing()
    assert (after.status, after.relapse) == (Status.RESPONSE, ())
    assert after.readings == before.readings
    # The new course goes on from its own baseline.
    found = following.standing()
    assert (found.baseline.total, [one.total for one in found.readings]) == (22, [23])


def test_a_relapse_before_the_next_course_stays_the_completed_course_s(completed, begin):
    completed.score(60, 22)
    next_course(begin, completed, 61).dose(1, 62)
    assert Relapse.RISE in completed.standing().relapse


def test_a_course_under_way_keeps_its_readings_until_the_later_one_s_first_dose(treated, begin):
    treated.dose(1, 0)
    later = next_course(begin, treated, 1)
    treated.score(5, 12)
    assert [one.total for one in treated.standing().readings] == [12]
    later.dose(1, 6)
    treated.score(7, 25)
    assert [one.total for one in treated.standing().readings] == [12]


def test_a_course_that_never_began_ends_nobody_s_readings(completed, begin):
    ended = {"status": Course.Status.STOPPED, "stop_reason": "NEVER_BEGUN"}
    next_course(begin, completed, 30, **ended)
    completed.score(60, 22)
    assert completed.standing().latest.total == 22
