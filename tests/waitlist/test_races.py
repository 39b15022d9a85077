"""Two say yes to one freed time at once; and how that ends without the guard."""

import contextlib
from threading import Barrier, BrokenBarrierError

import pytest

from clinic.invariants import breaches
from courses.models import ThresholdVersion
from courses.thresholds.values import default_values, stored
from scheduling.invariants import INVARIANTS
from scheduling.models import FreedTime, SlotOffer, WaitlistEntry
from scheduling.waitlist import accepting, entering, matching
from scheduling.waitlist.accepting import Answer, OfferOver, accept_offer, decline_offer
from tests.factories import NOW, make_room
from tests.race import race
from tests.waitlist.conftest import (
    HOUR,
    freed_by,
    january,
    look,
    next_visit,
    two_doses,
    wait,
    whole_day,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def offers(clinic):
    """One freed time, offered to two; in two chairs either could come then."""
    values = stored(default_values() | {"waitlist_at_once": 2})
    ThresholdVersion.objects.create(
        organization=clinic.organization, number=1, values=values, effective_from=NOW,
        signed_at=NOW, signed_by=clinic.prescriber, drafted_by=clinic.prescriber, drafted_at=NOW,
    )  # fmt: skip
    monday = whole_day(clinic, 12)
    for course in [two_doses(clinic), two_doses(clinic)]:
        wait(clinic, course)
    freed = freed_by(clinic, monday)
    make_room(clinic.site, "infusion")
    found = look(freed)
    assert len(found) == 2
    return found


def accepted_by(offer):
    fresh = SlotOffer.objects.select_related(
        "entry__course__patient", "entry__course__site", "entry__entered_by"
    ).get(pk=offer.pk)
    return accept_offer(offer=fresh, said=Answer(SlotOffer.Via.LINK, None, NOW))


def test_of_two_who_say_yes_one_gets_the_time_and_the_other_keeps_theirs(offers):
    outcomes = race(lambda n: accepted_by(offers[n]), rivals=2)
    assert sorted(type(one).__name__ for one in outcomes) == ["OfferOver", "SlotOffer"], outcomes
    [lost] = [n for n, one in enumerate(outcomes) if isinstance(one, OfferOver)]
    assert next_visit(offers[lost].entry.course, seq=2).local_date == january(13).date()
    statuses = SlotOffer.objects.order_by("status").values_list("status", flat=True)
    assert list(statuses) == ["ACCEPTED", "WITHDRAWN"]
    assert FreedTime.objects.filter(status="TAKEN").count() == 1
    assert WaitlistEntry.objects.waiting().get().pk == offers[lost].entry_id
    # The visits of others here have nobody who serves them.
    broken = {breach.invariant.name for breach in breaches(INVARIANTS)}
    assert broken <= {"visit_has_its_people"}


def test_control_without_the_queue_the_rival_is_told_nothing(offers, monkeypatch):
    """Both find the offer open; who is second dies of the table's own guard, or of a deadlock."""
    together = Barrier(2, timeout=20)
    monkeypatch.setattr(FreedTime.objects, "select_for_update", lambda **_: FreedTime.objects)
    monkeypatch.setattr(accepting, "is_barred", lambda _course: together.wait() < 0)
    outcomes = race(lambda n: accepted_by(offers[n]), rivals=2)
    kinds = sorted(type(one).__name__ for one in outcomes)
    assert kinds[1] == "SlotOffer", outcomes
    assert kinds[0] in ("IntegrityError", "OperationalError"), outcomes
    assert SlotOffer.objects.filter(status="ACCEPTED").count() == 1


LATER = NOW + HOUR / 60
RIVALS = {
    "declines": lambda offer, _: decline_offer(
        offer=offer, said=Answer(SlotOffer.Via.LINK, None, NOW)
    ),
    "leaves": lambda offer, desk: entering.leave_waitlist(entry=offer.entry, by=desk, now=NOW),
    "lapses": lambda _offer, _desk: matching.sweep(now=LATER + HOUR / 60),
}


def met(barrier, then):
    """`then`, once the rival is as far, or is seen to queue."""

    def step(*args):
        with contextlib.suppress(BrokenBarrierError):
            barrier.wait()
        return then(*args)

    return step


def yes_beside(rival, offers, desk, monkeypatch):
    """A yes to the first offer meets what becomes of the second, halfway through both."""
    first, second = offers
    SlotOffer.objects.filter(pk=second.pk).update(expires_at=LATER)
    together = Barrier(2, timeout=1.5)
    monkeypatch.setattr(accepting, "is_barred", met(together, accepting.is_barred))
    for module in (accepting, entering, matching):
        monkeypatch.setattr(module, "reopen", met(together, matching.reopen))
    return race(lambda n: accepted_by(first) if n else RIVALS[rival](second, desk), rivals=2)


@pytest.mark.parametrize("rival", RIVALS)
def test_a_yes_and_the_end_of_another_offer_queue(clinic, offers, rival, monkeypatch):
    outcomes = yes_beside(rival, offers, clinic.desk, monkeypatch)
    # Whose offer was withdrawn by the yes may be told that it is over; nobody fails.
    failed = [one for one in outcomes if isinstance(one, Exception)]
    assert not failed or [type(one) for one in failed] == [OfferOver], outcomes
    assert SlotOffer.objects.filter(status="ACCEPTED").get().pk == offers[0].pk
    assert not SlotOffer.objects.open().exists()


@pytest.mark.parametrize("rival", RIVALS)
def test_control_without_one_order_of_locks_one_dies(clinic, offers, rival, monkeypatch):
    for module in (accepting, entering, matching):
        monkeypatch.setattr(module, "lock_times", lambda _ids: None)
    outcomes = yes_beside(rival, offers, clinic.desk, monkeypatch)
    assert "OperationalError" in [type(one).__name__ for one in outcomes], outcomes
