"""A visit goes one step at a time, and only on its day."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.http import Http404

from clinic.errors import DomainError
from clinic.rights import Right
from courses.models import Dose
from sessions.access import visit_for
from sessions.models import Session
from sessions.services import DayNotCome, StepNotNext, change_status
from tests import factories
from tests.factories import NOW, Clinic


def book(clinic: Clinic, kind: str = "dosing") -> Session:
    """A visit that begins an hour after NOW."""
    course = factories.make_course(
        factories.make_patient(clinic.site), clinic.version, by=clinic.desk
    )
    room = clinic.chair if kind == "dosing" else clinic.office
    return factories.make_visit(course, room, NOW + timedelta(hours=1), kind=kind)


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("dosing", ["ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE"]),
        ("prep", ["ARRIVED", "IN_PROGRESS", "DONE"]),
        ("integration", ["ARRIVED", "IN_PROGRESS", "DONE"]),
    ],
)
def test_visit_is_taken_to_its_end(clinic: Clinic, kind: str, steps: list[str]) -> None:
    visit = book(clinic, kind)
    for status in steps:
        assert change_status(visit=visit, to=status, by=clinic.nurse, now=NOW).status == status
    visit.refresh_from_db()
    assert visit.status == "DONE"


def test_a_dose_says_when_the_drug_began(clinic: Clinic) -> None:
    visit = book(clinic)
    for status, minutes in (("ARRIVED", 0), ("IN_PROGRESS", 75), ("OBSERVING", 90), ("DONE", 180)):
        change_status(visit=visit, to=status, by=clinic.nurse, now=NOW + timedelta(minutes=minutes))
    visit.refresh_from_db()
    assert visit.begun_at == NOW + timedelta(minutes=75)
    assert Dose.objects.get(visit_id=visit.pk).given_at == visit.begun_at


def test_a_dose_that_is_written_down_on_a_later_day_was_over_with_its_visit(
    clinic: Clinic,
) -> None:
    visit = book(clinic)
    for status in ("ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE"):
        change_status(visit=visit, to=status, by=clinic.nurse, now=NOW + timedelta(days=2))
    assert Dose.objects.get(visit_id=visit.pk).given_at == visit.ends_at


@pytest.mark.parametrize(
    ("status", "begun_at"),
    [("IN_PROGRESS", None), ("OBSERVING", None), ("DONE", None), ("ARRIVED", NOW)],
)
def test_a_dose_that_has_begun_and_no_other_says_when(clinic, status, begun_at) -> None:
    rows = Session.objects.filter(pk=book(clinic).pk)
    with pytest.raises(IntegrityError, match="session_dose_says_when_it_began"):
        rows.update(status=status, begun_at=begun_at)


def test_step_is_not_skipped(clinic: Clinic) -> None:
    visit = book(clinic)
    with pytest.raises(StepNotNext, match="it is now “Planned”"):
        change_status(visit=visit, to="DONE", by=clinic.nurse, now=NOW)


def test_conversation_has_no_observation(clinic: Clinic) -> None:
    visit = book(clinic, "integration")
    with pytest.raises(DomainError) as caught:
        change_status(visit=visit, to="OBSERVING", by=clinic.nurse, now=NOW)
    assert caught.value.field == "to"


@pytest.mark.parametrize("status", ["PLANNED", "MISSED", "CANCELLED"])
def test_what_frees_a_place_is_not_a_step(clinic: Clinic, status: str) -> None:
    with pytest.raises(DomainError):
        change_status(visit=book(clinic), to=status, by=clinic.nurse, now=NOW)


def test_second_click_is_refused(clinic: Clinic) -> None:
    visit = book(clinic)
    stale = Session.objects.get(pk=visit.pk)
    change_status(visit=visit, to="ARRIVED", by=clinic.desk, now=NOW)
    with pytest.raises(StepNotNext, match="it is now “Arrived”"):
        change_status(visit=stale, to="ARRIVED", by=clinic.desk, now=NOW)
    assert stale.status == "ARRIVED"


def test_nobody_arrives_before_the_day_of_the_visit(clinic: Clinic) -> None:
    visit = book(clinic)
    evening_before = NOW - timedelta(hours=10)  # 04:00 UTC on the 5th, 23:00 on the 4th there
    with pytest.raises(DayNotCome, match="on 5 January 2026"):
        change_status(visit=visit, to="ARRIVED", by=clinic.desk, now=evening_before)
    visit.refresh_from_db()
    assert visit.status == "PLANNED"


def test_arrival_may_be_written_down_afterwards(clinic: Clinic) -> None:
    visit = book(clinic)
    change_status(visit=visit, to="ARRIVED", by=clinic.desk, now=NOW + timedelta(days=2))
    assert visit.status == "ARRIVED"


def test_stranger_neither_finds_nor_changes_a_visit(clinic: Clinic, other_clinic: Clinic) -> None:
    visit = book(clinic)
    assert visit_for(clinic.desk, visit.pk, Right.VIEW_PATIENTS) == visit
    with pytest.raises(Http404):
        visit_for(other_clinic.desk, visit.pk, Right.VIEW_PATIENTS)
    with pytest.raises(StepNotNext):
        change_status(visit=visit, to="ARRIVED", by=other_clinic.desk, now=NOW)
