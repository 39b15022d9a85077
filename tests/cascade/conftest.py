"""A booked course of four doses, with a talk after each."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from tests.factories import make_version, small_definition
from tests.scheduling.test_proposing import accepted
from tests.standing import stands


@stands
def course_of_four(small_clinic):
    """A booked course of four doses."""
    small_clinic.version = make_version(small_clinic.organization, small_definition(doses=4))
    return accepted(small_clinic)


@pytest.fixture
def course(course_of_four):
    """That course."""
    return course_of_four


@pytest.fixture
def dose(course):
    """The second of four."""
    return course.visits.get(kind="dosing", seq=2)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """`clock(moment)` sets the time that pages see."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to
