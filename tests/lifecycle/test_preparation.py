"""The first dose waits for preparation, unless a prescriber says why not (DOMAIN 2.12)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.caps.services import allow_unprepared
from courses.models import CapOverride, Course
from sessions.models import Session
from sessions.readiness import visit_blockers
from sessions.services import DoseBlocked, change_status
from tests import factories
from tests.factories import NOW, Clinic, small_definition

pytestmark = pytest.mark.django_db
WHY = "Prepared at another clinic, letter in the file."


@pytest.fixture
def first(clinic: Clinic) -> Session:
    """A first dose under a protocol that asks for preparation."""
    definition = small_definition(needs_preparation=True)
    version = factories.make_version(clinic.organization, definition)
    patient = factories.make_patient(clinic.site)
    course = factories.make_course(patient, version, clinic.desk)
    dose = factories.make_visit(course, clinic.chair, NOW)
    return change_status(visit=dose, to="ARRIVED", by=clinic.nurse, now=NOW)


def codes(visit: Session) -> list[str]:
    return [blocker.code for blocker in visit_blockers(visit, now=NOW)]


def prepare(clinic: Clinic, course: Course, status: str) -> None:
    begins = NOW - timedelta(days=2)
    factories.make_visit(course, clinic.office, begins, kind="prep", status=status)


@pytest.mark.parametrize("status", ["PLANNED", "ARRIVED"])
def test_the_first_dose_waits_for_preparation(clinic: Clinic, first: Session, status: str) -> None:
    prepare(clinic, first.course, status)
    with pytest.raises(DoseBlocked, match="Preparation is not complete: 0 of 1"):
        change_status(visit=first, to="IN_PROGRESS", by=clinic.nurse, now=NOW)


def test_after_preparation_it_begins(clinic: Clinic, first: Session) -> None:
    prepare(clinic, first.course, "DONE")
    assert codes(first) == []
    change_status(visit=first, to="IN_PROGRESS", by=clinic.nurse, now=NOW)


def test_a_prescriber_lets_it_begin_for_a_reason_on_that_day_alone(
    clinic: Clinic, first: Session, sign_in
) -> None:
    url = reverse("scheduling:course_unprepared", args=[first.course_id])
    said = {"on": "2026-01-05", "reason": WHY}
    assert sign_in(clinic.nurse).post(url, said).status_code == 403
    assert sign_in(clinic.prescriber).post(url, {**said, "reason": "short"}).status_code == 422
    assert codes(first) == ["PREPARATION"]
    assert sign_in(clinic.prescriber).post(url, said).status_code == 302
    assert codes(first) == []
    kept = CapOverride.objects.get()
    assert (kept.kind, kept.by, kept.reason) == ("PREPARATION", clinic.prescriber, WHY)


def test_what_was_allowed_for_another_day_lets_nothing_begin(
    clinic: Clinic, first: Session
) -> None:
    tomorrow = NOW.date() + timedelta(days=1)
    allow_unprepared(course=first.course, on=tomorrow, by=clinic.prescriber, reason=WHY, now=NOW)
    assert codes(first) == ["PREPARATION"]
