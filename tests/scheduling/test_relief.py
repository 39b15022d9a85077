"""What a desk is told when nothing fits: the true reason, and changes that would help."""

from datetime import datetime, timedelta

import pytest

from clinic.models import PatientUnavailability
from courses.models import Course
from scheduling.models import Proposal
from scheduling.planner import plan_course
from scheduling.planner.model import Placed
from scheduling.problem import course_problem
from scheduling.services import (
    accept_proposal,
    cancel_visit,
    plan_new_course,
    request_proposal,
    work_on_proposal,
)
from sessions.models import Session
from tests.factories import (
    NOW,
    Clinic,
    make_course,
    make_patient,
    make_room,
    make_version,
    make_visit,
    small_definition,
)

pytestmark = pytest.mark.django_db


def worked_on(proposal: Proposal, now: datetime = NOW) -> Proposal:
    work_on_proposal(proposal_id=proposal.pk, now=now)
    proposal.refresh_from_db()
    return proposal


def proposed(clinic: Clinic, **changes) -> Proposal:
    return worked_on(
        plan_new_course(
            **{
                "patient": changes.pop("patient", None) or make_patient(clinic.site),
                "site": clinic.site,
                "protocol_version": clinic.version,
                "earliest_on": NOW.date(),
                "latest_first_on": NOW.date() + timedelta(days=14),
                "lead_therapist": None,
                "by": clinic.desk,
                "now": NOW,
                **changes,
            }
        )
    )


@pytest.fixture
def four(clinic) -> Course:
    """A booked course of four doses."""
    clinic.version = make_version(clinic.organization, small_definition(doses=4))
    proposal = proposed(clinic)
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    return proposal.course


def dose(course: Course, seq: int) -> Session:
    return course.visits.get(kind="dosing", seq=seq)


def done_before(course: Course, now: datetime) -> None:
    course.visits.live().filter(starts_at__lt=now).update(status=Session.Status.DONE)


def cancelled_from(clinic: Clinic, course: Course, visit: Session, now: datetime) -> None:
    rest = course.visits.live().filter(starts_at__gte=visit.starts_at)
    while later := rest.order_by("starts_at", "pk").first():
        cancel_visit(visit=later, by=clinic.desk, reason="Cold", now=now)


def replanned(clinic: Clinic, course: Course, now: datetime) -> Proposal:
    return worked_on(request_proposal(course=course, by=clinic.desk, now=now), now)


def test_days_that_are_over_are_not_laid_at_the_patients_door(clinic, four):
    now = dose(four, 3).starts_at + timedelta(days=9)
    cancelled_from(clinic, four, dose(four, 4), NOW)
    done_before(four, now)
    proposal = replanned(clinic, four, now)
    assert proposal.status == Proposal.Status.IMPOSSIBLE
    assert proposal.reason != "PATIENT_WINDOW"
    assert "PATIENT_WINDOW" not in [one["reason"] for one in proposal.relief["options"]]


def test_doses_of_another_course_bar_doses_but_no_talks(clinic):
    patient = make_patient(clinic.site)
    other = make_course(patient, clinic.version, clinic.desk)
    room = make_room(clinic.site, "other")
    friday = NOW + timedelta(days=4, hours=6)
    make_visit(other, room, friday)
    course = make_course(patient, clinic.version, clinic.desk)
    task = course_problem(course, now=NOW)
    mine = task.problem.course(task.course_id)
    day = timedelta(days=1)
    guarded = [(begin.date(), end.date()) for begin, end in mine.barred_dosing]
    assert guarded == [(friday.date() - day, friday.date() + 2 * day)]
    assert (friday, friday + timedelta(hours=2)) in mine.barred
    placed = plan_course(task.problem, task.course_id)
    assert isinstance(placed, Placed)
    days = {(one.kind, one.seq): one.start.date() for one in placed.appointments}
    assert days["dosing", 1] == friday.date() - 2 * day
    assert guarded[0][0] <= days["integration", 1] < guarded[0][1]


def test_another_courses_doses_are_no_wish_of_the_patient(clinic):
    patient = make_patient(clinic.site)
    other = make_course(patient, clinic.version, clinic.desk)
    room = make_room(clinic.site, "other")
    for number in range(40):
        make_visit(other, room, NOW + timedelta(days=2 * number), seq=number + 1)
    proposal = proposed(clinic, patient=patient)
    assert proposal.status == Proposal.Status.IMPOSSIBLE
    assert proposal.reason == "STRUCTURAL"
    assert proposal.relief["options"] == []


def test_a_patient_who_is_away_is_asked_to_come_at_times_that_fit(clinic):
    patient = make_patient(clinic.site)
    PatientUnavailability.objects.create(
        organization=clinic.organization, patient=patient, during=(NOW, NOW + timedelta(days=80))
    )
    proposal = proposed(clinic, patient=patient)
    assert proposal.reason == "PATIENT_WINDOW"
    option = next(o for o in proposal.relief["options"] if o["reason"] == "PATIENT_WINDOW")
    assert len(option["times"]) == 5
    PatientUnavailability.objects.all().delete()
    assert proposed(clinic, patient=patient).status == Proposal.Status.READY
