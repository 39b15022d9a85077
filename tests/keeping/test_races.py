"""Two people at once for one time: one holds it, the other is told or offered another."""

from threading import Barrier, Event

import pytest
from django.db import transaction

from clinic.invariants import breaches
from scheduling.invariants import INVARIANTS
from scheduling.keeping.models import SlotHold
from scheduling.models import Proposal
from scheduling.moving import slots_of
from scheduling.services import (
    SlotTaken,
    changing,
    keeping,
    move_visit,
    proposing,
    work_on_proposal,
)
from scheduling.services.claiming import lock_parties
from scheduling.services.keeping import hold_times
from sessions.models import Session
from tests.factories import NOW, make_clinic, make_version, small_definition
from tests.race import await_a_queue, race
from tests.scheduling.test_proposing import accepted, proposed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    found = make_clinic()
    found.version = make_version(found.organization, small_definition(doses=1))
    return found


@pytest.fixture
def two(clinic):
    """Two proposals that want the same times and have still to be worked on."""
    made = [proposed(clinic, is_held=False) for _ in range(2)]
    Proposal.objects.update(status=Proposal.Status.QUEUED, finished_at=None, attempts=0)
    return made


def planned_at_once(two, monkeypatch):
    """Both workers have found their schedule before either holds anything."""
    both = Barrier(2)
    offer, first = proposing._offer, set()

    def together(proposal, *args, **said):
        if proposal.pk not in first:
            first.add(proposal.pk)
            both.wait(20)
        return offer(proposal, *args, **said)

    monkeypatch.setattr(proposing, "_offer", together)
    ids = [{"organization_id": one.organization_id, "proposal_id": one.pk} for one in two]
    found = race(lambda n: work_on_proposal(**ids[n], now=NOW), rivals=2)
    assert found == [None, None]
    return [Proposal.objects.get(pk=one.pk) for one in two]


def twice_held():
    return [one for one in breaches(INVARIANTS) if "times_are_held_once" in str(one)]


def test_of_two_proposals_made_at_once_the_slower_one_is_planned_again(two, monkeypatch):
    one, other = planned_at_once(two, monkeypatch)
    assert (one.status, other.status) == ("READY", "READY")
    assert SlotHold.objects.count() == len(one.visits) + len(other.visits)
    assert not twice_held()


def test_control_without_locks_both_hold_the_same_times(two, monkeypatch):
    asked = Barrier(2)

    def unlocked(**_parties):
        """Neither waits for the other; both ask before either writes."""

    clashes_of = keeping.clashes_of

    def asked_together(*args, **said):
        found = clashes_of(*args, **said)
        asked.wait(20)
        return found

    monkeypatch.setattr(keeping, "lock_parties", unlocked)
    monkeypatch.setattr(keeping, "clashes_of", asked_together)
    planned_at_once(two, monkeypatch)
    assert twice_held()


@pytest.fixture
def into_hold(clinic):
    """What a hold and, right behind it, a move into the same time come to."""
    proposal = proposed(clinic, is_held=False)
    dose = accepted(clinic).visits.get(kind="dosing")
    fresh = Session.objects.select_related("patient", "site", "course").get(pk=dose.pk)
    slot = next(one for one in slots_of(fresh, now=NOW) if one.start >= dose.ends_at)
    wanted = {
        "visit_type": "infusion",
        "starts_at": slot.start.isoformat(),
        "ends_at": slot.end.isoformat(),
        "room_id": slot.room_id,
        "staff": dict(slot.staff),
        "is_kept": False,
    }
    begun = Event()

    def holds():
        with transaction.atomic():
            lock_parties(
                patient_id=proposal.course.patient_id,
                room_ids=[clinic.chair.pk],
                member_ids=[clinic.nurse.pk],
            )
            begun.set()
            await_a_queue()
            return hold_times(proposal, [wanted], by=clinic.desk, now=NOW)

    def moves():
        assert begun.wait(20)
        return move_visit(visit=fresh, starts_at=slot.start, by=clinic.desk, reason="", now=NOW)

    acts = [holds, moves]
    return lambda: race(lambda n: acts[n](), rivals=2)


def test_a_move_into_what_is_just_being_held_is_refused_in_words(into_hold):
    held, moved = into_hold()
    assert held == []
    assert isinstance(moved, SlotTaken), moved
    assert "held by" in str(moved)


def test_control_without_asking_again_the_visit_moves_into_the_hold(into_hold, monkeypatch):
    monkeypatch.setattr(changing, "refuse_held", lambda *_args, **_said: None)
    held, moved = into_hold()
    assert held == []
    assert isinstance(moved, Session), moved
