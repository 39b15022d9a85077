"""Fifty rivals at once for what only one can have; and the same with the guard off."""

from collections import Counter
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from scheduling.invariants import INVARIANTS
from scheduling.models import Proposal, Reservation
from scheduling.services import ProposalOutdated, accept_proposal
from sessions.models import Session
from tests.concurrency.guards import without_constraint, without_trigger
from tests.factories import (
    NOW,
    make_clinic,
    make_course,
    make_patient,
    make_room,
    make_version,
    make_visit,
    small_definition,
)
from tests.race import race
from tests.scheduling.test_proposing import proposed

RIVALS = 50

pytestmark = pytest.mark.django_db(transaction=True)


class OneRoom:
    """Fifty courses of different patients want one room at one time."""

    invariant = "room_is_used_once"
    constraint = "reservation_room_free"
    winners = 1

    def __init__(self):
        clinic = make_clinic()
        courses = [
            make_course(make_patient(clinic.site), clinic.version, clinic.desk)
            for _ in range(RIVALS)
        ]
        self.attempt = lambda n: make_visit(courses[n], clinic.chair, NOW)

    def guard_off(self):
        return without_constraint("scheduling_reservation", self.constraint)


class OnePatient:
    """Fifty visits of one patient at one time, each in a room of its own."""

    invariant = "patient_is_in_one_place"
    constraint = "reservation_patient_free"
    winners = 1

    def __init__(self):
        clinic = make_clinic()
        course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
        rooms = [make_room(clinic.site, "consulting") for _ in range(RIVALS)]
        self.attempt = lambda n: make_visit(
            course, rooms[n], NOW, kind="prep", visit_type="preparation", seq=n + 1
        )

    def guard_off(self):
        return without_constraint("scheduling_reservation", self.constraint)


class OneGap:
    """Fifty doses of one patient on two neighbouring days, at different times."""

    invariant = "doses_keep_their_gap"
    constraint = "reservation_dose_gap"
    winners = 1

    def __init__(self):
        clinic = make_clinic()
        patient = make_patient(clinic.site)
        courses = [make_course(patient, clinic.version, clinic.desk) for _ in range(RIVALS)]
        rooms = [make_room(clinic.site, "infusion") for _ in range(RIVALS)]
        ten = timedelta(minutes=10)
        self.attempt = lambda n: make_visit(
            courses[n], rooms[n], NOW + timedelta(days=n % 2) + n * ten, ends_at=self.end(n)
        )
        self.end = lambda n: NOW + timedelta(days=n % 2) + (n + 1) * ten

    def guard_off(self):
        return without_constraint("scheduling_reservation", self.constraint)


class LastUnit:
    """Fifty visits want the last unit of one nurse, each in a room of its own."""

    invariant = "nobody_is_overloaded"
    constraint = "staffclaim_within_capacity"
    winners = 1

    def __init__(self):
        clinic = make_clinic()
        make_visit(self.course(clinic), make_room(clinic.site), NOW, nurse=clinic.nurse, load=5)
        courses = [self.course(clinic) for _ in range(RIVALS)]
        rooms = [make_room(clinic.site, "infusion") for _ in range(RIVALS)]
        self.attempt = lambda n: make_visit(courses[n], rooms[n], NOW, nurse=clinic.nurse, load=1)

    @staticmethod
    def course(clinic):
        return make_course(make_patient(clinic.site), clinic.version, clinic.desk)

    def guard_off(self):
        return without_trigger("scheduling_staffclaim", self.constraint)


def broken(name: str) -> bool:
    """Whether `check_invariants` would name that promise as broken."""
    with connection.cursor() as cursor:
        cursor.execute(next(one.sql for one in INVARIANTS if one.name == name))
        return bool(cursor.fetchall())


@pytest.mark.parametrize("contest", [OneRoom, OnePatient, OneGap, LastUnit])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_fifty_rivals_for_one_place(contest, guarded):
    rivalry = contest()
    with nullcontext() if guarded else rivalry.guard_off():
        outcomes = race(rivalry.attempt, rivals=RIVALS)
        won = [outcome for outcome in outcomes if isinstance(outcome, Session)]
        if not guarded:
            assert len(won) > rivalry.winners
            assert broken(rivalry.invariant)
            return
        lost = Counter(
            outcome.__cause__.diag.constraint_name
            for outcome in outcomes
            if isinstance(outcome, IntegrityError)
        )
        assert len(won) == rivalry.winners
        assert lost == {rivalry.constraint: RIVALS - rivalry.winners}
        assert not broken(rivalry.invariant)


def test_rivals_accept_overlapping_proposals_whole_or_not_at_all():
    clinic = make_clinic()
    clinic.version = make_version(clinic.organization, small_definition(doses=1))
    # All want the clinic's one chair and nurse on the same morning.
    proposals = [proposed(clinic, is_held=False) for _ in range(12)]

    def attempt(number):
        proposal = Proposal.objects.select_related("course__site").get(pk=proposals[number].pk)
        return accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)

    outcomes = race(attempt, rivals=len(proposals))
    kinds = Counter(type(outcome) for outcome in outcomes)
    assert kinds == {list: 1, ProposalOutdated: len(proposals) - 1}
    assert all(exc.details for exc in outcomes if isinstance(exc, ProposalOutdated))
    assert Session.objects.count() == Reservation.objects.count() == 3
    call_command("check_invariants")
