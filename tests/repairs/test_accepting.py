"""Accepting a repair: whole or in part, told once, refused when the book has changed."""

from datetime import timedelta

import pytest

from clinic.availability.services import block_room
from clinic.invariants import breaches
from clinic.models import Patient
from reminders.models import Reminder
from scheduling.invariants import INVARIANTS
from scheduling.models import Repair, StaffClaim
from scheduling.repairs.accepting import RepairNotReady, RepairOutdated, accept_way
from scheduling.repairs.hits import hits_in
from scheduling.services import cancel_visit
from sessions.models import Session
from tests.factories import NOW
from tests.repairs.clinics import MONDAY, book_as_it_is, mended, way

LATER = NOW + timedelta(minutes=5)


def still_hit(ward):
    return {hit.booked.visit.pk for hit in hits_in(ward.site, MONDAY.date(), MONDAY.date(),
                                                   now=NOW).hits}  # fmt: skip


def accept(ward, found, parts=None, by=None):
    return accept_way(way=found, parts=parts, by=by or ward.clinic.desk, now=LATER)


def test_a_way_is_carried_out_whole_and_every_patient_told_once(ward):
    repair = mended(ward)
    found = way(repair)
    moved = {row.visit.patient_id for row in found.visits.all() if row.is_moved}
    silent = min(moved)
    Patient.objects.filter(pk=silent).update(email="")
    done = accept(ward, found)
    repair.refresh_from_db()
    assert repair.status == Repair.Status.ACCEPTED
    assert not still_hit(ward)
    assert not StaffClaim.objects.filter(
        membership=ward.ill, during__overlap=(MONDAY, MONDAY + timedelta(days=1))
    ).exists()
    assert not list(breaches(INVARIANTS))
    rows = Reminder.objects.filter(rule__kind="MOVED")
    letters = dict(rows.values_list("message", "session__patient"))
    assert sorted(letters.values()) == sorted(moved)
    assert {visit.patient_id for visit in done.to_call} == {silent}
    for row in found.visits.select_related("visit"):
        assert row.visit.starts_at == row.new_starts_at
    with pytest.raises(RepairNotReady):
        accept(ward, found)


def test_a_part_is_accepted_and_the_rest_stays_to_be_mended(ward):
    repair = mended(ward)
    found = way(repair)
    parts = sorted(set(found.visits.values_list("part", flat=True)))
    assert len(parts) > 1
    before = book_as_it_is(ward)
    accept(ward, found, parts[:1])
    mine = set(found.visits.filter(part=parts[0]).values_list("visit", flat=True))
    changed = {row[0] for row in book_as_it_is(ward) - before}
    assert changed == mine
    assert not list(breaches(INVARIANTS))
    left = still_hit(ward)
    assert left == {visit.pk for visit in ward.hit} - mine
    repair.refresh_from_db()
    assert repair.status == Repair.Status.READY
    fresh = mended(ward, now=LATER)
    repair.refresh_from_db()
    assert repair.status == Repair.Status.DISCARDED
    accept_way(way=way(fresh), parts=None, by=ward.clinic.desk, now=LATER)
    assert not still_hit(ward)


def test_what_changed_meanwhile_is_told_and_nothing_is_carried_out(ward):
    repair = mended(ward)
    found = way(repair)
    row = found.visits.filter(new_starts_at__isnull=False).order_by("pk").first()
    visit = Session.objects.get(pk=row.visit_id)
    cancel_visit(visit=visit, by=ward.clinic.desk, reason="", now=LATER)
    before = book_as_it_is(ward)
    with pytest.raises(RepairOutdated) as refused:
        accept(ward, found)
    assert [one["change"] for one in refused.value.details] == ["is cancelled now"]
    assert book_as_it_is(ward) == before


def test_a_room_that_broke_meanwhile_is_not_booked(ward):
    repair = mended(ward)
    found = way(repair)
    row = next(row for row in found.visits.all() if row.is_moved)
    until = row.new_starts_at + timedelta(hours=1)
    block_room(room=row.new_room, starts_at=row.new_starts_at, ends_at=until, reason="Leak")
    before = book_as_it_is(ward)
    with pytest.raises(RepairOutdated) as refused:
        accept(ward, found)
    changes = {one["change"] for one in refused.value.details}
    assert changes == {"has no room: it is taken or out of use"}
    assert book_as_it_is(ward) == before
