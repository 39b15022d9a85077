"""What the tests of pages of scores share: a course that asks for scores, and a signed-in nurse."""

import pytest

from tests.assessments.making import course_asking


@pytest.fixture
def course(clinic):
    return course_asking(clinic)


@pytest.fixture
def nurse(clinic, sign_in):
    return sign_in(clinic.nurse)
