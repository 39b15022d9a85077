"""Visits that were booked before there were screenings: they wait, and nobody is told of them."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection

from courses.models import Screening
from reminders.models import Message
from scheduling.services.candidacy import confirm_doses
from sessions.models import Session
from tests.factories import clear
from tests.hardening.booking import booked_from_now
from tests.screening.watching import broken

pytestmark = pytest.mark.django_db
WAITING = import_module("sessions.migrations.0007_firm_only_when_cleared").WAITING
WITHDRAW = import_module(
    "reminders.migrations.0007_nothing_is_sent_about_visits_that_wait"
).WITHDRAW


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def unscreened(clinic, clock):
    """A course with visits to come, as it was before there were screenings."""
    clock(datetime.now(UTC))
    course = booked_from_now(clinic)
    assert not broken()
    Screening.objects.filter(course=course).update(
        status=Screening.Status.EXPIRED, ended_at=datetime.now(UTC), ended_why="LAPSE"
    )
    execute(WAITING)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return course


def test_reminders_of_visits_that_wait_are_taken_back(unscreened):
    assert "no_reminder_is_left_behind" in broken(), "the control"
    told = list(Message.objects.filter(kind="BOOKED").values_list("pk", "status"))
    execute(WITHDRAW)
    assert not broken()
    gone = Message.objects.filter(status="WITHDRAWN")
    assert set(gone.values_list("kind", flat=True)) == {"BEFORE"}
    about = set(gone.values_list("reminders__session__kind", flat=True))
    assert about == {"dosing", "integration"}
    assert list(Message.objects.filter(kind="BOOKED").values_list("pk", "status")) == told


def test_a_screening_confirms_them_and_plans_reminders_anew(unscreened, clinic):
    execute(WITHDRAW)
    clear(unscreened, clinic.prescriber)
    assert len(confirm_doses(unscreened, clinic.prescriber, datetime.now(UTC))) == 4
    assert not Session.objects.filter(course=unscreened, is_provisional=True).exists()
    assert not broken()


def test_again_it_changes_nothing(unscreened):
    execute(WITHDRAW)
    rows = list(Message.objects.order_by("pk").values_list("pk", "status"))
    execute(WITHDRAW)
    assert list(Message.objects.order_by("pk").values_list("pk", "status")) == rows
