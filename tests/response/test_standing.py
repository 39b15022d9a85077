"""How courses stand: numbers, status, flags, in a fixed number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Course
from courses.response.rules import Relapse, Status, Trend
from courses.response.selectors import standing_of
from courses.response.words import cautions, sentence
from courses.thresholds.services import draft_thresholds, sign_thresholds
from tests.factories import make_member
from tests.response.conftest import at
from tests.thresholds.values import values

pytestmark = pytest.mark.django_db
SERIES = (0, 3, 7, 10, 14, 17)


def test_before_the_first_dose_the_score_is_a_baseline_to_be(treated):
    found = treated.standing()
    assert (found.status, found.baseline.total) == (Status.NO_SCORE, 20)
    assert not found.baseline.is_frozen
    assert sentence(found) == "PHQ-9 20 at baseline. No complete PHQ-9 since the first dose."


def test_response_with_its_numbers(treated):
    treated.dose(1, 0)
    treated.score(7, 15)
    treated.score(14, 9)
    found = treated.standing()
    assert (found.status, str(found.shown_change)) == (Status.RESPONSE, "55.0")
    assert (found.absolute_change, found.trend) == (-11, Trend.BETTER)
    assert sentence(found) == "PHQ-9 20 at baseline, 9 now: 55.0 % lower, 11 points down."
    assert found.numbers["percent"] == "55.0"
    assert not found.is_remission


def test_worse_is_said_as_such(treated):
    treated.dose(1, 0)
    treated.score(7, 25)
    found = treated.standing()
    assert (found.status, found.is_worse_by_mcid) == (Status.WORSE, True)
    assert sentence(found).endswith("25.0 % higher, 5 points up.")
    assert "Worse than at baseline by a change that matters." in cautions(found)


def test_8_37_a_low_baseline_shows_the_absolute_change_and_questions_the_indication(begin):
    treated = begin()
    treated.score(-1, 4)
    treated.dose(1, 0)
    treated.score(14, 2)
    found = treated.standing()
    assert (found.status, found.is_low_baseline) == (Status.UNDEFINED, True)
    assert sentence(found) == "PHQ-9 4 at baseline, 2 now: 2 points down."
    assert any("question the indication" in said for said in cautions(found))


def test_overlapping_recall_is_cautioned_of(treated):
    treated.dose(1, 0)
    treated.score(3, 15)
    assert any("PHQ-9 asks about 14 days" in said for said in cautions(treated.standing()))
    treated.score(20, 15)
    assert not any("asks about" in said for said in cautions(treated.standing()))


def test_ptsd_is_judged_by_its_own_scale(begin):
    treated = begin(indication="IN_PTSD")
    treated.score(-1, 20)
    treated.score(-1, 50, code="PCL5")
    treated.dose(1, 0)
    treated.score(14, 35, code="PCL5")
    treated.score(14, 19)
    found = treated.standing()
    assert (found.instrument, found.status) == ("PCL5", Status.RESPONSE)


def test_relapse_is_flagged_after_induction(treated):
    for seq, day in enumerate(SERIES, start=1):
        treated.dose(seq, day)
    treated.score(22, 5)
    assert treated.standing().relapse == ()
    treated.score(45, 11)
    found = treated.standing()
    assert found.relapse == (Relapse.RISE,)
    assert found.best.total == 5
    treated.score(49, 12)
    assert set(treated.standing().relapse) == {Relapse.RISE, Relapse.RESPONSE_LOST}


def test_a_course_that_ended_early_is_over_with_its_last_dose(treated):
    treated.doses(0, 3)
    treated.score(10, 4)
    treated.score(40, 12)
    assert treated.standing().relapse == ()
    Course.objects.filter(pk=treated.course.pk).update(status="COMPLETED")
    treated.course.refresh_from_db()
    assert treated.standing().relapse == (Relapse.RISE,)


def test_signed_thresholds_judge_from_then_on(treated, clinic):
    treated.dose(1, 0)
    treated.score(7, 12)
    assert treated.standing(8).status == Status.PARTIAL
    director = make_member(clinic.site, "MEDICAL_DIRECTOR")
    draft = draft_thresholds(values=values(response_percent=40), note="", by=director, now=at(8))
    assert treated.standing(9).status == Status.PARTIAL  # a draft judges nobody
    sign_thresholds(version=draft, seen=draft.drafted_at, by=director, now=at(9))
    assert treated.standing(10).status == Status.RESPONSE
    assert treated.standing(10).thresholds_number == 1
    assert treated.standing(8).thresholds_number == 0


def test_what_is_later_than_now_does_not_count(treated):
    treated.dose(1, 0)
    treated.score(7, 9)
    assert treated.standing(6).latest is None


def test_queries_do_not_grow_with_the_courses(begin):
    def asked_for(number):
        courses = []
        for _ in range(number):
            treated = begin()
            treated.score(-1, 20)
            treated.dose(1, 0)
            treated.score(7, 12)
            courses.append(treated.course.pk)
        rows = Course.objects.filter(pk__in=courses)
        with CaptureQueriesContext(connection) as seen:
            assert len(standing_of(rows, at(9))) == number
        return len(seen)

    assert asked_for(1) == asked_for(20) <= 10
