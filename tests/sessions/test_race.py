"""Rivals who take one visit the same step on: one wins."""

from datetime import timedelta
from threading import Barrier

import pytest

from sessions.models import Session
from sessions.services import StepNotNext, change_status
from tests import factories
from tests.factories import NOW, Clinic
from tests.race import race

RIVALS = 5


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic whose rows the rivals can see."""
    return factories.make_clinic()


@pytest.fixture
def visit(clinic: Clinic) -> Session:
    """A visit that begins an hour after NOW."""
    course = factories.make_course(
        factories.make_patient(clinic.site), clinic.version, by=clinic.desk
    )
    return factories.make_visit(course, clinic.chair, NOW + timedelta(hours=1))


def test_of_rivals_who_note_an_arrival_one_wins(visit: Session, clinic: Clinic) -> None:
    def attempt(number: int) -> str:
        own = Session.objects.get(pk=visit.pk)
        return change_status(visit=own, to="ARRIVED", by=clinic.desk, now=NOW).status

    outcomes = race(attempt, rivals=RIVALS)
    refused = [outcome for outcome in outcomes if isinstance(outcome, StepNotNext)]
    assert (outcomes.count("ARRIVED"), len(refused)) == (1, RIVALS - 1)


def test_control_looking_before_writing_lets_several_win(visit: Session) -> None:
    looked = Barrier(RIVALS, timeout=20)

    def careless(number: int) -> bool:
        own = Session.objects.get(pk=visit.pk)
        looked.wait()
        own.status, was_planned = "ARRIVED", own.status == "PLANNED"
        own.save(update_fields=["status"])
        return was_planned

    assert race(careless, rivals=RIVALS).count(True) == RIVALS
