"""From a started course to a proposal, and from there into the book."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.errors import DomainError
from clinic.models import Closure, Leave, PatientWindow
from courses.models import Course
from reminders.models import Message
from scheduling.models import Proposal, Reservation, StaffClaim
from scheduling.selectors import proposal_story
from scheduling.services import (
    ProposalNotReady,
    ProposalOutdated,
    accept_proposal,
    cancel_visit,
    plan_more_doses,
    plan_new_course,
    request_proposal,
    work_on_proposal,
)
from scheduling.services.keeping import let_go
from scheduling.services.proposing import LEASE, NOTICE, NothingToPlan, resume_waiting_proposals
from sessions.models import Session
from tests.factories import (
    NOW,
    Clinic,
    clear,
    make_clinic,
    make_patient,
    make_version,
    small_definition,
)

pytestmark = pytest.mark.django_db


def proposed(
    clinic: Clinic, *, now: datetime = NOW, days: int = 14, is_held: bool = True, **course
) -> Proposal:
    """A proposal that a worker has worked on; its times are held unless `is_held` is False."""
    patient = course.pop("patient", None) or make_patient(clinic.site)
    proposal = plan_new_course(
        patient=patient,
        site=clinic.site,
        protocol_version=clinic.version,
        earliest_on=course.pop("earliest_on", now.date()),
        latest_first_on=course.pop("latest_first_on", now.date() + timedelta(days=days)),
        lead_therapist=None,
        by=clinic.desk,
        now=now,
        **course,
    )
    clear(proposal.course, clinic.prescriber)
    work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=now)
    proposal.refresh_from_db()
    if not is_held:
        let_go(proposal)
    return proposal


def accepted(clinic: Clinic, **course) -> Course:
    proposal = proposed(clinic, **course)
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    return proposal.course


def test_a_proposal_holds_every_visit_of_the_protocol(clinic):
    proposal = proposed(clinic)
    assert proposal.status == Proposal.Status.READY
    places = [(visit["kind"], visit["seq"]) for visit in proposal.visits]
    assert places == [("prep", 1), ("dosing", 1), ("integration", 1), ("dosing", 2),
                      ("integration", 2)]  # fmt: skip
    story = proposal_story(proposal)
    assert [visit.room_name for visit in story.visits][1] == clinic.chair.name
    assert story.visits[1].staff == [clinic.nurse.name]
    assert story.visits[3].gap_days in (3, 4)
    assert story.sentences[0] == "First dose one day after the earliest date."


def test_accepting_books_everything_at_once(clinic):
    proposal = proposed(clinic)
    visits = accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    assert len(visits) == 5
    assert Reservation.objects.filter(session__in=visits).count() == 5
    assert set(StaffClaim.objects.values_list("role", "load")) == {
        ("NURSE", 6), ("NURSE", 3), ("THERAPIST", 1)
    }  # fmt: skip
    assert Course.objects.get(pk=proposal.course_id).status == Course.Status.ACTIVE
    assert Message.objects.filter(patient=proposal.course.patient, kind="BOOKED").count() == 1


def test_a_proposal_is_accepted_once(clinic):
    proposal = proposed(clinic)
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    with pytest.raises(ProposalNotReady, match="accepted"):
        accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    assert Session.objects.count() == 5


def test_an_outdated_proposal_books_nothing_and_says_what_changed(clinic):
    first, second = (proposed(clinic, is_held=False) for _ in range(2))
    accept_proposal(proposal=first, by=clinic.desk, now=NOW)
    with pytest.raises(ProposalOutdated) as refusal:
        accept_proposal(proposal=second, by=clinic.desk, now=NOW)
    assert {"visit": "Infusion 1 of 2", "change": "has no room: it is taken or out of use"} in (
        refusal.value.details
    )
    assert not Session.objects.filter(course=second.course).exists()
    fresh = request_proposal(course=second.course, by=clinic.desk, now=NOW)
    work_on_proposal(organization_id=fresh.organization_id, proposal_id=fresh.pk, now=NOW)
    fresh.refresh_from_db()
    assert len(accept_proposal(proposal=fresh, by=clinic.desk, now=NOW)) == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c, day: Closure.objects.create(organization=c.organization, site=c.site, on=day),
         "is on a day on which the site is closed"),
        (lambda c, day: Leave.objects.create(
            organization=c.organization, membership=c.nurse,
            during=(datetime.combine(day, time(0), UTC), datetime.combine(day, time(23), UTC))),
         "has nobody to serve it: taken, off shift or away"),
    ],
    ids=["closure", "leave"],
)  # fmt: skip
def test_what_changed_since_the_proposal_is_named(clinic, change, words):
    proposal = proposed(clinic)
    dose = next(visit for visit in proposal.visits if visit["kind"] == "dosing")
    change(clinic, datetime.fromisoformat(dose["starts_at"]).date())
    with pytest.raises(ProposalOutdated) as refusal:
        accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    assert {"visit": "Infusion 1 of 2", "change": words} in refusal.value.details


def test_visits_keep_to_the_patients_times_by_the_sites_clock():
    clinic = make_clinic(timezone="Australia/Sydney")
    patient = make_patient(clinic.site)
    PatientWindow.objects.bulk_create(
        PatientWindow(
            organization=clinic.organization,
            patient=patient,
            weekday=day,
            starts=time(13),
            ends=time(18),
        )
        for day in range(5)
    )
    # Sydney's clocks go back on 5 April 2026.
    now = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    proposal = proposed(clinic, now=now, patient=patient, earliest_on=date(2026, 4, 1))
    starts = [datetime.fromisoformat(visit["starts_at"]) for visit in proposal.visits]
    local = [moment.astimezone(clinic.site.zone) for moment in starts]
    assert all(13 <= moment.hour < 18 for moment in local)
    assert {moment.utcoffset() for moment in local} == {timedelta(hours=11), timedelta(hours=10)}


def test_nothing_is_proposed_in_the_past(clinic):
    evening = NOW.replace(hour=21)
    proposal = proposed(clinic, now=evening)
    first = min(datetime.fromisoformat(visit["starts_at"]) for visit in proposal.visits)
    assert first >= evening + NOTICE


def test_an_impossible_course_says_why_and_what_would_help(clinic):
    for day in range(1, 9):
        Closure.objects.create(
            organization=clinic.organization, site=clinic.site, on=NOW.date() + timedelta(days=day)
        )
    proposal = proposed(clinic, days=5)
    assert proposal.status == Proposal.Status.IMPOSSIBLE
    story = proposal_story(proposal)
    assert story.reason.startswith("Closed days")
    assert story.relief[0].startswith("Allow the first dose until ")
    assert any(text.startswith("If the site were open on ") for text in story.relief)


def test_the_first_relief_holds_when_it_is_followed(clinic):
    Leave.objects.create(
        organization=clinic.organization,
        membership=clinic.nurse,
        during=(NOW, NOW + timedelta(days=10)),
    )
    proposal = proposed(clinic, days=4)
    option = proposal.relief["options"][0]
    assert option["reason"] == "START_WINDOW"
    latest = date.fromisoformat(option["latest_first_on"])
    assert proposed(clinic, latest_first_on=latest).status == Proposal.Status.READY


def test_a_cancelled_visit_is_planned_again_and_the_others_stay(clinic):
    course = accepted(clinic)
    dose = course.visits.get(kind="dosing", seq=2)
    others = course.visits.exclude(seq=2, kind__in=["dosing", "integration"])
    stay = set(others.values_list("pk", "starts_at"))
    cancel_visit(visit=dose, by=clinic.desk, reason="Patient has a cold", now=NOW)
    fresh = request_proposal(course=course, by=clinic.desk, now=NOW)
    work_on_proposal(organization_id=fresh.organization_id, proposal_id=fresh.pk, now=NOW)
    fresh.refresh_from_db()
    visits = accept_proposal(proposal=fresh, by=clinic.desk, now=NOW)
    assert [(visit.kind, visit.seq) for visit in visits] == [("dosing", 2), ("integration", 2)]
    assert stay <= set(course.visits.live().values_list("pk", "starts_at"))


def test_an_open_ended_course_is_planned_further(clinic):
    content = small_definition()
    content["blocks"].append(
        {
            "name": "maintenance",
            "label": "Maintenance",
            "visit": "infusion",
            "gaps": [{"min_days": 7, "target_days": 14, "max_days": 14}],
        }
    )
    clinic.version = make_version(clinic.organization, content)
    course = accepted(clinic)
    last = course.visits.filter(kind="dosing").latest("starts_at").local_date
    proposal = plan_more_doses(course=course, doses=2, by=clinic.desk, now=NOW)
    work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=NOW)
    proposal.refresh_from_db()
    visits = accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    days = [visit.local_date for visit in visits if visit.kind == "dosing"]
    assert [(day - last).days for day in days] == [14, 28]


def test_a_protocol_is_not_planned_past_its_last_dose(clinic):
    course = accepted(clinic)
    with pytest.raises(DomainError, match="no more doses"):
        plan_more_doses(course=course, doses=1, by=clinic.desk, now=NOW)


def test_a_full_course_asks_for_nothing(clinic):
    course = accepted(clinic)
    with pytest.raises(NothingToPlan):
        request_proposal(course=course, by=clinic.desk, now=NOW)


def test_doses_of_another_course_keep_their_distance(clinic):
    course = accepted(clinic)
    last = course.visits.filter(kind="dosing").latest("starts_at")
    second = proposed(clinic, patient=course.patient, earliest_on=last.local_date)
    first_dose = next(visit for visit in second.visits if visit["kind"] == "dosing")
    day = datetime.fromisoformat(first_dose["starts_at"]).date()
    assert (day - last.local_date).days >= 2
    assert accept_proposal(proposal=second, by=clinic.desk, now=NOW)


class TestWorkers:
    def requested(self, clinic):
        return plan_new_course(
            patient=make_patient(clinic.site),
            site=clinic.site,
            protocol_version=clinic.version,
            earliest_on=NOW.date(),
            latest_first_on=NOW.date() + timedelta(days=14),
            lead_therapist=None,
            by=clinic.desk,
            now=NOW,
        )

    def test_a_held_proposal_is_left_alone_until_the_lease_lapses(self, clinic):
        proposal = self.requested(clinic)
        Proposal.objects.filter(pk=proposal.pk).update(
            status="RUNNING", claimed_until=NOW + LEASE, attempts=1
        )
        work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=NOW)
        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.RUNNING
        work_on_proposal(
            organization_id=proposal.organization_id,
            proposal_id=proposal.pk,
            now=NOW + LEASE + timedelta(seconds=1),
        )
        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.READY

    def test_beat_queues_what_nobody_holds(self, clinic):
        proposal = self.requested(clinic)
        assert resume_waiting_proposals(now=NOW) == 0
        late = NOW + LEASE + timedelta(seconds=1)
        assert resume_waiting_proposals(now=late) == 1
        Proposal.objects.filter(pk=proposal.pk).update(status="RUNNING", claimed_until=NOW)
        assert resume_waiting_proposals(now=late) == 1

    def test_a_proposal_that_cannot_be_worked_on_fails_after_three_attempts(self, clinic):
        proposal = self.requested(clinic)
        # More doses than the protocol has: planning cannot even begin.
        Course.objects.filter(pk=proposal.course_id).update(dose_count=99)
        for attempt in range(1, 4):
            work_on_proposal(
                organization_id=proposal.organization_id,
                proposal_id=proposal.pk,
                now=NOW + attempt * 2 * LEASE,
            )
        proposal.refresh_from_db()
        assert (proposal.status, proposal.attempts) == (Proposal.Status.FAILED, 3)
