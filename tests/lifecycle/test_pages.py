"""The pages of what is done to a course: who reaches them, what they refuse, what they do."""

from datetime import UTC, date, timedelta

import pytest
from django.urls import reverse

from clinic.models import Role
from courses.holds.services import open_hold
from courses.models import CapOverride, Course, Dose, Hold, LapseDecision
from courses.state.acts import ACTS
from tests.factories import NOW, make_course, make_patient, make_version
from tests.lifecycle.lives import (
    DAY,
    WHY,
    at,
    definition_with_rules,
    dose_of,
    give_until,
    kinds,
    scored_after,
)
from tests.pages.conftest import queries_of

pytestmark = pytest.mark.django_db


def address(name, course):
    return reverse(f"scheduling:course_{name}", args=[course.pk])


def state(course):
    return reverse("courses:state_of_course", args=[course.pk])


def doses(course):
    return reverse("courses:doses_of_course", args=[course.pk])


@pytest.fixture
def desk(clinic, sign_in):
    return sign_in(clinic.desk)


@pytest.fixture
def held(clinic, course):
    return open_hold(
        course=course, kind=Hold.Kind.CLINICIAN, by=clinic.prescriber, reason=WHY, now=NOW
    )


DECIDED = [name for name, act in ACTS.items() if act.right in ("DECIDE", "OVERRIDE")]


@pytest.mark.parametrize("name", ACTS)
class TestEveryAct:
    def test_a_prescriber_is_asked_for_what_it_needs(self, course, prescriber, name):
        answer = prescriber.get(address(name, course))
        assert answer.status_code == 200
        assert ACTS[name].title in answer.content.decode()

    def test_nothing_sent_is_refused_beside_the_field_and_changes_nothing(
        self, course, prescriber, name
    ):
        before = kinds(course)
        answer = prescriber.post(address(name, course), {})
        course.refresh_from_db()
        if name in ("complete", "resume", "terms"):
            return
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()
        assert kinds(course) == before

    def test_an_anonymous_visitor_signs_in_first(self, course, client, name):
        assert client.get(address(name, course)).status_code == 302

    def test_a_stranger_finds_nothing(self, course, other_clinic, sign_in, name):
        stranger = sign_in(other_clinic.prescriber)
        assert stranger.get(address(name, course)).status_code == 404
        assert stranger.post(address(name, course), {"reason": WHY}).status_code == 404

    def test_another_method_is_refused(self, course, prescriber, name):
        assert prescriber.delete(address(name, course)).status_code == 405


@pytest.mark.parametrize("name", DECIDED)
def test_what_a_clinician_decides_the_desk_does_not(course, desk, name):
    assert desk.get(address(name, course)).status_code == 403
    assert desk.post(address(name, course), {"reason": WHY}).status_code == 403


class TestState:
    def test_the_desk_sees_that_doses_are_held_and_not_why(self, course, desk, held):
        html = desk.get(state(course)).content.decode()
        assert "Doses are held" in html
        assert WHY not in html
        assert address("release", course) not in html

    def test_a_prescriber_sees_why_and_what_can_be_done(self, course, prescriber, held):
        html = prescriber.get(state(course)).content.decode()
        assert WHY in html
        assert address("release", course) in html
        assert address("pause", course) in html

    def test_a_closed_course_offers_no_change(self, clinic, course, prescriber):
        prescriber.post(address("stop", course), {"code": "PATIENT_WISH"})
        html = prescriber.get(state(course)).content.decode()
        assert "Patient’s wish" in html
        assert address("stop", course) not in html
        assert address("pause", course) not in html

    def test_a_page_for_another_state_says_so(self, course, prescriber):
        answer = prescriber.get(address("resume", course)).content.decode()
        assert "there is nothing to do here" in answer


