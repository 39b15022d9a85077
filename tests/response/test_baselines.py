"""The baseline of a course: found, frozen with the first dose, never changed (DOMAIN 5.1)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.errors import DomainError
from courses.models import Baseline, CourseEvent
from courses.response.baselines import BaselineFrozen, missing_baseline, rate_baseline
from courses.response.rules import Status
from tests.response.conftest import HOUR, at

pytestmark = pytest.mark.django_db


def rate(treated, day=0.0, **said):
    said = {"code": "MADRS", "total": Decimal(30), "reason": "Could not fill it in."} | said
    return rate_baseline(course=treated.course, by=treated.by, now=at(day), **said)


def test_the_first_dose_freezes_the_last_complete_scores(treated):
    treated.score(-10, 25)
    treated.score(-3, 44, code="PCL5")
    treated.dose(1, 0)
    found = {row.instrument: row.total for row in Baseline.objects.all()}
    assert found == {"PHQ9": 20, "PCL5": 44}
    assert Baseline.objects.filter(frozen_at=at(0) + HOUR).count() == 2
    assert CourseEvent.objects.filter(course=treated.course, kind="BASELINE_SET").count() == 1


def test_scores_after_the_first_dose_change_no_baseline(treated):
    treated.dose(1, 0)
    treated.score(2, 5)
    treated.score(2, 30, code="PCL5")
    treated.dose(2, 3)
    assert [row.total for row in Baseline.objects.all()] == [20]
    assert treated.standing().baseline.total == 20


def test_8_38_of_two_baselines_on_a_day_the_latest_before_the_dose_counts(begin):
    treated = begin()
    for hour, total in ((-0.10, 22), (-0.05, 19), (0.02, 18), (0.5, 9)):
        treated.score(hour, total)
    treated.dose(1, 0)
    assert Baseline.objects.get().total == 18
    assert treated.patient.assessments.count() == 4


def test_a_score_older_than_the_window_is_no_baseline(begin):
    treated = begin()
    treated.score(-15, 20)
    assert missing_baseline(treated.course, at(0).date(), at(0))
    treated.dose(1, 0)
    assert not Baseline.objects.exists()
    assert treated.standing().status == Status.NO_BASELINE
    # What comes later is none either, whatever the dose.
    treated.score(1, 12)
    treated.dose(2, 3)
    assert not Baseline.objects.exists()


def test_8_36_a_missing_baseline_stands_before_the_first_dose(begin):
    treated = begin()
    said = missing_baseline(treated.course, at(0).date(), at(0))
    assert "No complete PHQ-9 within 14 days" in said
    treated.score(0, 20)
    assert missing_baseline(treated.course, at(0).date(), at(0)) == ""


def test_8_36_a_clinician_rates_one_on_the_same_day_with_a_reason(begin):
    treated = begin()
    rate(treated)
    assert missing_baseline(treated.course, at(0).date(), at(0)) == ""
    # On another day it holds no longer.
    assert missing_baseline(treated.course, at(1).date(), at(1))
    treated.dose(1, 0)
    row = Baseline.objects.get()
    assert (row.instrument, row.total, row.rated_by) == ("MADRS", 30, treated.by)
    assert row.frozen_at
    event = CourseEvent.objects.get(course=treated.course, kind="BASELINE_SET")
    assert event.reason == "Could not fill it in."


def test_8_36_a_rating_of_another_day_is_not_frozen(begin):
    treated = begin()
    rate(treated)
    treated.dose(1, 1)
    assert not Baseline.objects.filter(frozen_at__isnull=False).exists()


def test_a_rated_course_is_judged_by_what_was_rated(begin):
    treated = begin()
    rate(treated)
    treated.dose(1, 0)
    treated.score(7, 15, code="MADRS")
    found = treated.standing()
    assert (found.instrument, found.status) == ("MADRS", Status.RESPONSE)
    assert found.baseline.is_rated


def test_8_36_what_was_rated_wins_over_the_other_scales_that_were_filled_in(begin):
    treated = begin()
    treated.score(-1, 20, code="GAD7")
    treated.score(-1, 15, code="QIDS_SR16")
    rate(treated, total=Decimal(34))
    treated.dose(1, 0)
    treated.score(7, 4, code="GAD7")
    treated.score(7, 30, code="MADRS")
    found = treated.standing()
    assert (found.instrument, found.baseline.total) == ("MADRS", 34)
    assert found.status == Status.NON_RESPONSE


def test_a_score_of_what_was_asked_for_wins_over_what_was_rated(begin):
    treated = begin()
    rate(treated)
    treated.score(0.02, 20)
    treated.dose(1, 0)
    assert treated.standing().instrument == "PHQ9"


@pytest.mark.parametrize(
    ("indication", "scored", "judged_by"),
    [
        ("IN_TRD", ("GAD7", "WSAS", "CGI_S"), "PHQ9"),
        ("IN_SI", ("GAD7", "MADRS"), "MADRS"),
        ("IN_BIP", ("WSAS", "QIDS_SR16"), "QIDS_SR16"),
        ("IN_PTSD", ("PHQ9", "GAD7"), "PCL5"),
        ("IN_OCD", ("PHQ9", "YBOCS"), "YBOCS"),
        ("IN_ANX", ("WSAS", "GAD7"), "GAD7"),
    ],
)
def test_a_course_is_judged_by_scales_of_its_illness_alone(begin, indication, scored, judged_by):
    treated = begin(indication=indication)
    for code in scored:
        treated.score(-1, 5, code=code)
    treated.dose(1, 0)
    found = treated.standing()
    assert found.instrument == judged_by
    has_baseline = judged_by in scored
    assert found.status == (Status.NO_SCORE if has_baseline else Status.NO_BASELINE)


def test_pain_is_judged_by_what_its_plan_asks_for(begin):
    treated = begin("PAIN_INF", indication="IN_PAIN")
    treated.score(-1, 20)
    treated.score(-1, 30, code="WSAS")
    treated.dose(1, 0)
    assert treated.standing().instrument == "WSAS"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"code": "PHQ9"}, "instrument"),
        ({"total": Decimal(61)}, "total"),
        ({"total": Decimal(-1)}, "total"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 241}, "reason"),
    ],
)
def test_a_rating_that_does_not_fit_is_refused(begin, said, field):
    with pytest.raises(DomainError) as refused:
        rate(begin(), **said)
    assert refused.value.field == field


def test_where_a_score_is_there_none_is_rated(treated):
    with pytest.raises(DomainError, match="There is a complete score already"):
        rate(treated)


def test_after_the_first_dose_none_is_rated(treated):
    treated.dose(1, 0)
    with pytest.raises(BaselineFrozen):
        rate(treated, day=1)


def test_a_protocol_without_scores_asks_for_no_baseline(begin, clinic):
    treated = begin(version=clinic.version)
    assert missing_baseline(treated.course, at(0).date(), at(0)) == ""


@pytest.mark.parametrize(
    "change", ["total = 5", "frozen_at = NULL", "taken_at = now()", "instrument = 'GAD7'"]
)
def test_a_frozen_baseline_cannot_be_rewritten(treated, change):
    treated.dose(1, 0)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE courses_baseline SET {change}")  # noqa: S608 # of ours


def test_a_baseline_cannot_be_deleted(treated):
    treated.dose(1, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Baseline.objects.all().delete()


@pytest.mark.parametrize("frozen_day", [None, 5])
def test_none_is_added_after_the_first_dose(treated, frozen_day):
    treated.dose(1, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Baseline.objects.create(
            organization=treated.clinic.organization,
            course=treated.course,
            instrument="GAD7",
            source_id=treated.course.pk,
            taken_at=at(-1),
            total=9,
            frozen_at=frozen_day and at(frozen_day),
        )
