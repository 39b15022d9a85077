"""The worker's side of a repair: a lease, resumption, cancelling, failing for good."""

from datetime import timedelta

import pytest

from scheduling.models import Repair, RepairWay
from scheduling.repairs import working
from scheduling.repairs.working import (
    LEASE,
    RepairOver,
    cancel_repair,
    request_repair,
    resume_waiting_repairs,
    work_on_repair,
)
from tests.factories import NOW
from tests.repairs.clinics import MONDAY, fill, make_ward

MOMENT = timedelta(seconds=1)


def requested(ward):
    day = MONDAY.date()
    return request_repair(site=ward.site, first_on=day, last_on=day, by=ward.clinic.desk, now=NOW)


def work(repair, now=NOW, **more):
    work_on_repair(organization_id=repair.organization_id, repair_id=repair.pk, now=now, **more)
    repair.refresh_from_db()


def test_what_a_killed_worker_left_is_taken_up_once_its_lease_is_over(ward):
    repair = requested(ward)
    Repair.objects.filter(pk=repair.pk).update(
        status="RUNNING", claimed_until=NOW + LEASE, attempts=1
    )
    RepairWay.objects.create(
        organization_id=repair.organization_id, repair=repair, how="FEWEST", least=1
    )
    work(repair)
    assert repair.status == Repair.Status.RUNNING
    assert resume_waiting_repairs(now=NOW) == 0
    later = NOW + LEASE + MOMENT
    assert resume_waiting_repairs(now=later) == 1
    work(repair, later)
    assert (repair.status, repair.attempts) == (Repair.Status.READY, 2)
    assert repair.ways.get(how="FEWEST").visits.exists()


def test_a_worker_lets_go_of_a_repair_that_was_cancelled(ward):
    repair = requested(ward)
    asked = []

    def clock():
        """The page's cancel button is pressed while the worker looks."""
        asked.append(1)
        if len(asked) == 3:
            cancel_repair(repair=repair, now=NOW)
        return NOW

    work(repair, clock=clock)
    assert len(asked) >= 3
    assert repair.status == Repair.Status.CANCELLED
    assert not repair.ways.exists()
    with pytest.raises(RepairOver):
        cancel_repair(repair=repair, now=NOW)


def test_a_repair_on_which_workers_die_fails_after_three_attempts(ward):
    repair = requested(ward)
    Repair.objects.filter(pk=repair.pk).update(status="RUNNING", claimed_until=NOW, attempts=3)
    work(repair, NOW + 2 * LEASE)
    assert (repair.status, repair.attempts) == (Repair.Status.FAILED, 3)


def test_where_nothing_is_hit_there_is_nothing_to_mend(db):
    ward = make_ward()
    fill(ward)
    repair = requested(ward)
    work(repair)
    assert repair.status == Repair.Status.NOTHING


def test_a_longer_absence_is_mended_four_weeks_at_a_time(ward):
    repair = request_repair(
        site=ward.site, first_on=MONDAY.date(), last_on=MONDAY.date() + timedelta(days=90),
        by=ward.clinic.desk, now=NOW,
    )  # fmt: skip
    assert repair.last_on - repair.first_on == working.LONGEST
