"""A booked course of four doses, with a talk after each."""

import pytest

from tests.factories import make_version, small_definition
from tests.scheduling.test_proposing import accepted


@pytest.fixture
def course(clinic):
    clinic.version = make_version(clinic.organization, small_definition(doses=4))
    return accepted(clinic)


@pytest.fixture
def dose(course):
    """The second of four."""
    return course.visits.get(kind="dosing", seq=2)