class TestDoing:
    def test_pausing_keeps_what_was_typed_when_the_day_is_past(self, course, desk):
        answer = desk.post(address("pause", course), {"until": "2026-01-05", "reason": WHY})
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "later day than today" in html
        assert WHY in html
        course.refresh_from_db()
        assert course.status == "ACTIVE"

    def test_pausing_tells_what_was_called_off(self, course, desk):
        said = {"until": "2026-02-01", "reason": WHY}
        answer = desk.post(address("pause", course), said, follow=True)
        assert "13 visits are called off" in answer.content.decode()
        course.refresh_from_db()
        assert course.status == "PAUSED"

    def test_a_second_pause_is_a_conflict(self, course, desk):
        said = {"until": "2026-02-01", "reason": WHY}
        desk.post(address("pause", course), said)
        assert desk.post(address("pause", course), said).status_code == 409

    def test_other_needs_words(self, course, prescriber):
        answer = prescriber.post(address("stop", course), {"code": "OTHER", "reason": ""})
        assert answer.status_code == 422
        assert "Please give a reason" in answer.content.decode()

    def test_a_course_with_doses_ahead_is_not_complete(self, course, prescriber):
        answer = prescriber.post(address("complete", course), {})
        assert answer.status_code == 409
        assert "still booked" in answer.content.decode()

    def test_a_hold_is_opened_and_released(self, clinic, course, prescriber):
        prescriber.post(address("hold", course), {"kind": "PREGNANCY", "reason": WHY})
        hold = Hold.objects.open().get(course=course)
        assert course.visits.planned().filter(kind="dosing").count() == 6
        prescriber.post(address("release", course), {"hold": hold.pk, "reason": WHY})
        assert not Hold.objects.open().exists()
        assert kinds(course)[-2:] == ["HELD", "RELEASED"]

    def test_holding_calls_off_doses_where_that_is_said(self, course, prescriber):
        said = {"kind": "PREGNANCY", "reason": WHY, "calls_off": "on"}
        prescriber.post(address("hold", course), said)
        assert not course.visits.planned().filter(kind="dosing").exists()
        assert course.visits.planned().filter(kind="prep").exists()

    def test_a_lapse_is_decided(self, clinic, course, sign_in, clock):
        last = give_until(course, clinic, seq=2)
        clock(at(last.on + 10 * DAY, course))
        prescriber = sign_in(clinic.prescriber)
        html = prescriber.get(address("lapse", course)).content.decode()
        assert "Continue and add one dose" in html
        assert "Restart" not in html
        assert "a complete score since the last dose: <strong>missing</strong>" in html
        said = {"on": last.on + 10 * DAY, "option": "ADD_1", "reason": WHY}
        refused = prescriber.post(address("lapse", course), said)
        assert refused.status_code == 422
        assert "Missing for this decision: a complete score" in refused.content.decode()
        scored_after(last, clinic, now=at(last.on + 10 * DAY, course))
        assert prescriber.post(address("lapse", course), said).status_code == 302
        assert LapseDecision.objects.get().option == "ADD_1"

    def test_a_lapse_offers_what_the_row_of_the_date_that_was_sent_has(
        self, clinic, course, sign_in, clock
    ):
        last = give_until(course, clinic, seq=2)
        clock(at(last.on + 13 * DAY, course))
        prescriber, page = sign_in(clinic.prescriber), address("lapse", course)
        later = last.on + 16 * DAY
        assert "Restart" not in prescriber.get(page).content.decode()
        html = prescriber.get(page, {"on": later}).content.decode()
        assert ("Restart" in html, "add one dose" in html) == (True, False)
        assert f'value="{later}"' in html
        assert "add one dose" in prescriber.get(page, {"on": "never"}).content.decode()
        said = {"on": later, "option": "RESTART", "reason": WHY}
        refused = prescriber.post(page, {**said, "option": "ADD_1"})
        assert refused.status_code == 422
        assert "Restart" in refused.content.decode()
        assert prescriber.post(page, said).status_code == 302
        decision = LapseDecision.objects.get()
        assert (decision.option, decision.days) == ("RESTART", 16)

    def test_a_hold_is_named_by_the_day_of_the_site(self, clinic, course, prescriber):
        evening = at(date(2026, 1, 4), course, hour=20)
        assert evening.astimezone(UTC).date() == date(2026, 1, 5)
        kind = Hold.Kind.CLINICIAN
        open_hold(course=course, kind=kind, by=clinic.prescriber, reason=WHY, now=evening)
        html = prescriber.get(address("release", course)).content.decode()
        assert "since 4 January 2026" in html

    def test_an_indication_that_the_protocol_lacks_is_shown_in_words(self, course, prescriber):
        Course.objects.filter(pk=course.pk).update(indication="IN_PAIN")
        version = course.protocol_version
        assert "IN_PAIN" not in version.definition.get("indications", [])
        html = prescriber.get(address("terms", course)).content.decode()
        assert ">IN_PAIN<" not in html

    def test_a_dose_elsewhere_is_recorded_and_withdrawn(self, course, prescriber):
        said = {"on": "2026-01-02", "drug": "racemic ketamine", "route": "IV"}
        assert prescriber.post(address("elsewhere", course), said).status_code == 302
        dose = Dose.objects.get()
        assert "at another clinic" in prescriber.get(doses(course)).content.decode()
        wrong = {"dose": dose.pk, "reason": WHY}
        assert prescriber.post(address("not_elsewhere", course), wrong).status_code == 302
        dose.refresh_from_db()
        assert dose.withdrawn_at == NOW

    def test_a_dose_elsewhere_is_not_of_the_future(self, course, prescriber):
        said = {"on": "2026-01-06", "drug": "racemic ketamine", "route": "IV"}
        answer = prescriber.post(address("elsewhere", course), said)
        assert answer.status_code == 422
        assert "check the date" in answer.content.decode()

    def test_a_cap_is_overridden_for_a_reason_that_says_something(self, course, prescriber):
        between = dose_of(course, 3).local_date - DAY
        Dose.objects.create(
            organization=course.organization, patient=course.patient, source="OUTSIDE",
            on=between - DAY, recorded_at=NOW, recorded_by=course.created_by,
        )  # fmt: skip
        said = {"on": between, "reason": "short"}
        assert prescriber.post(address("beyond_cap", course), said).status_code == 422
        said["reason"] = "Responds well and leaves for a month"
        assert prescriber.post(address("beyond_cap", course), said).status_code == 302
        assert CapOverride.objects.get().on == between

    def test_terms_are_kept(self, clinic, course, prescriber):
        said = {"goal": "PHQ-9 below 5", "review_on": "2026-02-01"}
        said["lead_prescriber"] = clinic.prescriber.pk
        assert prescriber.post(address("terms", course), said).status_code == 302
        course.refresh_from_db()
        assert (course.goal, course.lead_prescriber) == ("PHQ-9 below 5", clinic.prescriber)
        assert kinds(course)[-1] == "TERMS_CHANGED"

    def test_a_switch_leads_to_the_new_course(self, clinic, course, prescriber):
        version = make_version(clinic.organization, definition_with_rules(route="nasal"))
        said = {
            "relation": "SWITCH",
            "protocol_version": version.pk,
            "earliest_on": "2026-01-06",
            "latest_first_on": "2026-01-20",
            "reason": WHY,
        }
        answer = prescriber.post(address("follow", course), said)
        new = Course.objects.get(follows=course)
        assert answer["Location"] == reverse("courses:course", args=[new.pk])
        html = prescriber.get(state(course)).content.decode()
        assert "Goes on as" in html


