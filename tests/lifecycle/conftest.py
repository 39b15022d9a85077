"""What tests of the life of courses share: a moving clock, and courses in every state."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from courses.models import Course
from tests.factories import NOW, Clinic, make_version
from tests.lifecycle.lives import definition_with_rules
from tests.scheduling.test_proposing import accepted
from tests.standing import as_of_now, stands


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time is NOW until a test sets it."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@stands
def course_of_six(small_clinic: Clinic) -> Course:
    """A booked course of six doses by a protocol with the rules of DOMAIN 2.7 and 2.10."""
    with as_of_now():
        small_clinic.version = make_version(small_clinic.organization, definition_with_rules())
        return accepted(small_clinic)


@pytest.fixture
def course(course_of_six: Course) -> Course:
    """That course."""
    return course_of_six


@pytest.fixture
def prescriber(clinic: Clinic, sign_in: Callable[..., Client]) -> Client:
    """The prescriber's browser."""
    return sign_in(clinic.prescriber)
