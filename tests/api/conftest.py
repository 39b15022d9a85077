"""Callers of the API, and a course that one of them has booked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from clinic.api.tokens import issue_token
from clinic.models import Membership
from scheduling.models import Proposal
from scheduling.services import work_on_proposal
from tests import factories

ROOT = "/api/v1"
# Its middleware is loaded once, not once for every caller.
HANDLER = ClientHandler(enforce_csrf_checks=False)


class Caller:
    """Somebody with a token."""

    def __init__(self, member: Membership) -> None:
        self.member = member
        _, text = issue_token(member=member, name="Test")
        self.client = Client(
            headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False
        )
        self.client.handler = HANDLER

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(_full(path), query)

    def post(self, path: str, body: Any = None, *, key: str = "") -> HttpResponse:
        return self.client.post(
            _full(path),
            {} if body is None else body,
            content_type="application/json",
            headers={"Idempotency-Key": key} if key else {},
        )

    def delete(self, path: str) -> HttpResponse:
        return self.client.delete(_full(path))


def _full(path: str) -> str:
    return path if path.startswith("/api/") else ROOT + path


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Sign-ins of other tests are not counted."""
    cache.clear()


@pytest.fixture
def caller() -> Callable[[Membership], Caller]:
    return Caller


@pytest.fixture
def desk(clinic: factories.Clinic) -> Caller:
    return Caller(clinic.desk)


@pytest.fixture
def stranger(other_clinic: factories.Clinic) -> Caller:
    return Caller(other_clinic.desk)


def next_monday() -> date:
    """A Monday at least a week ahead."""
    today = timezone.now().date()
    return today + timedelta(days=14 - today.weekday())


def course_body(clinic: factories.Clinic, patient_id: Any) -> dict[str, Any]:
    """What starts a course of the clinic's protocol."""
    return {
        "patient": str(patient_id),
        "protocol_version": str(clinic.version.pk),
        "earliest_on": next_monday().isoformat(),
        "latest_first_on": (next_monday() + timedelta(days=14)).isoformat(),
    }


def planned(answer: HttpResponse) -> dict[str, Any]:
    """The proposal that the answer speaks of, as a worker leaves it."""
    proposal_id = answer.json()["id"]
    proposal = Proposal.objects.get(pk=proposal_id)
    if not proposal.course.screenings.exists():
        factories.clear(proposal.course, proposal.requested_by)
    work_on_proposal(
        organization_id=proposal.organization_id, proposal_id=proposal.pk, now=timezone.now()
    )
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.READY
    return answer.json()


@dataclass
class Booked:
    """A course whose proposal was accepted."""

    proposal: dict[str, Any]
    course: dict[str, Any]

    @property
    def visit(self) -> dict[str, Any]:
        """The last visit, after which nothing comes."""
        return self.course["visits"][-1]


@pytest.fixture
def proposal(clinic: factories.Clinic, desk: Caller) -> dict[str, Any]:
    """A proposal that is ready."""
    patient = factories.make_patient(clinic.site)
    return planned(desk.post("/courses", course_body(clinic, patient.pk)))


@pytest.fixture
def booked(desk: Caller, proposal: dict[str, Any]) -> Booked:
    answer = desk.post(f"{proposal['url']}/accept")
    assert answer.status_code == 201, answer.content
    return Booked(proposal, answer.json())