class TestDoses:
    def test_without_a_dose_it_says_so(self, course, prescriber):
        assert "No dose yet" in prescriber.get(doses(course)).content.decode()

    def test_the_desk_does_not_see_amounts(self, course, desk):
        assert desk.get(doses(course)).status_code == 403

    def test_the_number_of_queries_does_not_grow(self, clinic, course, prescriber):
        counts = set()
        prescriber.get(doses(course))
        for number in range(1, 21):
            Dose.objects.create(
                organization_id=course.organization_id,
                patient=course.patient,
                course=course,
                source="OUTSIDE",
                on=NOW.date() - (100 - number) * DAY,
                drug="racemic ketamine",
                route="IV",
                recorded_at=NOW,
                recorded_by=clinic.prescriber,
            )
            if number in (1, 20):
                counts.add((queries_of(prescriber, doses(course)),))
        assert len(counts) == 1, counts


def test_a_director_decides_too(clinic, sign_in):
    director = sign_in(clinic.person(Role.MEDICAL_DIRECTOR))
    version = make_version(clinic.organization, definition_with_rules())
    course = make_course(make_patient(clinic.site), version, clinic.desk, status="ACTIVE")
    said = {"code": "NO_RESPONSE", "reason": ""}
    assert director.post(address("stop", course), said).status_code == 302
    course.refresh_from_db()
    assert (course.status, course.stop_reason) == ("STOPPED", "NO_RESPONSE")
    assert timedelta(0) == NOW - course.events.get(kind="STOPPED").at
