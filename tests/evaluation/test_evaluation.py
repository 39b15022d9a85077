"""One evaluation of a patient without a course: free times, booking, moving, calling off."""

from datetime import timedelta

import pytest

from clinic.invariants import breaches
from clinic.models import Leave
from courses.models import Course
from courses.selectors import definition_of
from reminders.models import Message
from scheduling.cascade.wish import Want, Wanted
from scheduling.invariants import INVARIANTS
from scheduling.models import Reservation, StaffClaim
from scheduling.services import SlotRefused, SlotTaken, accept_proposal, cancel_visit, move_visit
from scheduling.services.evaluating import (
    book_evaluation,
    evaluation_refusals,
    evaluation_slots,
)
from scheduling.services.proposing import request_proposal, work_on_proposal
from scheduling.wording import place_label
from sessions.models import Session
from tests.cascade.asking import accept, answer_to
from tests.factories import NOW, clear, make_patient

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def terms(clinic):
    return {
        "patient": make_patient(clinic.site),
        "site": clinic.site,
        "version": clinic.version,
        "by": clinic.desk,
        "now": NOW,
    }


@pytest.fixture
def booked(terms):
    slots, _ = evaluation_slots(**terms)
    return book_evaluation(starts_at=slots[0].start, **terms)


def test_times_are_free_ranked_and_need_no_course(clinic, terms):
    slots, names = evaluation_slots(**terms)
    assert slots
    assert {slot.end - slot.start for slot in slots} == {HOUR}
    assert {tuple(slot.staff.values()) for slot in slots} == {(str(clinic.prescriber.pk),)}
    assert names.rooms[slots[0].room_id] == clinic.office.name
    assert slots[0].cost == min(slot.cost for slot in slots)
    assert not Course.objects.exists()


def test_a_time_that_is_refused_says_why(clinic, terms):
    at = NOW + 3 * HOUR
    assert evaluation_refusals(starts_at=at, **terms) == []
    Leave.objects.create(
        organization=clinic.organization, membership=clinic.prescriber, during=(at, at + HOUR)
    )
    [reason] = evaluation_refusals(starts_at=at, **terms)
    assert f"{clinic.prescriber.name} is away" in reason
    with pytest.raises(SlotTaken, match="is away"):
        book_evaluation(starts_at=at, **terms)
    with pytest.raises(SlotRefused, match="not open"):
        book_evaluation(starts_at=NOW + 72 * 2 * HOUR - 3 * HOUR, **terms)
    assert not Course.objects.exists()


def test_booking_begins_a_draft_and_plans_nothing_else(clinic, terms, booked):
    course = booked.course
    assert (booked.kind, booked.seq, booked.status) == ("prep", 0, Session.Status.PLANNED)
    assert (course.status, course.visits.count()) == (Course.Status.DRAFT, 1)
    definition = definition_of(course.protocol_version)
    assert place_label(definition, booked.kind, booked.seq) == "Evaluation"
    assert StaffClaim.objects.get().membership == clinic.prescriber
    assert Message.objects.filter(patient=terms["patient"], kind="BOOKED").count() == 1
    assert not list(breaches(INVARIANTS))


def test_it_moves_and_is_called_off_as_others_are(clinic, terms, booked):
    later = evaluation_slots(**terms)[0][5].start
    answer = answer_to(clinic, booked, Wanted(Want.MOVE, starts_at=later))
    accept(clinic, booked, answer)
    booked.refresh_from_db()
    assert booked.starts_at == later
    back = move_visit(visit=booked, starts_at=later + HOUR, by=clinic.desk, reason="", now=NOW)
    cancel_visit(visit=back, by=clinic.desk, reason="Not well", now=NOW)
    assert not Reservation.objects.exists()
    assert not list(breaches(INVARIANTS))


def test_the_course_is_planned_around_it(clinic, booked):
    course = booked.course
    clear(course, clinic.prescriber)
    made = request_proposal(course=course, by=clinic.desk, now=NOW)
    work_on_proposal(organization_id=made.organization_id, proposal_id=made.pk, now=NOW)
    made.refresh_from_db()
    assert made.status == "READY", made.reason
    visits = accept_proposal(proposal=made, by=clinic.desk, now=NOW)
    assert min(one.local_date for one in visits) > booked.local_date
    assert len(visits) == 5
    assert not list(breaches(INVARIANTS))
