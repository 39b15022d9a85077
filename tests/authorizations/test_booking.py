"""Warnings where a visit is booked beyond the authorisation; nothing is ever blocked."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Membership
from courses.authorizations.services import agree_self_pay
from courses.models import Course, CoverageWarning
from scheduling.authorizations import (
    note_uncovered,
    uncovered_by_move,
    uncovered_by_proposal,
    uncovered_visit,
)
from scheduling.models import Proposal
from scheduling.selectors import proposal_story
from scheduling.services import accept_proposal, move_visit, plan_new_course
from scheduling.services.proposing import work_on_proposal
from sessions.models import Session
from tests.authorizations.granting import esketamine_course, given, granted
from tests.factories import (
    NOW,
    Clinic,
    make_patient,
    make_version,
    make_visit,
    small_definition,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def booked(clinic: Clinic, course: Course, seq: int, days: int) -> Session:
    """Dose number `seq` so many days from NOW."""
    return make_visit(course, clinic.chair, NOW + days * DAY, seq=seq)


def proposal_of(course: Course, by: Membership, days: list[int], first: int = 1) -> Proposal:
    """A proposal of doses so many days from NOW, numbered from `first`."""
    visits = [
        {
            "kind": "dosing",
            "seq": seq,
            "visit_type": "infusion",
            "starts_at": (NOW + day * DAY).isoformat(),
            "ends_at": (NOW + day * DAY + timedelta(hours=2)).isoformat(),
            "room_id": None,
            "staff": {},
            "is_kept": False,
        }
        for seq, day in enumerate(days, start=first)
    ]
    return Proposal.objects.create(
        organization=course.organization, course=course, status=Proposal.Status.READY,
        requested_by=by, requested_at=NOW, visits=visits,
    )  # fmt: skip


def test_8_60_an_authorisation_that_ends_between_doses_5_and_6(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    last = NOW.date() + 14 * DAY
    granted(clinic, course.patient, course=course, visits_granted=8, ends_on=last)
    proposal = proposal_of(course, clinic.desk, [0, 3, 7, 10, 14, 17, 21, 24])
    found = uncovered_by_proposal(proposal)
    assert [(dose.seq, dose.gap.value) for dose in found] == [
        (6, "OUTSIDE_DATES"),
        (7, "OUTSIDE_DATES"),
        (8, "OUTSIDE_DATES"),
    ]
    assert found[0].text == (
        "Infusion 6 of 8 on Thu 22 Jan 2026 is outside the dates of the payer’s authorisation."
    )
    assert proposal_story(proposal).uncovered == [dose.text for dose in found]


def test_8_61_one_device_left_cannot_cover_another_84(clinic: Clinic) -> None:
    course = esketamine_course(clinic, doses=9)
    granted(clinic, course.patient, course=course, units_granted=23)
    for seq, mg in enumerate(["56", "56", *["84"] * 6], start=1):
        given(clinic, course, seq, NOW.date(), mg)
    (found,) = uncovered_by_proposal(proposal_of(course, clinic.desk, [7], first=9))
    assert found.gap.value == "NO_UNITS_LEFT"
    assert "may take more devices" in found.text


def test_23_devices_are_just_enough_for_the_plan_as_it_begins(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, units_granted=23)
    assert (
        uncovered_by_proposal(proposal_of(course, clinic.desk, [0, 3, 7, 10, 14, 17, 21, 24])) == []
    )


def test_visits_that_are_booked_already_count(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, visits_granted=2)
    booked(clinic, course, 1, 1)
    booked(clinic, course, 2, 4)
    (found,) = uncovered_by_proposal(proposal_of(course, clinic.desk, [8], first=3))
    assert found.gap.value == "NO_VISITS_LEFT"


def test_without_any_authorisation_nothing_is_said(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    assert uncovered_by_proposal(proposal_of(course, clinic.desk, [0, 3])) == []


def test_moving_a_dose_past_the_end_is_told_and_done(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    last = NOW.date() + 5 * DAY
    granted(clinic, course.patient, course=course, visits_granted=8, ends_on=last)
    visit = booked(clinic, course, 1, 2)
    assert uncovered_visit(visit) == []
    assert [dose.gap.value for dose in uncovered_by_move(visit, NOW + 7 * DAY)] == ["OUTSIDE_DATES"]
    assert uncovered_by_move(visit, NOW + 4 * DAY) == []


def test_talks_are_no_treatment_visits(clinic: Clinic) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, visits_granted=1, ends_on=NOW.date())
    talk = make_visit(course, clinic.office, NOW + 3 * DAY, kind=Session.Kind.PREPARATION)
    assert uncovered_by_move(talk, NOW + 9 * DAY) == []


def test_what_was_booked_beyond_is_kept_with_who_and_whether_the_patient_pays(
    clinic: Clinic,
) -> None:
    course = esketamine_course(clinic)
    granted(clinic, course.patient, course=course, visits_granted=1)
    first, second = booked(clinic, course, 1, 1), booked(clinic, course, 2, 4)
    note_uncovered([first, second], by=clinic.desk, now=NOW)
    kept = CoverageWarning.objects.get()
    assert (kept.visit_id, kept.code, kept.self_pay) == (second.pk, "NO_VISITS_LEFT", False)
    assert (kept.on, kept.by) == (second.local_date, clinic.desk)
    agree_self_pay(course=course, signed_on=NOW.date(), by=clinic.desk, now=NOW)
    note_uncovered([second], by=clinic.desk, now=NOW)
    assert CoverageWarning.objects.filter(self_pay=True).count() == 1


def planned(clinic: Clinic) -> Proposal:
    """A course of two doses that the planner has placed, with one visit authorised."""
    patient = make_patient(clinic.site)
    granted(clinic, patient, drug="racemic ketamine", visits_granted=1)
    version = make_version(clinic.organization, small_definition(drug="racemic ketamine"))
    proposal = plan_new_course(
        patient=patient, site=clinic.site, protocol_version=version,
        earliest_on=date(2026, 1, 6), latest_first_on=date(2026, 1, 20), lead_therapist=None,
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    work_on_proposal(
        organization_id=clinic.organization.pk, proposal_id=proposal.pk, now=NOW, clock=lambda: NOW
    )
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.READY
    return proposal


def test_a_proposal_says_it_and_is_accepted_all_the_same(
    clinic: Clinic, sign_in: Callable[[Membership], Client]
) -> None:
    proposal = planned(clinic)
    browser = sign_in(clinic.desk)
    text = browser.get(reverse("scheduling:proposal", args=[proposal.pk])).content.decode()
    assert "No payer covers 1 dose" in text
    assert "is beyond the visits that the payer authorised" in text
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    kept = CoverageWarning.objects.get()
    dose = Session.objects.get(pk=kept.visit_id)
    assert (dose.kind, dose.seq, kept.code) == ("dosing", 2, "NO_VISITS_LEFT")
    where = reverse("scheduling:visit", args=[dose.pk])
    assert "is beyond the visits" in browser.get(where).content.decode()
    piece = reverse("courses:authorizations_of_course", args=[proposal.course_id])
    assert "Booked though nothing covered it" in browser.get(piece).content.decode()


def test_a_move_beyond_the_end_is_told_on_the_page_and_kept(
    clinic: Clinic, sign_in: Callable[[Membership], Client]
) -> None:
    proposal = planned(clinic)
    accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
    visit = Session.objects.get(course=proposal.course, kind="dosing", seq=2)
    before = CoverageWarning.objects.count()
    to = visit.starts_at + timedelta(hours=1)
    moved = move_visit(visit=visit, starts_at=to, by=clinic.desk, reason="", now=NOW)
    assert moved.starts_at == to
    assert CoverageWarning.objects.count() == before + 1
    check = sign_in(clinic.desk).post(
        reverse("scheduling:visit_check", args=[visit.pk]), _typed(moved, to - timedelta(hours=1))
    )
    assert "It can be booked all the same." in check.content.decode()


def _typed(visit: Session, moment: datetime) -> dict[str, Any]:
    there = moment.astimezone(visit.site.zone)
    return {"on": f"{there:%Y-%m-%d}", "at": f"{there:%H:%M}"}
