"""The edge cases of DOMAIN part 8 about the life of courses, by their numbers."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from psycopg.types.range import DateRange

from clinic.errors import DomainError
from courses.caps.selectors import excesses_of
from courses.doses.selectors import doses_of, doses_of_patient
from courses.lapses.selectors import lapse_of
from courses.lapses.services import NoDecisionAsked
from courses.models import Dose, Hold
from courses.readiness import blockers
from courses.services import extend_course
from reminders.models import Message
from scheduling.models import Reservation
from scheduling.places import places_of
from scheduling.problem import course_problem
from scheduling.services import (
    SlotRefused,
    cancel_visit,
    follow_course,
    miss_visit,
    move_visit,
    record_dose_elsewhere,
    request_proposal,
    settle_lapse,
    work_on_proposal,
)
from scheduling.services.accepting import accept_proposal
from sessions.services import DoseBlocked, change_status
from tests.factories import NOW, make_patient, make_version
from tests.lifecycle.lives import (
    DAY,
    WHY,
    at,
    definition_with_rules,
    dose_of,
    give,
    give_until,
    kinds,
    scored_after,
)
from tests.scheduling.test_proposing import accepted, proposed

pytestmark = pytest.mark.django_db


def replan(course, clinic, now):
    proposal = request_proposal(course=course, by=clinic.desk, now=now)
    work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=now)
    proposal.refresh_from_db()
    assert proposal.status == "READY", proposal.reason
    return accept_proposal(proposal=proposal, by=clinic.desk, now=now)


def elsewhere(course, on, clinic, **said):
    return record_dose_elsewhere(
        patient=course.patient,
        course=course,
        on=on,
        drug="canary-drug",
        route="IV",
        amount_mg=None,
        by=clinic.prescriber,
        now=said.pop("now", NOW),
        **said,
    )


class TestMissedDose:
    """8.8: dose 4 is missed by ten days; its lapse of 13 days asks a clinician."""

    @pytest.fixture
    def lapsed(self, clinic, course):
        last = give_until(course, clinic, seq=3)
        missed = dose_of(course, 4)
        for seq in (5, 6):
            cancel_visit(visit=dose_of(course, seq), by=clinic.desk, reason=WHY, now=NOW)
        noticed = missed.starts_at + timedelta(hours=1)
        miss_visit(visit=missed, by=clinic.desk, reason="Did not come", now=noticed)
        scored_after(last, clinic, now=noticed)
        return last.on + 13 * DAY

    def test_8_8_the_row_asks_for_a_score_and_a_decision(self, course, lapsed):
        lapse = lapse_of(course, on=lapsed)
        assert (lapse.days, lapse.row.from_days, lapse.row.to_days) == (13, 8, 14)
        assert (lapse.row.asks, lapse.row.needs) == ("DECISION", ["SCORE"])
        assert "LAPSE" in {one.code for one in blockers(course=course, on=lapsed, now=NOW)}

    def test_8_8_the_rest_is_planned_anew_from_the_actual_date(self, clinic, course, lapsed):
        settle_lapse(
            course=course,
            on=lapsed,
            option="CONTINUE",
            by=clinic.prescriber,
            reason=WHY,
            now=at(lapsed, course),
        )
        booked = replan(course, clinic, at(lapsed, course))
        doses = sorted(v.local_date for v in booked if v.kind == "dosing")
        assert len(doses) == 3
        assert doses[0] >= lapsed
        assert all(2 <= (b - a).days <= 5 for a, b in pairwise(doses))
        assert course.dose_count == 6

    @pytest.mark.parametrize(("option", "doses"), [("CONTINUE", 6), ("ADD_1", 7), ("ADD_2", 8)])
    def test_8_8_the_clinician_settles_the_number(self, clinic, course, lapsed, option, doses):
        settle_lapse(
            course=course,
            on=lapsed,
            option=option,
            by=clinic.prescriber,
            reason=WHY,
            now=at(lapsed, course),
        )
        course.refresh_from_db()
        assert course.dose_count == doses
        assert "MISSED_DECIDED" in kinds(course)
        assert not blockers(course=course, on=lapsed, now=NOW)

    def test_8_8_no_option_of_another_row_is_taken(self, clinic, course, lapsed):
        with pytest.raises(DomainError, match="option"):
            settle_lapse(
                course=course,
                on=lapsed,
                option="RESTART",
                by=clinic.prescriber,
                reason=WHY,
                now=at(lapsed, course),
            )

    def test_8_8_a_longer_lapse_asks_again(self, clinic, course, lapsed):
        said = {"course": course, "by": clinic.prescriber, "reason": WHY, "now": NOW}
        said["now"] = at(lapsed, course)
        settle_lapse(on=lapsed, option="CONTINUE", **said)
        with pytest.raises(NoDecisionAsked):
            settle_lapse(on=lapsed + DAY, option="CONTINUE", **said)
        assert lapse_of(course, on=lapsed + 2 * DAY).awaits_decision

    def test_8_8_booking_past_the_limit_holds_the_course(self, clinic, course, lapsed):
        # The gap's hard limit keeps the planner nearer than that; the desk may be late.
        later = lapsed - 2 * DAY
        replan(course, clinic, at(later, course))
        assert Hold.objects.open().get(course=course).kind == Hold.Kind.MISSED_DOSE
        visit = dose_of(course, 4)
        change_status(visit=visit, to="ARRIVED", by=clinic.nurse, now=visit.starts_at)
        with pytest.raises(DoseBlocked, match="lapse"):
            change_status(visit=visit, to="IN_PROGRESS", by=clinic.nurse, now=visit.starts_at)


def test_8_9_a_dose_is_not_given_before_the_minimum_gap(clinic, course):
    give_until(course, clinic, seq=1)
    second, first = dose_of(course, 2), dose_of(course, 1)
    with pytest.raises(SlotRefused, match="cannot start then"):
        move_visit(
            visit=second, starts_at=first.starts_at + DAY, by=clinic.desk, reason=WHY, now=NOW
        )


def test_8_20_a_transfer_brings_its_doses_along(clinic):
    clinic.version = make_version(clinic.organization, definition_with_rules())
    patient = make_patient(clinic.site)
    course = proposed(clinic, patient=patient).course
    last = NOW.date() - DAY
    for seq, on in enumerate((last - 3 * DAY, last), 1):
        elsewhere(course, on, clinic, seq=seq)
    booked = replan(course, clinic, NOW)
    doses = [visit for visit in booked if visit.kind == "dosing"]
    assert [visit.seq for visit in doses] == [3, 4, 5, 6]
    assert min(visit.local_date for visit in doses) >= last + 2 * DAY
    assert [dose.seq for dose in doses_of(course)] == [1, 2]


class TestUndeclaredDose:
    """8.21: the minimum gap and the caps go by all doses, wherever they were given."""

    def test_8_21_planned_doses_too_near_are_called_off(self, clinic, course):
        first = dose_of(course, 1)
        now = at(first.local_date - DAY, course)
        _, gone = elsewhere(course, first.local_date - DAY, clinic, now=now)
        assert first in gone
        assert Message.objects.filter(kind="CANCELLED").count() == 1

    def test_8_21_nothing_is_planned_too_near(self, clinic, course):
        second = dose_of(course, 2)
        before = second.local_date - 2 * DAY
        cancel_visit(visit=second, by=clinic.desk, reason=WHY, now=NOW)
        elsewhere(course, before, clinic, now=at(before, course))
        task = course_problem(course, now=at(before, course))
        barred = task.problem.courses[0].barred_dosing
        assert any(a <= at(before + DAY, course) < b for a, b in barred)
        assert not any(a <= at(before + 2 * DAY, course) < b for a, b in barred)

    def test_8_21_the_database_refuses_a_booked_dose_too_near(self, clinic, course):
        day, claims = dose_of(course, 1).local_date, Reservation.objects
        with pytest.raises(IntegrityError, match="too near"), transaction.atomic():
            _outside(course, day - DAY, clinic)
        _outside(course, day - 3 * DAY, clinic)
        nearer = DateRange(day - 2 * DAY, day)
        with pytest.raises(IntegrityError, match="too near"), transaction.atomic():
            claims.filter(session__course=course, session__seq=1, guard__isnull=False).update(
                guard=nearer
            )

    def test_8_21_one_that_is_found_when_the_patient_is_here_stops_the_dose(self, clinic, course):
        first = dose_of(course, 1)
        change_status(visit=first, to="ARRIVED", by=clinic.desk, now=first.starts_at)
        elsewhere(course, first.local_date - DAY, clinic, now=first.starts_at)
        with pytest.raises(DoseBlocked, match="another clinic"):
            change_status(visit=first, to="IN_PROGRESS", by=clinic.nurse, now=first.starts_at)

    def test_8_21_caps_count_it(self, clinic, course):
        first = dose_of(course, 1)
        on = first.local_date
        for days in (1, 3, 5):
            _outside(course, on + days * DAY + 30 * DAY, clinic)
        assert excesses_of(course, seq=1, on=on + 36 * DAY)
        assert not excesses_of(course, seq=1, on=on + 45 * DAY)


def _outside(course, on, clinic):
    return Dose.objects.create(
        organization_id=course.organization_id,
        patient=course.patient,
        course=course,
        source="OUTSIDE",
        on=on,
        drug="canary-drug",
        route="IV",
        recorded_at=NOW,
        recorded_by=clinic.prescriber,
    )


def switched(course, clinic, *, route, drug="canary-drug", now=NOW):
    version = make_version(clinic.organization, definition_with_rules(route=route, drug=drug))
    return follow_course(
        course=course,
        relation="SWITCH",
        protocol_version=version,
        earliest_on=now.date() + DAY,
        latest_first_on=now.date() + 15 * DAY,
        by=clinic.prescriber,
        reason=WHY,
        now=now,
    )


@pytest.mark.parametrize(
    ("number", "drug", "route"),
    [(22, "esketamine", "nasal"), (23, "racemic ketamine", "IV"), (24, "canary-drug", "IM")],
)
def test_8_22_8_23_8_24_another_drug_or_route_is_a_linked_course(
    clinic, course, number, drug, route
):
    """8.24: a route is a protocol's; the course of the new one begins where the old one closes."""
    dose = give_until(course, clinic, seq=1)
    now = at(dose.on, course, hour=20)
    new = switched(course, clinic, drug=drug, route=route, now=now)
    course.refresh_from_db()
    assert (course.status, course.stop_reason) == ("STOPPED", "SWITCHED")
    assert (new.status, new.follows, new.relation) == ("DRAFT", course, "SWITCH")
    assert not course.visits.planned().filter(starts_at__gt=now).exists()
    # No credit for doses of the old course, but they keep the gap and count for caps.
    assert lapse_of(new, on=dose.on + 10 * DAY) is None
    definition = places_of(new, _definition(new), today=dose.on).definition
    assert (definition.drug, definition.route) == (drug, route)
    assert list(doses_of_patient(new.patient)) == [dose]
    assert not doses_of(new).exists()


