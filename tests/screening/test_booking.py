"""No dose is firm before its course is cleared; decisions, findings and time move bookings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from clinic.models import Role, Site
from courses.models import Course, CourseEvent, Screening
from courses.readiness import blockers
from courses.screening.selectors import clearance
from courses.screening.services import (
    ConditionMet,
    meet_condition,
)
from reminders.models import Message, Reminder
from scheduling.selectors import slot_days
from scheduling.services import accept_proposal, move_visit
from scheduling.services.candidacy import confirm_doses, expire_screenings, hold_back
from scheduling.services.changing import Why, release_visit
from scheduling.services.happenings import (
    answer_checklist,
)
from sessions.models import Session
from tests.factories import NOW, clear, make_visit
from tests.hardening.booking import booked_from_now
from tests.screening.conftest import DAY, TODAY, answers_of
from tests.screening.watching import broken, letters, standing

pytestmark = pytest.mark.django_db
Status, Ended = Screening.Status, Screening.Ended


class TestAccepting:
    @pytest.fixture
    def proposal(self, clinic):
        from tests.pages.conftest import proposed

        made = proposed(clinic)
        Screening.objects.filter(course=made.course).update(
            status=Status.EXPIRED, ended_at=NOW, ended_why=Ended.LAPSE
        )
        return made

    def test_doses_and_talks_of_an_uncleared_course_are_provisional(self, proposal, clinic):
        visits = accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
        held = {visit.kind for visit in visits if visit.is_provisional}
        assert held == {"dosing", "integration"}
        told = set(Reminder.objects.values_list("session__kind", flat=True))
        assert told == {"prep"}

    def test_a_cleared_course_is_firm(self, clinic):
        from tests.pages.conftest import proposed

        visits = accept_proposal(proposal=proposed(clinic), by=clinic.desk, now=NOW)
        assert not any(visit.is_provisional for visit in visits)

    def test_everybody_sees_that_they_are_provisional(self, proposal, clinic, sign_in):
        desk = sign_in(clinic.desk)
        page = desk.get(reverse("scheduling:proposal", args=[proposal.pk]))
        assert "Not cleared yet" in page.content.decode()
        visits = accept_proposal(proposal=proposal, by=clinic.desk, now=NOW)
        dose = next(visit for visit in visits if visit.kind == "dosing")
        line = desk.get(reverse("scheduling:timeline", args=[proposal.course_id]))
        assert line.content.decode().count("Provisional") == 4
        day = f"{dose.local_date:%Y-%m-%d}"
        board = desk.get(reverse("scheduling:today"), {"site": clinic.site.pk, "day": day})
        assert "Provisional" in board.content.decode()
        said = desk.get(f"/api/v1/visits/{dose.pk}").json()
        assert said["is_provisional"] is True
        listed = desk.get("/api/v1/visits", {"site": clinic.site.pk, "day": day}).json()
        assert {one["is_provisional"] for one in listed["results"]} == {True}

    def test_a_provisional_dose_moves_and_nobody_is_told(self, booked):
        dose = booked.doses()[0]
        at = dose.starts_at + timedelta(days=1)
        move_visit(visit=dose, starts_at=at, by=booked.by, reason="", now=NOW)
        assert not Message.objects.exists()
        booked.decide()
        assert letters("BOOKED").count() == 1


class TestDeciding:
    def test_eligible_confirms_and_tells_once(self, booked):
        decided = booked.decide()
        assert len(decided.confirmed) == 2
        assert [dose.is_provisional for dose in booked.doses()] == [False, False]
        assert letters("BOOKED").count() == 1
        assert letters("BOOKED").get().reminders.count() == 2
        assert CourseEvent.objects.get(kind="CONFIRMED").detail == {"visits": 2}

    def test_eligible_with_conditions_confirms_too(self, booked):
        booked.decide("ELIGIBLE_CONDITIONAL", due=TODAY + DAY)
        assert not any(dose.is_provisional for dose in booked.doses())

    def test_deferred_holds_back_and_a_later_yes_tells_again(self, cleared):
        cleared.again(now=NOW + timedelta(hours=1))
        decided = cleared.decide("DEFERRED", now=NOW + timedelta(hours=1))
        assert len(decided.waiting) == 2
        waiting = letters("BEFORE").filter(status=Message.Status.PENDING)
        assert not waiting.exists()
        cleared.again(now=NOW + timedelta(hours=2))
        answer_checklist(
            screening=cleared.screening, answers=answers_of(), by=cleared.by,
            now=NOW + timedelta(hours=2),
        )  # fmt: skip
        cleared.screening.indication = "IN_TRD"
        cleared.screening.save(update_fields=["indication"])
        cleared.decide("ELIGIBLE_CONDITIONAL", now=NOW + timedelta(hours=2), due=TODAY + DAY)
        assert not any(dose.is_provisional for dose in cleared.doses())
        assert letters("BOOKED").count() == 2

    def test_not_eligible_calls_doses_off_and_names_no_reason(self, cleared):
        cleared.again(now=NOW + timedelta(hours=1))
        decided = cleared.decide("NOT_ELIGIBLE", now=NOW + timedelta(hours=1))
        assert len(decided.released) == 2
        assert decided.is_stopped
        assert {dose.status for dose in cleared.doses()} == {"CANCELLED"}
        assert {dose.cancel_reason for dose in cleared.doses()} == {"Not cleared for treatment."}
        assert letters("CANCELLED").count() == 1

    def test_not_eligible_stops_the_course(self, booked):
        booked.decide("NOT_ELIGIBLE")
        booked.course.refresh_from_db()
        assert (booked.course.status, booked.course.stop_reason) == ("STOPPED", "NOT_ELIGIBLE")

    def test_a_course_that_is_kept_open_has_no_doses_and_can_be_screened_again(self, cleared):
        at = NOW + 2 * DAY
        prep = make_visit(
            cleared.course, cleared.clinic.office, at, kind="prep", visit_type="preparation"
        )
        cleared.again(now=NOW + timedelta(hours=1))
        decided = cleared.decide("NOT_ELIGIBLE", now=NOW + timedelta(hours=1), keep_open=True)
        assert not decided.is_stopped
        cleared.course.refresh_from_db()
        assert cleared.course.status == Course.Status.ACTIVE
        assert {dose.status for dose in cleared.doses()} == {"CANCELLED"}
        prep.refresh_from_db()
        assert prep.status == "PLANNED", "a talk goes on"
        assert clearance(cleared.course, TODAY).code == "NOT_ELIGIBLE"
        assert cleared.again(now=NOW + timedelta(hours=2)).is_open

    def test_who_was_never_told_of_doses_is_not_told_of_their_end(self, booked):
        booked.decide("NOT_ELIGIBLE")
        assert {dose.status for dose in booked.doses()} == {"CANCELLED"}
        assert not Message.objects.exists()

    def test_the_decision_says_who_in_which_role_until_when(self, cleared):
        row = Screening.objects.get(status=Status.ELIGIBLE)
        assert (row.evaluator, row.evaluator_role) == (cleared.by, Role.PRESCRIBER)
        assert row.expires_on == date(2026, 4, 5)
        assert row.basis["findings"]["CI_AVM"] == "NO"
        cleared.course.refresh_from_db()
        assert cleared.course.indication == "IN_TRD"

    def test_a_condition_that_is_overdue_stands_before_the_dose(self, booked):
        booked.decide("ELIGIBLE_CONDITIONAL", due=TODAY + DAY)
        assert clearance(booked.course, TODAY + DAY).is_cleared
        late = clearance(booked.course, TODAY + 2 * DAY)
        assert late.code == "CONDITION_OVERDUE"
        codes = [one.code for one in blockers(course=booked.course, on=TODAY + 2 * DAY, now=NOW)]
        assert "SCREENING_CONDITION_OVERDUE" in codes
        condition = booked.screening.conditions.get()
        meet_condition(condition=condition, note="", by=booked.by, now=NOW)
        assert clearance(booked.course, TODAY + 2 * DAY).is_cleared
        with pytest.raises(ConditionMet):
            meet_condition(condition=condition, note="", by=booked.by, now=NOW)


def late_doses(case):
    """Doses are booked for after the day on which the decision runs out."""
    for dose in case.doses():
        release_visit(dose, why=Why(), now=NOW)
    for number in (1, 2):
        at = datetime(2026, 4, 10, 15, tzinfo=UTC) + number * 3 * DAY
        make_visit(case.course, case.clinic.chair, at, seq=number)


class TestTime:
    def test_it_runs_out_after_ninety_days_without_a_dose(self, cleared):
        late = datetime(2026, 4, 5, 20, tzinfo=UTC)
        assert expire_screenings(now=late) == 0
        late_doses(cleared)
        assert expire_screenings(now=late + DAY) == 1
        assert standing(cleared) == Status.EXPIRED
        assert {dose.status for dose in cleared.doses()} == {"CANCELLED"}
        assert letters("CANCELLED").count() == 1
        assert expire_screenings(now=late + DAY) == 0

    def test_east_of_greenwich_it_runs_out_when_the_day_begins_there(self, ready):
        Site.objects.filter(pk=ready.course.site_id).update(timezone="Pacific/Auckland")
        ready.decide()
        assert expire_screenings(now=datetime(2026, 4, 6, 11, tzinfo=UTC)) == 0
        assert expire_screenings(now=datetime(2026, 4, 6, 13, tzinfo=UTC)) == 1
        assert standing(ready) == Status.EXPIRED

    def test_while_somebody_screens_again_doses_wait(self, cleared):
        late_doses(cleared)
        cleared.again()
        assert expire_screenings(now=datetime(2026, 4, 6, 15, tzinfo=UTC)) == 1
        planned = cleared.doses(status="PLANNED")
        assert [dose.is_provisional for dose in planned] == [True, True]


def test_messages_are_as_promised_at_every_step(clinic, clock):
    """G6 is about visits to come: here the clock is the world's."""
    now = datetime.now(UTC)
    clock(now)
    course = booked_from_now(clinic)
    assert not broken()
    hold_back(course)
    Screening.objects.filter(course=course).update(
        status=Status.EXPIRED, ended_at=now, ended_why=Ended.LAPSE
    )
    assert Session.objects.filter(is_provisional=True).count() == 4
    assert not broken()
    dose = course.visits.filter(kind="dosing").latest("starts_at")
    day, *_ = [day for day in slot_days(dose, now=now) for _ in day.slots]
    at = next(slot.starts_at for slot in day.slots if slot.starts_at != dose.starts_at)
    move_visit(visit=dose, starts_at=at, by=clinic.desk, reason="", now=now)
    assert not broken()
    clear(course, clinic.prescriber)
    assert len(confirm_doses(course, clinic.prescriber, now)) == 4
    assert not broken()
    pending = Message.objects.filter(kind="BEFORE", status="PENDING")
    pending.update(status="WITHDRAWN")
    assert "visit_has_its_reminders" in broken(), "the control"
