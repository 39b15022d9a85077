"""What a desk is told when nothing fits: the true reason, and changes that would help."""

from datetime import datetime, time, timedelta

import pytest
from django.db.models import F

from clinic.models import (
    Closure,
    Leave,
    Membership,
    PatientUnavailability,
    PatientWindow,
    Role,
)
from courses.models import Course
from scheduling.models import Proposal
from scheduling.planner import plan_course
from scheduling.planner.model import Placed
from scheduling.problem import course_problem
from scheduling.selectors import proposal_story
from scheduling.services import (
    accept_proposal,
    cancel_visit,
    plan_new_course,
    request_proposal,
    work_on_proposal,
)
from scheduling.wording import relief_sentence
from sessions.models import Session
from tests.factories import (
    NOW,
    Clinic,
    clear,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_site,
    make_version,
    make_visit,
    small_definition,
)

pytestmark = pytest.mark.django_db


def worked_on(proposal: Proposal, now: datetime = NOW) -> Proposal:
    work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=now)
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
    clear(proposal.course, clinic.prescriber)
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    return proposal.course


def dose(course: Course, seq: int) -> Session:
    return course.visits.get(kind="dosing", seq=seq)


def done_before(course: Course, now: datetime) -> None:
    over = course.visits.live().filter(starts_at__lt=now)
    over.filter(kind="dosing").update(status=Session.Status.DONE, begun_at=F("starts_at"))
    over.exclude(kind="dosing").update(status=Session.Status.DONE)


def cancelled_from(clinic: Clinic, course: Course, visit: Session, now: datetime) -> None:
    rest = course.visits.live().filter(starts_at__gte=visit.starts_at)
    while later := rest.order_by("starts_at", "pk").first():
        cancel_visit(visit=later, by=clinic.desk, reason="Cold", now=now)


def away(member: Membership, days: int) -> None:
    Leave.objects.create(
        organization_id=member.organization_id,
        membership=member,
        during=(NOW - timedelta(days=1), NOW + timedelta(days=days)),
    )


def patient_comes(course: Course, *, until: time, **fields) -> None:
    PatientWindow.objects.bulk_create(
        PatientWindow(
            organization_id=course.organization_id,
            patient=course.patient,
            weekday=day,
            ends=until,
            **{"starts": time(8), **fields},
        )
        for day in range(5)
    )


def option_of(proposal: Proposal, reason: str) -> dict:
    return next(one for one in proposal.relief["options"] if one["reason"] == reason)


def replanned(clinic: Clinic, course: Course, now: datetime) -> Proposal:
    return worked_on(request_proposal(course=course, by=clinic.desk, now=now), now)


def test_a_dose_whose_days_have_passed_is_planned_from_today(clinic, four):
    """The rest is planned anew from the day on which it is (DOMAIN 8.8)."""
    now = dose(four, 3).starts_at + timedelta(days=9)
    cancelled_from(clinic, four, dose(four, 4), NOW)
    done_before(four, now)
    proposal = replanned(clinic, four, now)
    assert proposal.status == Proposal.Status.READY
    new = [one for one in proposal.visits if one["kind"] == "dosing" and not one["is_kept"]]
    days = [datetime.fromisoformat(one["starts_at"]) - now for one in new]
    assert [one["seq"] for one in new] == [4]
    assert timedelta() < days[0] <= timedelta(days=3)


def test_several_hindrances_are_not_laid_at_the_neighbours_door(clinic, four):
    cancelled_from(clinic, four, dose(four, 4), NOW)
    away(clinic.nurse, 40)
    closed = (NOW.date() + timedelta(days=n) for n in range(40))
    Closure.objects.bulk_create(
        Closure(organization=clinic.organization, site=clinic.site, on=day) for day in closed
    )
    assert replanned(clinic, four, NOW).reason == "STRUCTURAL"


def test_the_prescriber_whose_leave_is_in_the_way_is_named(clinic):
    content = small_definition()
    content["visit_types"]["infusion"]["phases"][1]["presence"] = ["PRESCRIBER"]
    clinic.version = make_version(clinic.organization, content)
    away(clinic.prescriber, 80)
    away(make_member(clinic.site, Role.NURSE, capacity=1), 80)
    proposal = proposed(clinic)
    assert proposal.reason == "STAFF_LEAVE"
    assert option_of(proposal, "STAFF_LEAVE")["people"] == [str(clinic.prescriber.pk)]
    assert (
        f"If {clinic.prescriber.name} worked during leave: then the first dose could be"
        in (proposal_story(proposal).relief[-1])
    )


def test_work_at_another_site_is_not_called_leave(clinic):
    other = make_site(clinic.organization)
    room = make_room(other, "infusion")
    for number in range(50):
        course = make_course(make_patient(other), clinic.version, clinic.desk)
        start = NOW.replace(hour=12) + timedelta(days=number)
        ends_at = start + timedelta(hours=12)
        make_visit(course, room, start, ends_at=ends_at, nurse=clinic.nurse, load=6)
    proposal = proposed(clinic)
    assert proposal.reason == "CAPACITY"
    assert [one["reason"] for one in proposal.relief["options"]] == ["CAPACITY"]
    assert option_of(proposal, "CAPACITY")["short_of"] == ["nurse time"]


def test_a_replan_speaks_of_new_visits_alone(clinic, four):
    now = dose(four, 2).starts_at + timedelta(days=1)
    third = dose(four, 3)
    done_before(four, third.starts_at)
    kept = set(four.visits.live().values_list("starts_at", flat=True))
    cancelled_from(clinic, four, third, now)
    patient_comes(four, until=time(8, 30))
    proposal = replanned(clinic, four, now)
    assert proposal.reason == "PATIENT_WINDOW"
    option = option_of(proposal, "PATIENT_WINDOW")
    new_days = {day for day, _ in option["times"]}
    assert len(option["times"]) == 4
    assert min(new_days) > max(moment for moment in kept if moment < now).date().isoformat()
    assert option["first_dose_on"] == min(new_days)
    assert "then its first new visit could be on " in proposal_story(proposal).relief[0]


def test_a_replan_does_not_measure_from_the_earliest_date(clinic, four):
    cancelled_from(clinic, four, dose(four, 4), NOW)
    proposal = replanned(clinic, four, NOW)
    assert proposal.status == Proposal.Status.READY
    assert not [one for one in proposal_story(proposal).sentences if "First dose" in one]
    assert proposal_story(proposal).sentences


def test_a_kept_visit_outside_the_preferred_times_is_not_held_against_the_plan(clinic, four):
    cancelled_from(clinic, four, dose(four, 4), NOW)
    patient_comes(four, until=time(18), preferred=True, starts=time(12))
    assert four.visits.live().filter(starts_at__hour__lt=17).exists()
    sentences = proposal_story(replanned(clinic, four, NOW)).sentences
    assert "Every new visit is within the preferred times." in sentences


@pytest.mark.parametrize(
    ("count", "words"),
    [(4, "08:00, Wed"), (5, " and 1 more time:"), (6, " and 2 more times:")],
)
def test_long_lists_end_in_a_number(count, words):
    times = [[f"2026-02-0{day}", "08:00"] for day in range(2, 2 + count)]
    option = {"reason": "PATIENT_WINDOW", "first_dose_on": "2026-02-02", "times": times}
    sentence = relief_sentence(option, {})
    assert words in sentence
    assert ("more" in sentence) == (count > 4)


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
    assert len(option_of(proposal, "PATIENT_WINDOW")["times"]) == 5
    PatientUnavailability.objects.all().delete()
    assert proposed(clinic, patient=patient).status == Proposal.Status.READY
