"""A worker that is killed while it plans: another one finishes the plan."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from scheduling.models import Proposal
from scheduling.services import accept_proposal, plan_new_course
from tests.factories import clear, make_clinic, make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def until(holds: Callable[[], bool], *, seconds: float = 40) -> None:
    """Wait until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


@contextmanager
def readers_wait() -> Iterator[None]:
    """The opening hours are locked: whoever plans stops in the middle of reading."""
    locker = connection.copy()
    try:
        with locker.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE clinic_openinghours IN ACCESS EXCLUSIVE MODE")
            yield
            cursor.execute("ROLLBACK")
    finally:
        locker.close()


def test_a_plan_survives_the_death_of_its_worker(start_worker):
    clinic = make_clinic()
    lease = {"PLANNING_LEASE_SECONDS": "2"}
    worker = start_worker(**lease)
    with readers_wait():
        proposal = ask_for_a_course(clinic)
        until(waits_for_a_lock)
        worker.kill()
    assert Proposal.objects.get(pk=proposal.pk).status == Proposal.Status.RUNNING

    start_worker(**lease)
    start_worker.beat(**lease)
    until(lambda: Proposal.objects.get(pk=proposal.pk).status == Proposal.Status.READY)
    proposal = Proposal.objects.select_related("course__site").get(pk=proposal.pk)
    assert proposal.attempts == 2
    clear(proposal.course, clinic.prescriber)
    assert accept_proposal(proposal=proposal, by=clinic.desk, now=timezone.now())
    call_command("check_invariants")


def ask_for_a_course(clinic):
    today = timezone.now().date()
    return plan_new_course(
        patient=make_patient(clinic.site),
        site=clinic.site,
        protocol_version=clinic.version,
        earliest_on=today,
        latest_first_on=today + timedelta(days=14),
        lead_therapist=None,
        by=clinic.desk,
        now=timezone.now(),
    )