def _definition(course):
    from courses.selectors import definition_of

    return definition_of(course.protocol_version)


def test_8_42_a_prescriber_extends_six_doses_to_eight(clinic, course):
    extend_course(course=course, doses=2, by=clinic.prescriber, reason=WHY, now=NOW)
    event = course.events.get(kind="EXTENDED")
    assert (course.dose_count, event.by, event.reason) == (8, clinic.prescriber, WHY)
    booked = replan(course, clinic, NOW)
    assert [visit.seq for visit in booked if visit.kind == "dosing"] == [7, 8]
    with pytest.raises(DomainError, match="no more doses"):
        extend_course(course=course, doses=1, by=clinic.prescriber, reason=WHY, now=NOW)


class TestMissedIntegration:
    """8.57: two integration visits missed in a row hold the next dose, softly."""

    @pytest.fixture
    def course_asking(self, clinic):
        """A course whose protocol holds after so many missed; None where it says nothing."""

        def booked(missed):
            content = definition_with_rules()
            content["integration"]["holds_after_missed"] = missed
            clinic.version = make_version(clinic.organization, content)
            return accepted(clinic)

        return booked

    @pytest.mark.parametrize(("asked", "held"), [(1, True), (2, False), (3, False), (None, False)])
    def test_8_57_one_missed_holds_where_the_protocol_says_so(
        self, clinic, course_asking, asked, held
    ):
        course = course_asking(asked)
        give(dose_of(course, 1), clinic)
        self.miss(course, clinic, 1)
        assert Hold.objects.open().filter(course=course).exists() is held

    @pytest.mark.parametrize("asked", [3, None])
    def test_8_57_two_missed_hold_nothing_where_the_protocol_does_not_say_so(
        self, clinic, course_asking, asked
    ):
        course = course_asking(asked)
        for seq in (1, 2):
            give(dose_of(course, seq), clinic)
            self.miss(course, clinic, seq)
        assert not Hold.objects.open().filter(course=course).exists()

    def miss(self, course, clinic, seq):
        talk = course.visits.get(kind="integration", seq=seq, status="PLANNED")
        now = talk.starts_at + timedelta(hours=1)
        miss_visit(visit=talk, by=clinic.desk, reason="Did not come", now=now)
        return now

    def test_8_57_one_missed_holds_nothing(self, clinic, course):
        give(dose_of(course, 1), clinic)
        self.miss(course, clinic, 1)
        assert not Hold.objects.exists()

    def test_8_57_the_second_holds_the_next_dose(self, clinic, course):
        for seq in (1, 2):
            give(dose_of(course, seq), clinic)
            self.miss(course, clinic, seq)
        assert Hold.objects.open().get(course=course).kind == Hold.Kind.INTEGRATION
        third = dose_of(course, 3)
        change_status(visit=third, to="ARRIVED", by=clinic.desk, now=third.starts_at)
        with pytest.raises(DoseBlocked, match="integration missed"):
            change_status(visit=third, to="IN_PROGRESS", by=clinic.nurse, now=third.starts_at)
