"""Screenings through the API: a clinician does it all, and nobody else what is not theirs."""

from datetime import timedelta

import pytest

from courses.models import CheckResult, Finding, Hold, MedicationTrial, Screening
from tests.api.conftest import Caller
from tests.factories import NOW
from tests.pages.conftest import queries_of
from tests.screening.conftest import DAY, TODAY, WHY, tried

pytestmark = pytest.mark.django_db
TRIAL = {"name": "Sertraline", "kind": "SSRI", "stopped": "NO_RESPONSE", "max_daily_mg": "150",
         "min_effective_mg": "50", "weeks_at_dose": "8", "was_taken_as_prescribed": True,
         "improvement_percent": 20}  # fmt: skip
RESULT = {"kind": "DRUG_SCREEN", "on": "2026-01-05", "result": "POSITIVE"}
ANSWERS = {"answers": [{"code": "DI_BENZO", "answer": "YES"}]}
OVERRIDE = {"code": "DI_BENZO", "reason": WHY, "until": "2026-03-01"}
DECISION = {"outcome": "NOT_ELIGIBLE"}


@pytest.fixture
def prescriber(clinic):
    return Caller(clinic.prescriber)


def code_of(answer):
    """The code of a refusal, which ends its type."""
    return answer.json()["type"].rpartition("/")[2].rpartition(":")[2]


def places(case):
    """Where each thing is sent, and what; none of it is of use to somebody without the right."""
    patient, course, screening = case.course.patient_id, case.course.pk, case.screening.pk
    return {
        f"/patients/{patient}/medication-trials": TRIAL,
        f"/patients/{patient}/check-results": RESULT,
        f"/patients/{patient}/diagnoses": {"system": "ICD10", "code": "F33.2", "label": "Sad"},
        f"/courses/{course}/screenings": {},
        f"/courses/{course}/happenings": {"kind": "ADMISSION", "on": "2026-01-05"},
        f"/screenings/{screening}/answers": ANSWERS,
        f"/screenings/{screening}/override": OVERRIDE,
        f"/screenings/{screening}/take-over": {},
        f"/screenings/{screening}/decide": DECISION,
    }


def reads(case):
    patient, course = case.course.patient_id, case.course.pk
    return [
        f"/patients/{patient}/medication-trials",
        f"/patients/{patient}/check-results",
        f"/patients/{patient}/diagnoses",
        f"/courses/{course}/screenings",
        f"/courses/{course}/checks-due",
        f"/screenings/{case.screening.pk}",
    ]


def untouched(case):
    case.screening.refresh_from_db()
    return case.screening.is_open and not any(
        model.objects.exists() for model in (MedicationTrial, CheckResult, Finding, Hold)
    )


def test_the_front_desk_may_do_and_read_none_of_it(case):
    desk = Caller(case.clinic.desk)
    for path, said in places(case).items():
        assert desk.post(path, said).status_code == 403, path
    for path in reads(case):
        assert desk.get(path).status_code == 403, path
    assert untouched(case)


def test_a_stranger_finds_nothing(case, other_clinic):
    stranger = Caller(other_clinic.prescriber)
    for path, said in places(case).items():
        assert stranger.post(path, said).status_code == 404, path
    for path in reads(case):
        assert stranger.get(path).status_code == 404, path
    assert untouched(case)


def test_a_nurse_records_and_does_not_decide(case):
    nurse, at = Caller(case.clinic.nurse), f"/screenings/{case.screening.pk}"
    assert nurse.post(f"{at}/answers", ANSWERS).status_code == 200
    assert nurse.post(f"{at}/override", OVERRIDE).status_code == 403
    assert nurse.post(f"{at}/decide", DECISION).status_code == 403


class TestTrials:
    def test_recorded_judged_corrected_and_withdrawn(self, case, prescriber):
        at = f"/patients/{case.course.patient_id}/medication-trials"
        made = prescriber.post(at, TRIAL)
        assert made.status_code == 201
        by_profile = {one["profile"]: one["is_failed"] for one in made.json()["verdicts"]}
        assert by_profile["LABEL"] is True
        one = f"/medication-trials/{made.json()['id']}"
        changed = prescriber.client.put(
            f"/api/v1{one}", TRIAL | {"weeks_at_dose": "2"}, content_type="application/json"
        ).json()
        by_profile = {one["profile"]: one["is_failed"] for one in changed["verdicts"]}
        assert by_profile["LABEL"] is False
        assert prescriber.delete(one).status_code == 204
        assert prescriber.delete(one).status_code == 409
        assert prescriber.get(at).json()["results"] == []

    def test_bad_input_names_the_member(self, case, prescriber):
        at = f"/patients/{case.course.patient_id}/medication-trials"
        answer = prescriber.post(at, TRIAL | {"weeks_at_dose": "-1"})
        assert answer.status_code == 400
        assert "weeks_at_dose" in answer.content.decode()
        assert not MedicationTrial.objects.exists()


