"""Courses that did not go as planned: what was cancelled, missed or stopped meanwhile."""

from datetime import timedelta

import pytest
from django.db.models import F

from clinic.errors import DomainError
from courses.models import Course
from courses.services import stop_course
from reminders.models import Message
from scheduling.models import Proposal
from scheduling.selectors import course_timeline, slot_days, why_not
from scheduling.services import (
    ProposalNotReady,
    accept_proposal,
    cancel_visit,
    miss_visit,
    plan_more_doses,
    request_proposal,
    work_on_proposal,
)
from scheduling.services.proposing import LEASE, MOST_ATTEMPTS
from scheduling.services.starting import begin_course
from sessions.models import Session
from tests.factories import NOW, make_version, small_definition
from tests.race import race
from tests.scheduling.test_proposing import accepted, proposed

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def course(clinic):
    clinic.version = make_version(clinic.organization, small_definition(doses=4))
    return accepted(clinic)


def dose(course, seq):
    return course.visits.get(kind="dosing", seq=seq)


def replanned(clinic, course, now):
    """The visits that a fresh proposal books."""
    proposal = request_proposal(course=course, by=clinic.desk, now=now)
    work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=now)
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.READY, proposal.reason
    return accept_proposal(proposal=proposal, by=clinic.desk, now=now)


def done_until(course, moment):
    """Every visit that is over by then took place."""
    over = course.visits.planned().filter(ends_at__lte=moment)
    over.filter(kind="dosing").update(status="DONE", begun_at=F("starts_at"))
    over.update(status="DONE")


def test_the_talk_after_a_cancelled_dose_goes_with_it(clinic, course):
    third = dose(course, 3)
    cancel_visit(visit=third, by=clinic.desk, reason="Fever", now=NOW)
    talk = course.visits.get(kind="integration", seq=3)
    assert (talk.status, talk.cancel_reason, talk.version) == ("CANCELLED", "Fever", 1)
    assert Message.objects.filter(kind="CANCELLED").count() == 2
    booked = replanned(clinic, course, third.starts_at - 2 * DAY)
    assert {(visit.kind, visit.seq) for visit in booked} == {("dosing", 3), ("integration", 3)}


def test_a_cancelled_talk_leaves_its_dose_alone(clinic, course):
    talk = course.visits.get(kind="integration", seq=3)
    cancel_visit(visit=talk, by=clinic.desk, reason="", now=NOW)
    assert dose(course, 3).status == "PLANNED"


def test_a_missed_dose_behind_a_later_one_no_longer_counts(clinic, course):
    second, fourth = dose(course, 2), dose(course, 4)
    late = second.starts_at + timedelta(minutes=30)
    done_until(course, late)
    miss_visit(visit=second, by=clinic.desk, reason="Overslept", now=late)
    after_third = dose(course, 3).ends_at + DAY
    done_until(course, after_third)
    cancel_visit(visit=fourth, by=clinic.desk, reason="Travel", now=after_third)
    booked = replanned(clinic, course, after_third)
    assert ("dosing", 4) in {(visit.kind, visit.seq) for visit in booked}
    assert ("dosing", 2) not in {(visit.kind, visit.seq) for visit in booked}
    missed = next(v for v in course_timeline(course, now=after_third).visits if v.id == second.pk)
    assert missed.reason == "Overslept"


def test_a_talk_whose_dose_lapsed_neither_blocks_nor_can_be_moved(clinic, course):
    second, talk = dose(course, 2), course.visits.get(kind="integration", seq=2)
    later = dose(course, 3).ends_at + DAY
    # As rows can stand that were written before talks went with their doses.
    second.reservation.delete()
    Session.objects.filter(pk=second.pk).update(status="MISSED")
    done_until(course, dose(course, 3).ends_at)
    Session.objects.filter(pk=talk.pk).update(status="PLANNED")
    cancel_visit(visit=dose(course, 4), by=clinic.desk, reason="", now=later)
    talk.refresh_from_db()
    assert slot_days(talk, now=later) == []
    assert why_not(talk, talk.starts_at + DAY, now=later) == [
        "the visit is not planned any more, or its dose was not given"
    ]
    assert ("dosing", 4) in {(v.kind, v.seq) for v in replanned(clinic, course, later)}


