"""What tests of pages share: a fixed clock, people in their browsers, and a booked course."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses.models import Course
from scheduling.models import Proposal
from scheduling.services import accept_proposal, plan_new_course, work_on_proposal
from tests.factories import NOW, Clinic, clear, make_patient
from tests.standing import as_of_now, stands

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The time is NOW until a test sets it."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(NOW)
    return set_to


@pytest.fixture
def desk(clinic: Clinic, sign_in: Callable[..., Client]) -> Client:
    """The front desk's browser."""
    return sign_in(clinic.desk)


@pytest.fixture
def stranger(other_clinic: Clinic, sign_in: Callable[..., Client]) -> Client:
    """The browser of somebody from another organisation."""
    return sign_in(other_clinic.desk)


def queries_of(browser: Client, address: str, **said: Any) -> int:
    """How many queries a page takes; with `text`, a search in it. Who asks is read before."""
    with CaptureQueriesContext(connection) as seen:
        browser.post(address, said, headers=HTMX) if said else browser.get(address)
    return len(seen)


def proposed(clinic: Clinic, *, found: bool = True, **patient: str) -> Proposal:
    """A proposal for a new patient of the clinic; finished unless `found` is False."""
    made = plan_new_course(
        patient=make_patient(clinic.site, **patient),
        site=clinic.site,
        protocol_version=clinic.version,
        earliest_on=NOW.date() + timedelta(days=1),
        latest_first_on=NOW.date() + timedelta(days=15),
        lead_therapist=None,
        by=clinic.desk,
        now=NOW,
    )
    clear(made.course, clinic.prescriber)
    if found:
        work_on_proposal(organization_id=made.organization_id, proposal_id=made.pk, now=NOW)
        made.refresh_from_db()
    return made


def booked(clinic: Clinic, **patient: str) -> Course:
    """A course whose proposal was accepted."""
    ready = proposed(clinic, **patient)
    accept_proposal(proposal=ready, by=clinic.desk, now=NOW)
    ready.course.refresh_from_db()
    return ready.course


@stands
def adas_proposal(small_clinic: Clinic) -> Proposal:
    """A proposal for Ada Lovelace that can be accepted."""
    with as_of_now():
        return proposed(small_clinic, given_name="Ada", family_name="Lovelace")


@stands
def adas_course(small_clinic: Clinic) -> Course:
    """A booked course of Ada Lovelace."""
    with as_of_now():
        return booked(small_clinic, given_name="Ada", family_name="Lovelace")


@pytest.fixture
def ready(adas_proposal: Proposal) -> Proposal:
    """That proposal."""
    return adas_proposal


@pytest.fixture
def course(adas_course: Course) -> Course:
    """That course."""
    return adas_course
