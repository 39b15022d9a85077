"""A clinic with its rules, visits that are announced, and mail servers to send through."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from clinic.models import Patient
from courses.models import Course
from local.testing import SmtpCatcher
from reminders.models import Message, Rule
from reminders.services import announce_booking, install_rules
from sessions.models import Session
from tests.factories import NOW, Clinic, make_course, make_patient, make_visit
from tests.reminders.post import ScriptedServer, send_through

# A Tuesday at 10:15 in New York, eight days after NOW.
START = datetime(2026, 1, 13, 15, 15, tzinfo=NOW.tzinfo)


@pytest.fixture
def desk(clinic: Clinic) -> Clinic:
    """The clinic, with the rules that every organisation begins with."""
    install_rules(organization=clinic.organization)
    return clinic


@pytest.fixture
def patient(desk: Clinic) -> Patient:
    return make_patient(desk.site, given_name="Ada", email="ada@example.com")


@pytest.fixture
def course(desk: Clinic, patient: Patient) -> Course:
    return make_course(patient, desk.version, desk.desk)


@pytest.fixture
def visits(desk: Clinic, course: Course) -> Callable[..., list[Session]]:
    """Makes visits of the course on consecutive days, not yet announced."""

    def make(count: int = 1, start: datetime = START, **fields: Any) -> list[Session]:
        kind = Session.Kind.PREPARATION
        return [
            make_visit(
                course, desk.office, start + timedelta(days=n), kind=kind, seq=n + 1, **fields
            )
            for n in range(count)
        ]

    return make


@pytest.fixture
def booked(visits: Callable[..., list[Session]]) -> Callable[..., list[Session]]:
    """Makes visits and announces them together."""

    def book(count: int = 1, now: datetime = NOW, **fields: Any) -> list[Session]:
        with transaction.atomic():
            rows = visits(count, scheduled_at=now, **fields)
            announce_booking(visits=rows, now=now)
        return rows

    return book


@pytest.fixture
def confirmation(booked: Callable[..., list[Session]]) -> Message:
    """The confirmation of one visit, due and not sent."""
    booked()
    return Message.objects.get(kind=Rule.Kind.BOOKED)


@pytest.fixture
def catcher(smtp_catcher: SmtpCatcher, settings: Any) -> SmtpCatcher:
    """A mail server of its own process that takes everything, and that we send through."""
    send_through(smtp_catcher.url, settings)
    return smtp_catcher


@pytest.fixture
def post(settings: Any) -> Iterator[ScriptedServer]:
    """A mail server whose replies the test decides, and that we send through."""
    with ScriptedServer() as server:
        send_through(server.url, settings)
        yield server
