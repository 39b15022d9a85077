"""What happens to a patient ends or holds the decision on the course, each case by its number."""

from datetime import UTC, date, datetime

import pytest

from clinic.models import ConsentRecord
from courses.checks.selectors import due_for
from courses.models import Course, CourseEvent, Hold, RescreenReason, SafetyAlert, Screening
from courses.screening.selectors import clearance
from courses.screening.services import (
    DecisionTooFavourable,
    take_over_answers,
)
from reminders.models import Reminder, Rule
from scheduling.services import end_consent
from scheduling.services.happenings import (
    answer_checklist,
    note_check,
    note_diagnosis,
)
from tests.factories import NOW, make_course, make_patient, make_visit
from tests.screening.conftest import DAY, TODAY, answers_of, gather, screened
from tests.screening.watching import holds, report, standing

pytestmark = pytest.mark.django_db
Status, Ended = Screening.Status, Screening.Ended


def test_what_happens_to_an_interrupted_course_holds_its_doses_too(cleared):
    Course.objects.filter(pk=cleared.course.pk).update(status="INTERRUPTED")
    assert report(cleared, Ended.PREGNANCY)
    assert "PREGNANCY" in holds(cleared)
    assert standing(cleared) == Status.EXPIRED
    cleared.course.refresh_from_db()
    assert cleared.course.status == "INTERRUPTED"


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