class TestFindings:
    def test_an_override_without_a_reason_is_refused(self, case, prescriber):
        at = f"/screenings/{case.screening.pk}"
        prescriber.post(f"{at}/answers", ANSWERS)
        for reason in ("", "Too short"):
            answer = prescriber.post(f"{at}/override", OVERRIDE | {"reason": reason})
            assert answer.status_code == 400
            assert "reason" in answer.content.decode()
        assert not Finding.objects.exclude(override_by=None).exists()
        done = prescriber.post(f"{at}/override", OVERRIDE)
        assert done.status_code == 200
        found = {one["code"]: one for one in done.json()["findings"]}
        assert found["DI_BENZO"]["override_reason"] == WHY

    def test_an_absolute_one_is_not_overridden(self, case, prescriber):
        at = f"/screenings/{case.screening.pk}"
        prescriber.post(f"{at}/answers", {"answers": [{"code": "CI_AVM", "answer": "YES"}]})
        answer = prescriber.post(f"{at}/override", OVERRIDE | {"code": "CI_AVM"})
        assert (answer.status_code, code_of(answer)) == (400, "not-overridable")

    def test_what_is_not_answered_yet_is_deferred(self, case, prescriber):
        found = prescriber.get(f"/screenings/{case.screening.pk}").json()
        assert found["result"] == "DEFERRED"
        said = {one["code"]: one["text"] for one in found["reasons"]}
        assert said["CI_AVM"].endswith("not answered yet.")


class TestChecks:
    def test_a_positive_drug_screen_holds_doses(self, cleared, prescriber):
        at = f"/patients/{cleared.course.patient_id}/check-results"
        assert prescriber.post(at, RESULT).status_code == 201
        assert Hold.objects.get().kind == "DRUG_SCREEN"
        held = prescriber.get(f"/courses/{cleared.course.pk}/screening").json()
        assert (held["is_cleared"], held["code"]) == (False, "RESCREEN")

    def test_a_day_to_come_is_refused(self, case, prescriber):
        at = f"/patients/{case.course.patient_id}/check-results"
        answer = prescriber.post(at, RESULT | {"on": "2026-02-05"})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/on"

    def test_8_70_what_is_due_at_once_says_why(self, cleared, prescriber):
        said = {"kind": "URINARY_SYMPTOMS", "on": "2026-01-05", "result": "POSITIVE"}
        prescriber.post(f"/patients/{cleared.course.patient_id}/check-results", said)
        CheckResult.objects.filter(kind="URINALYSIS").update(on=TODAY - DAY)
        listed = prescriber.get(f"/courses/{cleared.course.pk}/checks-due").json()["results"]
        found = {one["kind"]: one for one in listed}
        assert found["URINALYSIS"]["prompted_on"] == "2026-01-05"
        assert found["URINALYSIS"]["due_on"] == "2026-01-05"
        assert found["LIVER"]["prompted_on"] is None


class TestDecision:
    def test_eligible_confirms(self, booked, prescriber):
        said = {"outcome": "ELIGIBLE", "note": "Suits well."}
        answer = prescriber.post(f"/screenings/{booked.screening.pk}/decide", said)
        assert answer.status_code == 200
        body = answer.json()
        assert (len(body["confirmed"]), body["is_stopped"]) == (2, False)
        again = prescriber.post(f"/screenings/{booked.screening.pk}/decide", said)
        assert (again.status_code, code_of(again)) == (409, "screening-decided")

    def test_too_favourable_says_why_not(self, case, prescriber):
        answer = prescriber.post(f"/screenings/{case.screening.pk}/decide", {"outcome": "ELIGIBLE"})
        assert (answer.status_code, code_of(answer)) == (400, "decision-too-favourable")
        assert Screening.objects.get().is_open

    @pytest.mark.parametrize(("keep_open", "status"), [(False, "STOPPED"), (True, "ACTIVE")])
    def test_not_eligible_stops_the_course_unless_it_is_kept(
        self, booked, prescriber, keep_open, status
    ):
        said = DECISION | {"keep_open": keep_open}
        answer = prescriber.post(f"/screenings/{booked.screening.pk}/decide", said)
        assert answer.json()["is_stopped"] is not keep_open
        booked.course.refresh_from_db()
        assert booked.course.status == status


class TestQueries:
    """Lists take as many queries with twenty rows as with one."""

    def compare(self, browser, address, more):
        browser.get(address)
        few = queries_of(browser, address)
        for number in range(19):
            more(number)
        assert queries_of(browser, address) == few

    def test_screenings(self, booked, sign_in):
        def decide(number):
            at = NOW + (number + 1) * timedelta(minutes=1)
            booked.again(now=at)
            booked.decide("DEFERRED", now=at)

        booked.decide("DEFERRED")
        address = f"/api/v1/courses/{booked.course.pk}/screenings"
        self.compare(sign_in(booked.by), address, decide)

    def test_trials(self, case, sign_in):
        tried(case)
        address = f"/api/v1/patients/{case.course.patient_id}/medication-trials"
        self.compare(sign_in(case.by), address, lambda number: tried(case))

    def test_results_of_checks(self, case, sign_in):
        def record(number):
            CheckResult.objects.create(
                organization=case.clinic.organization, patient=case.course.patient, kind="LIVER",
                on=TODAY, result="NORMAL", recorded_at=NOW, recorded_by=case.by,
            )  # fmt: skip

        record(0)
        address = f"/api/v1/patients/{case.course.patient_id}/check-results"
        self.compare(sign_in(case.by), address, record)