def test_missed_preparation_is_over_once_a_dose_is_given(clinic, course):
    for kind in ("prep", "dosing"):
        visit = course.visits.get(kind=kind, seq=1)
        late = visit.starts_at + timedelta(minutes=30)
        miss_visit(visit=visit, by=clinic.desk, reason="", now=late)
    after_second = dose(course, 2).ends_at + DAY
    done_until(course, dose(course, 2).ends_at)
    cancel_visit(visit=dose(course, 4), by=clinic.desk, reason="", now=after_second)
    places = {(v.kind, v.seq) for v in course_timeline(course, now=after_second).visits if not v.id}
    assert ("prep", 1) not in places
    assert replanned(clinic, course, after_second)


def test_a_stopped_course_is_not_booked(clinic):
    proposal = proposed(clinic)
    stop_course(course=proposal.course, by=clinic.desk, reason="Moved away", now=NOW)
    with pytest.raises(ProposalNotReady, match="stopped"):
        accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    assert not Session.objects.exists()


def test_an_extension_that_nobody_accepts_leaves_no_trace(clinic):
    content = small_definition()
    weekly = {"min_days": 7, "target_days": 7, "max_days": 7}
    content["blocks"].append(
        {"name": "later", "label": "Later", "visit": "infusion", "entry_gap": weekly,
         "gaps": [weekly]}
    )  # fmt: skip
    clinic.version = make_version(clinic.organization, content)
    course = accepted(clinic)
    too_late = dose(course, 2).ends_at + 30 * DAY
    proposal = plan_more_doses(course=course, doses=2, by=clinic.desk, now=too_late)
    work_on_proposal(
        organization_id=proposal.organization_id, proposal_id=proposal.pk, now=too_late
    )
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.READY
    course.refresh_from_db()
    assert course.dose_count == 2
    assert all(visit.id for visit in course_timeline(course, now=too_late).visits)
    with pytest.raises(DomainError, match="number"):
        plan_more_doses(course=course, doses=0, by=clinic.desk, now=too_late)


def test_a_first_dose_that_fell_through_late_is_planned_again(clinic):
    clinic.version = make_version(clinic.organization, small_definition(doses=1))
    course = accepted(clinic, days=3)
    first = dose(course, 1)
    cancel_visit(visit=first, by=clinic.desk, reason="", now=NOW)
    later = NOW + 7 * DAY
    booked = replanned(clinic, course, later)
    assert ("dosing", 1) in {(visit.kind, visit.seq) for visit in booked}


def test_a_proposal_that_kills_its_workers_is_given_up(clinic):
    proposal = proposed(clinic)
    Proposal.objects.filter(pk=proposal.pk).update(
        status="RUNNING", attempts=MOST_ATTEMPTS, claimed_until=NOW
    )
    work_on_proposal(
        organization_id=proposal.organization_id, proposal_id=proposal.pk, now=NOW + 2 * LEASE
    )
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.FAILED


def test_the_lease_is_renewed_by_the_clock_while_planning(clinic):
    proposal = proposed(clinic)
    Proposal.objects.filter(pk=proposal.pk).update(status="QUEUED", claimed_until=None)
    seen = []

    def clock():
        held = Proposal.objects.values_list("claimed_until", flat=True).get(pk=proposal.pk)
        seen.append(held)
        return NOW + len(seen) * LEASE / 2

    work_on_proposal(
        organization_id=proposal.organization_id, proposal_id=proposal.pk, now=NOW, clock=clock
    )
    held = [until for until in seen if until]
    assert held == sorted(set(held))
    assert len(held) >= 2


@pytest.mark.django_db(transaction=True)
def test_closing_a_draft_beside_its_acceptance_leaves_one_of_both(clinic):
    for _round in range(3):
        proposal = proposed(clinic)
        old = Course.objects.select_related("patient", "site").get(pk=proposal.course_id)
        outcomes = race(lambda n, one=proposal, draft=old: _both(clinic, n, one, draft), rivals=2)
        assert not [each for each in outcomes if isinstance(each, BaseException)
                    and not isinstance(each, ProposalNotReady)]  # fmt: skip
        old.refresh_from_db()
        is_booked = old.visits.live().exists()
        assert old.status == ("ACTIVE" if is_booked else "STOPPED")


def _both(clinic, number, proposal, draft):
    if number == 0:
        found = Proposal.objects.select_related("course__site").get(pk=proposal.pk)
        return accept_proposal(proposal=found, by=clinic.desk, now=NOW)
    return begin_course(
        windows=[],
        instead_of=draft,
        by=clinic.desk,
        now=NOW,
        patient=draft.patient,
        site=draft.site,
        protocol_version=clinic.version,
        earliest_on=draft.earliest_on,
        latest_first_on=draft.latest_first_on,
        lead_therapist=None,
    )
