"""Scores taken in the visit itself, before the drug: they are the baseline (DOMAIN 5.1, 8.36)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from courses.models import Assessment, Baseline
from courses.response.baselines import BaselineFrozen, rate_baseline
from courses.response.rules import Status
from sessions.models import Session
from sessions.services import DoseBlocked, change_status
from tests.factories import NOW, make_visit
from tests.response.conftest import Treated

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
CHECK_IN, DRUG = 15, 40
REST = (("OBSERVING", 80), ("DONE", 150))


@pytest.fixture
def arrived(clinic, begin) -> tuple[Treated, Session]:
    """A patient who has come to dose 1 at nine, with no score so far."""
    treated = begin()
    for seq, days in enumerate((5, 2), 1):
        prepared = {"kind": "prep", "seq": seq, "status": "DONE"}
        make_visit(treated.course, clinic.office, NOW - timedelta(days=days), **prepared)
    visit = make_visit(treated.course, clinic.chair, NOW, ends_at=NOW + 150 * MINUTE)
    step(visit, clinic, "ARRIVED", 0)
    return treated, visit


def step(visit, clinic, to, minutes):
    change_status(visit=visit, to=to, by=clinic.nurse, now=NOW + minutes * MINUTE)


def score(treated, minutes, total):
    return treated.score(minutes / (24 * 60), total)


def rate(treated, minutes, total=30):
    return rate_baseline(
        course=treated.course,
        code="MADRS",
        total=Decimal(total),
        reason="Could not fill it in.",
        by=treated.by,
        now=NOW + minutes * MINUTE,
    )


def finish(visit, clinic, begins=DRUG):
    for to, minutes in (("IN_PROGRESS", begins), *REST):
        step(visit, clinic, to, minutes)


def test_a_score_at_check_in_is_the_baseline(clinic, arrived):
    treated, visit = arrived
    score(treated, CHECK_IN, 20)
    finish(visit, clinic)
    assert [row.total for row in Baseline.objects.all()] == [20]
    score(treated, 3 * 24 * 60, 9)
    found = treated.standing(day=3)
    assert (found.status, found.latest.total) == (Status.RESPONSE, 9)


def test_a_score_at_check_in_takes_the_place_of_an_older_one(clinic, arrived):
    treated, visit = arrived
    treated.score(-5, 24)
    score(treated, CHECK_IN, 10)
    finish(visit, clinic)
    assert [row.total for row in Baseline.objects.all()] == [10]
    assert treated.standing(day=0.2).latest is None


def test_a_score_after_the_drug_began_is_no_baseline(clinic, arrived):
    treated, visit = arrived
    treated.score(-5, 24)
    step(visit, clinic, "IN_PROGRESS", DRUG)
    score(treated, DRUG + 10, 12)
    for to, minutes in REST:
        step(visit, clinic, to, minutes)
    assert [row.total for row in Baseline.objects.all()] == [24]


def test_8_36_a_baseline_rated_at_check_in_lets_the_dose_begin_and_end(clinic, arrived):
    treated, visit = arrived
    with pytest.raises(DoseBlocked):
        step(visit, clinic, "IN_PROGRESS", CHECK_IN)
    rate(treated, CHECK_IN)
    finish(visit, clinic)
    row = Baseline.objects.get(frozen_at__isnull=False)
    assert (row.instrument, row.total) == ("MADRS", 30)
    assert not Assessment.objects.exists()
    assert visit.status == "DONE"


def test_a_rating_after_the_drug_began_is_refused_and_the_one_before_stands(clinic, arrived):
    treated, visit = arrived
    rate(treated, CHECK_IN)
    rate(treated, CHECK_IN + 1, total=28)
    step(visit, clinic, "IN_PROGRESS", DRUG)
    with pytest.raises(BaselineFrozen, match="drug has begun"):
        rate(treated, DRUG + 5, total=20)
    with pytest.raises(IntegrityError, match="before the drug"), transaction.atomic():
        Baseline.objects.update(taken_at=NOW + (DRUG + 5) * MINUTE)
    for to, minutes in REST:
        step(visit, clinic, to, minutes)
    assert [row.total for row in Baseline.objects.exclude(frozen_at=None)] == [28]
