"""A review is decided once, and an interval chosen once, however many try."""

from threading import Barrier

import pytest
from django.db import connection

from courses.models import Hold, MaintenanceStep, Review
from courses.response.services import (
    Answer,
    Chosen,
    IntervalChanged,
    ReviewDecided,
    choose_interval,
    decide_review,
)
from tests.factories import Clinic, make_clinic
from tests.race import race
from tests.response.conftest import at

RIVALS = 4


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic whose rows the rivals can see."""
    return make_clinic()


@pytest.fixture
def review(treated) -> Review:
    """The end of induction, which holds the doses."""
    treated.doses(0, 3, 7, 10, 14, 17)
    return treated.open_review("END_OF_INDUCTION")


def test_of_rivals_who_decide_one_does(treated, review):
    def attempt(number):
        own = Review.objects.select_related("course").get(pk=review.pk)
        decision = "EXTEND" if number % 2 else "STOP"
        answer = Answer(decision, f"Rival {number}.")
        return decide_review(review=own, answer=answer, by=treated.by, now=at(18))

    outcomes = race(attempt, rivals=RIVALS)
    won = [outcome for outcome in outcomes if isinstance(outcome, Review)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ReviewDecided)]
    assert (len(won), len(refused)) == (1, RIVALS - 1), outcomes
    review.refresh_from_db()
    assert review.decision == won[0].decision
    # What was kept, and what became of the hold, belong together.
    assert Hold.objects.open().exists() is (review.decision == "STOP")


def test_control_careless_decisions_overwrite_each_other(treated, review):
    """Reading first and saving after: without the guarded update and its trigger many win."""
    _triggers("DISABLE", "review_stays")
    looked = Barrier(RIVALS, timeout=20)

    def careless(number):
        own = Review.objects.get(pk=review.pk)
        if own.decided_at is not None:
            return None
        looked.wait()
        own.decision, own.reason = "CONTINUE", f"Rival {number}."
        own.decided_by, own.decided_at = treated.by, at(18)
        own.save()
        return own

    outcomes = race(careless, rivals=RIVALS)
    _triggers("ENABLE", "review_stays")
    assert sum(outcome is not None for outcome in outcomes) > 1, outcomes


def _triggers(state: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE courses_review {state} TRIGGER {name}")


def test_of_rivals_who_choose_an_interval_one_does(begin):
    treated = begin("MAINT_IV")
    treated.score(-1, 20)
    treated.dose(1, 0)

    def attempt(number):
        return choose_interval(
            course=treated.course,
            chosen=Chosen("START", 7 + number),
            seen=0,
            reason="From here.",
            by=treated.by,
            now=at(1),
        )

    outcomes = race(attempt, rivals=RIVALS)
    won = [outcome for outcome in outcomes if isinstance(outcome, MaintenanceStep)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, IntervalChanged)]
    assert (len(won), len(refused)) == (1, RIVALS - 1), outcomes
    assert MaintenanceStep.objects.count() == 1
