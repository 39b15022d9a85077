"""No dose is firm before its course is cleared; decisions, findings and time move bookings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from clinic.models import ConsentRecord, Role, Site
from courses.checks.selectors import due_for
from courses.models import Course, CourseEvent, Hold, RescreenReason, SafetyAlert, Screening
from courses.readiness import blockers
from courses.screening.selectors import clearance
from courses.screening.services import (
    ConditionMet,
    DecisionTooFavourable,
    meet_condition,
    take_over_answers,
)
from reminders.invariants import INVARIANTS as messages
from reminders.models import Message, Reminder, Rule
from scheduling.invariants import INVARIANTS as places
from scheduling.selectors import slot_days
from scheduling.services import accept_proposal, end_consent, move_visit
from scheduling.services.candidacy import confirm_doses, expire_screenings, hold_back
from scheduling.services.changing import Why, release_visit
from scheduling.services.happenings import (
    Happening,
    answer_checklist,
    note_check,
    note_diagnosis,
    report_happening,
)
from sessions.models import Session
from tests.factories import NOW, clear, make_course, make_patient, make_visit
from tests.hardening.booking import booked_from_now
from tests.screening.conftest import DAY, TODAY, answers_of, gather, screened

pytestmark = pytest.mark.django_db
Status, Ended = Screening.Status, Screening.Ended


def holds(case):
    return set(Hold.objects.open().filter(course=case.course).values_list("kind", flat=True))


def standing(case):
    return case.course.screenings.latest("started_at", "pk").status


def letters(kind):
    return Message.objects.filter(kind=kind).exclude(status=Message.Status.WITHDRAWN)


def broken():
    """Promises about messages and places that the rows break."""
    found = {}
    with connection.cursor() as cursor:
        for one in [*messages, *places]:
            cursor.execute(one.sql)
            if rows := cursor.fetchall():
                found[one.name] = rows
    return found


def report(case, kind, **said):
    what = Happening(kind, TODAY, **said)
    return report_happening(course=case.course, what=what, by=case.by, now=NOW)


def test_what_happens_to_an_interrupted_course_holds_its_doses_too(cleared):
    Course.objects.filter(pk=cleared.course.pk).update(status="INTERRUPTED")
    assert report(cleared, Ended.PREGNANCY)
    assert "PREGNANCY" in holds(cleared)
    assert standing(cleared) == Status.EXPIRED
    cleared.course.refresh_from_db()
    assert cleared.course.status == "INTERRUPTED"


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


def test_8_25_pregnancy_holds_all_dosing_at_once(cleared):
    """Doses wait without reminders; the course is interrupted, and stopped by the decision."""
    note_check(
        patient=cleared.course.patient, kind="PREGNANCY", on=TODAY, result="POSITIVE",
        by=cleared.clinic.nurse, now=NOW,
    )  # fmt: skip
    cleared.course.refresh_from_db()
    assert cleared.course.status == Course.Status.INTERRUPTED
    assert holds(cleared) == {"PREGNANCY"}
    assert "pregnancy registry" in Hold.objects.get().reason
    assert standing(cleared) == Status.EXPIRED
    assert all(dose.is_provisional for dose in cleared.doses())
    about = Reminder.objects.filter(rule__kind=Rule.Kind.BEFORE, message__status="PENDING")
    assert not about.exists()
    cleared.again()
    cleared.decide("NOT_ELIGIBLE")
    cleared.course.refresh_from_db()
    assert (cleared.course.status, cleared.course.stop_reason) == ("STOPPED", "MEDICAL")
    assert {dose.status for dose in cleared.doses()} == {"CANCELLED"}


def test_8_25_the_prescriber_keeps_the_course_open(cleared):
    report(cleared, Ended.PREGNANCY)
    cleared.again()
    cleared.decide("NOT_ELIGIBLE", keep_open=True)
    cleared.course.refresh_from_db()
    assert cleared.course.status == Course.Status.INTERRUPTED


def test_8_26_a_positive_drug_screen_holds_doses(cleared):
    note_check(
        patient=cleared.course.patient, kind="DRUG_SCREEN", on=TODAY, result="POSITIVE",
        by=cleared.clinic.nurse, now=NOW,
    )  # fmt: skip
    assert holds(cleared) == {"DRUG_SCREEN"}
    reason = RescreenReason.objects.get()
    assert (reason.kind, reason.recorded_by) == ("DRUG_SCREEN", cleared.clinic.nurse)
    cleared.course.refresh_from_db()
    assert cleared.course.status == Course.Status.ACTIVE


def test_8_27_a_new_benzodiazepine_asks_for_a_new_screening(cleared):
    report(cleared, Ended.MEDICATION, code="DI_BENZO")
    assert clearance(cleared.course, TODAY).code == "RESCREEN"
    assert holds(cleared) == {"RESCREEN"}


def test_8_27_found_in_the_checklist_it_ends_the_decision_that_did_not_know_it(cleared):
    cleared.again()
    answer_checklist(
        screening=cleared.screening, answers=answers_of(DI_BENZO="YES"), by=cleared.by, now=NOW
    )
    assert RescreenReason.objects.get().code == "DI_BENZO"
    assert all(dose.is_provisional for dose in cleared.doses())


def test_what_was_known_before_ends_nothing(cleared):
    cleared.again()
    answer_checklist(screening=cleared.screening, answers=answers_of(), by=cleared.by, now=NOW)
    assert not RescreenReason.objects.exists()
    assert clearance(cleared.course, TODAY).is_cleared


def test_8_46_a_minor_can_be_registered_and_has_no_dose_before_the_birthday(clinic):
    case = screened(clinic, birth_date=date(2008, 1, 20))
    gather(case)
    with pytest.raises(DecisionTooFavourable) as refusal:
        case.decide()
    assert [one["code"] for one in refusal.value.details] == ["CI_MINOR"]
    Course.objects.filter(pk=case.course.pk).update(
        earliest_on=date(2026, 1, 20), latest_first_on=date(2026, 2, 20)
    )
    at = datetime(2026, 1, 21, 15, tzinfo=UTC)
    make_visit(case.course, clinic.chair, at, is_provisional=True)
    case.course.refresh_from_db()
    case.decide()
    assert [dose.is_provisional for dose in case.doses()] == [False]


def test_8_46_the_clearance_begins_with_the_birthday(clinic):
    patient = make_patient(clinic.site, birth_date=date(2008, 1, 20))
    course = make_course(patient, clinic.version, clinic.desk)
    assert clearance(course, date(2026, 1, 19)).code == "MINOR"
    assert clearance(course, date(2026, 1, 20)).is_cleared


def test_8_62_without_consent_nobody_is_found_eligible_again(cleared):
    record = ConsentRecord.objects.get(patient=cleared.course.patient)
    end_consent(record=record, by=cleared.clinic.desk, now=NOW)
    assert {dose.status for dose in cleared.doses()} == {"CANCELLED"}
    cleared.again()
    take_over_answers(screening=cleared.screening, by=cleared.by, now=NOW)
    with pytest.raises(DecisionTooFavourable) as refusal:
        cleared.decide()
    assert "IN_CONSENT" in [one["code"] for one in refusal.value.details]


def test_8_68_a_hospital_admission_holds_and_asks_for_a_new_screening(cleared):
    assert report(cleared, Ended.ADMISSION)
    assert holds(cleared) == {"HOSPITAL"}
    assert standing(cleared) == Status.EXPIRED
    events = set(CourseEvent.objects.filter(course=cleared.course).values_list("kind", "reason"))
    assert ("SCREENING_OVER", "") in events, "the front desk reads no diagnosis there"


@pytest.mark.parametrize("code", ["CI_PSYCHOSIS_ACTIVE", "CI_MANIA"])
def test_8_69_psychosis_or_mania_stops_the_course(cleared, code):
    cleared.again()
    answer_checklist(
        screening=cleared.screening, answers=answers_of(**{code: "YES"}), by=cleared.by, now=NOW
    )
    cleared.course.refresh_from_db()
    assert cleared.course.status == Course.Status.INTERRUPTED
    assert holds(cleared) == {"PSYCHIATRIC"}
    cleared.decide("NOT_ELIGIBLE")
    cleared.course.refresh_from_db()
    assert (cleared.course.status, cleared.course.stop_reason) == ("STOPPED", "ADVERSE_EVENT")


class TestDanger:
    """CI_SI_IMMINENT: an alert at high risk, and doses are held, whatever was decided before."""

    def answer(self, case, said="YES"):
        answers = answers_of(CI_SI_IMMINENT=said)
        answer_checklist(screening=case.screening, answers=answers, by=case.by, now=NOW)

    def test_in_the_first_screening(self, case):
        self.answer(case)
        alert = SafetyAlert.objects.get()
        assert (alert.rule, alert.level) == ("CI_SI_IMMINENT", "HIGH")
        assert alert.course == case.course
        assert holds(case) == {"SUICIDE_RISK"}
        self.answer(case)
        assert SafetyAlert.objects.count() == 1

    def test_while_an_earlier_decision_holds(self, cleared):
        cleared.again()
        self.answer(cleared)
        assert holds(cleared) == {"SUICIDE_RISK", "RESCREEN"}
        assert standing(cleared) == Status.IN_PROGRESS
        assert all(dose.is_provisional for dose in cleared.doses())
        assert SafetyAlert.objects.count() == 1

    def test_every_open_course_of_the_patient_is_held(self, case):
        clinic = case.clinic
        other = make_course(case.course.patient, clinic.version, clinic.desk)
        self.answer(case)
        assert Hold.objects.get(course=other).kind == "SUICIDE_RISK"

    def test_no_and_unknown_tell_nobody(self, case):
        self.answer(case, "UNKNOWN")
        self.answer(case, "NO")
        assert not SafetyAlert.objects.exists()
        assert holds(case) == set()


def test_8_70_urinalysis_is_due_at_once_after_the_first_time(cleared, sign_in):
    def due():
        found = {one.check.kind: one for one in due_for(cleared.course, TODAY + 2 * DAY)}
        return found["URINALYSIS"]

    def result(kind, day, said):
        note_check(
            patient=cleared.course.patient, kind=kind, on=day, result=said, by=cleared.by,
            now=NOW + 3 * DAY,
        )  # fmt: skip

    assert not due().is_due(TODAY + 2 * DAY)
    result("URINARY_SYMPTOMS", TODAY + DAY, "POSITIVE")
    assert (due().due_on, due().prompted_on) == (TODAY + DAY, TODAY + DAY)
    assert holds(cleared) == set()
    result("URINALYSIS", TODAY + DAY, "NORMAL")
    assert not due().is_due(TODAY + 2 * DAY)


def test_8_70_urinary_pain_is_noted_and_the_second_time_in_a_row_holds(cleared):
    def asked(day, result):
        note_check(
            patient=cleared.course.patient, kind="URINARY_SYMPTOMS", on=day, result=result,
            by=cleared.by, now=NOW + 20 * DAY,
        )  # fmt: skip

    asked(TODAY + DAY, "POSITIVE")
    assert holds(cleared) == set()
    asked(TODAY + 8 * DAY, "NORMAL")
    asked(TODAY + 15 * DAY, "POSITIVE")
    assert holds(cleared) == set(), "not in a row"
    asked(TODAY + 18 * DAY, "POSITIVE")
    assert holds(cleared) == {"URINARY"}


@pytest.mark.parametrize("kind", [Ended.SYNCOPE, Ended.BP_RED, Ended.SWITCH, Ended.DIAGNOSIS])
def test_each_trigger_ends_the_decision(cleared, kind):
    report(cleared, kind)
    assert not clearance(cleared.course, TODAY).is_cleared
    assert holds(cleared) == {"RESCREEN"}


def test_a_new_diagnosis_ends_the_decision(cleared):
    note_diagnosis(
        patient=cleared.course.patient, system="ICD10", code="F41.1", label="Anxiety",
        by=cleared.by, now=NOW,
    )  # fmt: skip
    assert standing(cleared) == Status.EXPIRED


def test_a_course_that_is_over_is_left_alone(cleared):
    Course.objects.filter(pk=cleared.course.pk).update(status="COMPLETED")
    cleared.course.refresh_from_db()
    assert not report(cleared, Ended.ADMISSION)
    assert holds(cleared) == set()


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
