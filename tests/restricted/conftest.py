"""A restricted chart in a small clinic, and how it is opened."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.charts import break_glass
from clinic.models import Role
from scheduling.models import Proposal
from tests.factories import NOW, make_course, make_patient, make_visit

REASON = "Covering for the nurse who is ill."


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The time is NOW until a test sets it."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@pytest.fixture
def rows(clinic):
    patient = make_patient(
        clinic.site, given_name="Greta", family_name="Canaria", is_restricted=True
    )
    course = make_course(patient, clinic.version, clinic.desk)
    proposal = Proposal.objects.create(
        organization=clinic.organization,
        course=course,
        requested_by=clinic.desk,
        requested_at=NOW,
    )
    visit = make_visit(course, clinic.chair, NOW + timedelta(hours=1))
    return {"patient": patient, "course": course, "proposal": proposal, "visit": visit}


@pytest.fixture
def manager(clinic):
    return clinic.person(Role.MANAGER)


def handle_in(page):
    return re.search(r'name="handle" value="([^"]+)"', page)[1]


def opened(clinic, rows, by=None, reason=REASON):
    return break_glass(patient=rows["patient"], by=by or clinic.desk, reason=reason, now=NOW)
