"""Rivals who change one course at the same moment: one wins, and the history says so once."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction

from courses import services
from courses.models import Course, CourseEvent
from tests import factories
from tests.factories import NOW, Clinic
from tests.race import race

RIVALS = 5


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic whose rows the rivals can see."""
    return factories.make_clinic()


@pytest.fixture
def course(clinic: Clinic) -> Course:
    """A course under way."""
    patient = factories.make_patient(clinic.site)
    return factories.make_course(patient, clinic.version, by=clinic.desk, status="ACTIVE")


def completing(course: Course, clinic: Clinic) -> Callable[[int], None]:
    def attempt(number: int) -> None:
        own = Course.objects.get(pk=course.pk)
        services.complete_course(course=own, by=clinic.desk, reason="", now=NOW)

    return attempt


def test_of_rivals_who_complete_a_course_one_wins(course: Course, clinic: Clinic) -> None:
    outcomes = race(completing(course, clinic), rivals=RIVALS)
    refused = [o for o in outcomes if isinstance(o, services.CourseNotInState)]
    assert (outcomes.count(None), len(refused)) == (1, RIVALS - 1)
    assert course.events.filter(kind=CourseEvent.Kind.COMPLETED).count() == 1


def test_completing_and_stopping_exclude_each_other(course: Course, clinic: Clinic) -> None:
    changes: list[Any] = [services.complete_course, services.stop_course]

    def attempt(number: int) -> None:
        own = Course.objects.get(pk=course.pk)
        changes[number % 2](course=own, by=clinic.desk, reason="Because", now=NOW)

    assert race(attempt, rivals=RIVALS).count(None) == 1
    course.refresh_from_db()
    assert list(course.events.values_list("kind", flat=True)) == [course.status]


def test_control_looking_before_writing_lets_several_win(course: Course, clinic: Clinic) -> None:
    looked = Barrier(RIVALS, timeout=20)

    @transaction.atomic
    def careless(number: int) -> None:
        own = Course.objects.get(pk=course.pk)
        looked.wait()
        if own.status != Course.Status.ACTIVE:
            raise services.CourseNotInState("This course is over.")
        own.status = Course.Status.COMPLETED
        own.save(update_fields=["status"])
        services.record_event(course=own, kind=CourseEvent.Kind.COMPLETED, by=clinic.desk, now=NOW)

    assert race(careless, rivals=RIVALS).count(None) == RIVALS
    assert course.events.count() == RIVALS
