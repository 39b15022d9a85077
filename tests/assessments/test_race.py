"""Answers and starts at one instant: none is lost, and there is one draft."""

from threading import Barrier

import pytest

from courses.assessments.services import save_item, start_assessment
from courses.models import Assessment, Course
from tests import factories
from tests.assessments.making import course_asking
from tests.factories import NOW, Clinic
from tests.race import race

RIVALS = 6


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic whose rows the rivals can see."""
    return factories.make_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    return course_asking(clinic)


def start(course: Course, clinic: Clinic) -> Assessment:
    return start_assessment(patient=course.patient, code="PHQ9", by=clinic.nurse, now=NOW)


def test_of_answers_saved_at_once_none_is_lost(course: Course, clinic: Clinic) -> None:
    draft = start(course, clinic)

    def attempt(number: int) -> None:
        save_item(assessment=draft, item=str(number + 1), answer=1, by=clinic.nurse, now=NOW)

    assert race(attempt, rivals=RIVALS) == [None] * RIVALS
    draft.refresh_from_db()
    assert draft.answers == {str(number + 1): 1 for number in range(RIVALS)}


def test_control_reading_before_writing_loses_answers(course: Course, clinic: Clinic) -> None:
    draft = start(course, clinic)
    looked = Barrier(RIVALS, timeout=20)

    def attempt(number: int) -> None:
        own = Assessment.objects.get(pk=draft.pk)
        looked.wait()
        own.answers[str(number + 1)] = 1
        own.save(update_fields=["answers"])

    assert race(attempt, rivals=RIVALS) == [None] * RIVALS
    draft.refresh_from_db()
    assert len(draft.answers) == 1


def test_rivals_who_start_go_on_with_one_draft(course: Course, clinic: Clinic) -> None:
    begun = race(lambda _number: start(course, clinic).pk, rivals=RIVALS)
    assert len(set(begun)) == 1
    assert Assessment.objects.count() == 1
