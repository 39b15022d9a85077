"""Times that a proposal keeps from others: who sees them, what they refuse, how they end."""

from datetime import datetime, timedelta

import pytest

from courses.models import Course
from scheduling.keeping.models import HeldLoad, SlotHold
from scheduling.keeping.selectors import hold_of
from scheduling.models import Proposal
from scheduling.moving import refusals_of
from scheduling.services import (
    ProposalOutdated,
    accept_proposal,
    cancel_visit,
    end_course,
    request_proposal,
    work_on_proposal,
)
from scheduling.services.keeping import (
    NothingToHold,
    TimesHeld,
    extend_hold,
    hold_again,
    let_go,
    sweep_holds,
)
from tests.factories import NOW, make_version, small_definition
from tests.scheduling.test_proposing import accepted, proposed

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LATER = NOW + 11 * MINUTE


def rooms_and_starts(proposal):
    return {(visit["room_id"], visit["starts_at"]) for visit in proposal.visits}


def dose_of(proposal):
    return next(visit for visit in proposal.visits if visit["kind"] == "dosing")


def test_who_composes_at_the_same_time_is_offered_other_times(clinic):
    first = proposed(clinic)
    assert first.holds.count() == len(first.visits)
    second = proposed(clinic)
    assert not rooms_and_starts(first) & rooms_and_starts(second)
    for one in (first, second):
        assert accept_proposal(proposal=one, by=clinic.desk, now=NOW)
    assert not SlotHold.objects.exists()
    assert not HeldLoad.objects.exists()


def test_times_are_free_again_as_soon_as_the_hold_is_over(clinic):
    first = proposed(clinic)
    hold = hold_of(first, now=NOW)
    assert hold is not None
    assert (hold.by, hold.until) == (clinic.desk.name, NOW + 10 * MINUTE)
    assert hold_of(first, now=NOW + 10 * MINUTE) is None
    assert rooms_and_starts(proposed(clinic, now=LATER)) & rooms_and_starts(first)


def test_a_page_that_stays_open_holds_on_up_to_the_limit(clinic):
    proposal = proposed(clinic)
    for minutes in range(1, 40):
        extend_hold(proposal=proposal, now=NOW + minutes * MINUTE)
    assert proposal.holds.values_list("held_until", flat=True).distinct().get() == (
        NOW + 30 * MINUTE
    )


def test_accepting_what_somebody_else_holds_is_refused_in_words(clinic):
    late = proposed(clinic)
    rival = proposed(clinic, now=LATER)
    with pytest.raises(ProposalOutdated) as refusal:
        accept_proposal(proposal=late, by=clinic.desk, now=LATER)
    words = f"is held by {clinic.desk.name} until 09:21 EST"
    assert {"visit": "Infusion 1 of 2", "change": words} in refusal.value.details
    with pytest.raises(TimesHeld):
        hold_again(proposal=late, by=clinic.desk, now=LATER)
    let_go(rival)
    hold_again(proposal=late, by=clinic.desk, now=LATER)
    assert accept_proposal(proposal=late, by=clinic.desk, now=LATER)


def test_moving_into_what_somebody_else_holds_is_refused_in_words(clinic):
    clinic.version = make_version(clinic.organization, small_definition(doses=1))
    dose = accepted(clinic).visits.get(kind="dosing")
    held = dose_of(proposed(clinic, earliest_on=dose.local_date))
    start = datetime.fromisoformat(held["starts_at"])
    said = "; ".join(refusals_of(dose, start, now=NOW))
    assert f"{clinic.chair.name} is held by {clinic.desk.name} until 09:10 EST" in said


def test_a_hold_never_keeps_its_own_course_from_acting(clinic):
    course = accepted(clinic)
    dose = course.visits.get(kind="dosing", seq=2)
    cancel_visit(visit=dose, by=clinic.desk, reason="A cold", now=NOW)
    again = request_proposal(course=course, by=clinic.desk, now=NOW)
    work_on_proposal(organization_id=again.organization_id, proposal_id=again.pk, now=NOW)
    held = SlotHold.objects.filter(course=course, visit_type="infusion").get()
    first = course.visits.live().get(kind="dosing")
    said = refusals_of(first, held.starts_at, now=NOW)
    assert not [one for one in said if "held" in one or "room" in one], said


@pytest.mark.parametrize("end", ["discarded", "stopped", "swept"])
def test_holds_end_by_themselves(clinic, end):
    proposal = proposed(clinic)
    if end == "discarded":
        request_proposal(course=proposal.course, by=clinic.desk, now=NOW)
    elif end == "stopped":
        said = {"code": Course.StopReason.PATIENT_WISH, "reason": "The patient prefers to wait."}
        end_course(course=proposal.course, by=clinic.prescriber, now=NOW, **said)
        with pytest.raises(NothingToHold):
            hold_again(proposal=proposal, by=clinic.desk, now=NOW)
    else:
        assert sweep_holds(now=NOW + 9 * MINUTE) == 0
        sweep_holds(now=LATER)
        assert Proposal.objects.get(pk=proposal.pk).status == Proposal.Status.READY
    assert not SlotHold.objects.exists()
