"""Screenings: whether a course is cleared, what was found, trials, conditions."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, made
from clinic.models import Patient
from clinic.rights import Right, may
from courses.access import course_for
from courses.checks.selectors import due_for
from courses.checks.services import withdraw_check
from courses.models import Course, MedicationTrial, Screening
from courses.screening.access import (
    check_result_for,
    condition_for,
    diagnosis_for,
    screening_for,
    trial_for,
)
from courses.screening.facts import trial_fact, trials_of
from courses.screening.pages import sheet_of
from courses.screening.payers import profiles_on
from courses.screening.selectors import (
    clearance,
    open_screening,
    screenings_of,
    standing_screening,
)
from courses.screening.serializers import (
    ChecksDueOutput,
    ClearanceOutput,
    ConditionOutput,
    InErrorInput,
    MetInput,
    OverrideInput,
    ScreeningLine,
    ScreeningOutput,
    TermsInput,
    TrialInput,
    TrialOutput,
)
from courses.screening.services import (
    Terms,
    begin_screening,
    change_trial,
    mark_in_error,
    meet_condition,
    override_finding,
    record_trial,
    save_terms,
    take_over_answers,
    withdraw_diagnosis,
    withdraw_trial,
)
from courses.screening.trials import verdict
from courses.thresholds.selectors import thresholds_of

TAGS = ["screening"]


def shown(screening: Screening) -> dict[str, Any]:
    """The screening as the API shows it."""
    sheet = sheet_of(screening)
    found: dict[str, Any] = {
        "findings": list(sheet.findings.values()),
        "conditions": list(screening.conditions.order_by("due_on", "pk")),
    }
    if screening.is_open:
        found["result"] = sheet.result.outcome
        found["reasons"] = [reason.as_json() for reason in sheet.result.reasons]
    else:
        found["result"], found["reasons"] = screening.status, screening.reasons
    zone = screening.course.site.zone
    line = ScreeningLine(screening, context={"zone": zone}).data
    parts = _Parts(found, context={"zone": zone}).data
    return {**line, **parts}


class _Parts(ScreeningOutput):
    """What a screening has besides its line."""

    def get_fields(self) -> dict[str, Any]:
        """The parts alone."""
        wanted = ("findings", "conditions", "result", "reasons")
        return {name: field for name, field in super().get_fields().items() if name in wanted}


class CourseScreening(ApiView):
    """GET /courses/{id}/screening"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_clearance", tags=TAGS, responses=ClearanceOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Whether the course is cleared today; why not, for who sees clinical data."""
        course = course_for(self.member, course_id, Right.VIEW_PATIENTS)
        found = clearance(course, timezone.now().astimezone(course.site.zone).date())
        if not may(self.member, Right.VIEW_CLINICAL, course.site):
            return Response(_plain(found.is_cleared))
        standing, current = standing_screening(course), open_screening(course)
        said = {
            "is_cleared": found.is_cleared,
            "code": found.code,
            "text": found.text,
            "screening": standing.pk if standing else None,
            "in_progress": current.pk if current else None,
        }
        return Response(ClearanceOutput(said).data)


def _plain(is_cleared: bool) -> dict[str, Any]:
    text = "Cleared for treatment." if is_cleared else "Not cleared for treatment."
    said = {"is_cleared": is_cleared, "code": "", "text": text}
    return dict(ClearanceOutput({**said, "screening": None, "in_progress": None}).data)


class CourseScreenings(ListView):
    """GET and POST /courses/{id}/screenings"""

    rights = {"GET": Right.VIEW_CLINICAL, "POST": Right.RECORD}

    @extend_schema(
        operation_id="list_screenings", tags=TAGS, responses={200: ScreeningLine(many=True)}
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        """Every screening of the course, newest first."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return self.page(screenings_of(course), ScreeningLine, zone=course.site.zone)

    @extend_schema(
        operation_id="begin_screening",
        tags=TAGS,
        request=None,
        responses={201: ScreeningOutput},
    )
    @idempotent
    def post(self, request: Request, course_id: UUID) -> Response:
        """Begin a screening; the one in progress is given back where there is one."""
        course = course_for(self.member, course_id, Right.RECORD)
        found = begin_screening(course=course, by=self.member, now=timezone.now())
        found.course = course
        return made(shown(found), status.HTTP_201_CREATED)


class ScreeningDetail(ApiView):
    """GET and PATCH /screenings/{id}"""

    rights = {"GET": Right.VIEW_CLINICAL, "PATCH": Right.RECORD}

    @extend_schema(operation_id="read_screening", tags=TAGS, responses=ScreeningOutput)
    def get(self, request: Request, screening_id: UUID) -> Response:
        """One screening with its findings, conditions and every reason."""
        found = screening_for(self.member, screening_id, Right.VIEW_CLINICAL)
        return Response(shown(found))

    @extend_schema(
        operation_id="change_screening", tags=TAGS, request=TermsInput, responses=ScreeningOutput
    )
    def patch(self, request: Request, screening_id: UUID) -> Response:
        """Set the indication, the payer’s profile and the severity, all three at once."""
        found = screening_for(self.member, screening_id, Right.RECORD)
        save_terms(screening=found, terms=Terms(**self.sent(TermsInput)), now=timezone.now())
        return Response(shown(found))


class ScreeningTakeOver(ApiView):
    """POST /screenings/{id}/take-over"""

    right = Right.RECORD

    @extend_schema(
        operation_id="take_over_answers", tags=TAGS, request=None, responses=ScreeningOutput
    )
    @idempotent
    def post(self, request: Request, screening_id: UUID) -> Response:
        """Answer what is open as the patient’s screening before did."""
        found = screening_for(self.member, screening_id, Right.RECORD)
        take_over_answers(screening=found, by=self.member, now=timezone.now())
        return Response(shown(found))


class ScreeningOverride(ApiView):
    """POST /screenings/{id}/override"""

    right = Right.OVERRIDE

    @extend_schema(
        operation_id="override_finding",
        tags=TAGS,
        request=OverrideInput,
        responses=ScreeningOutput,
    )
    @idempotent
    def post(self, request: Request, screening_id: UUID) -> Response:
        """Go on despite a caution, for a reason and until a day; 400 `not-overridable`."""
        found = screening_for(self.member, screening_id, Right.OVERRIDE)
        said = self.sent(OverrideInput)
        override_finding(screening=found, by=self.member, now=timezone.now(), **said)
        return Response(shown(found))


class ScreeningInError(ApiView):
    """POST /screenings/{id}/in-error"""

    right = Right.SIGN_THRESHOLDS

    @extend_schema(
        operation_id="mark_finding_in_error",
        tags=TAGS,
        request=InErrorInput,
        responses=ScreeningOutput,
    )
    @idempotent
    def post(self, request: Request, screening_id: UUID) -> Response:
        """Take back a finding that was recorded in error."""
        found = screening_for(self.member, screening_id, Right.SIGN_THRESHOLDS)
        said = self.sent(InErrorInput)
        mark_in_error(screening=found, by=self.member, now=timezone.now(), **said)
        return Response(shown(found))


class ConditionMeeting(ApiView):
    """POST /conditions/{id}/meet"""

    right = Right.DECIDE

    @extend_schema(
        operation_id="meet_condition", tags=TAGS, request=MetInput, responses=ConditionOutput
    )
    @idempotent
    def post(self, request: Request, condition_id: UUID) -> Response:
        """Note that a condition is met; 409 `condition-met` when it was before."""
        found = condition_for(self.member, condition_id, Right.DECIDE)
        said = self.sent(MetInput)
        row = meet_condition(condition=found, by=self.member, now=timezone.now(), **said)
        zone = found.screening.course.site.zone
        return Response(ConditionOutput(row, context={"zone": zone}).data)


class _WithVerdicts:
    """How trials count, for what shows them."""

    @staticmethod
    def context(patient: Patient) -> dict[str, Any]:
        """The zone, and a function that judges a trial by every profile."""
        today = timezone.now().astimezone(patient.site.zone).date()
        thresholds, profiles = thresholds_of(patient.organization), profiles_on(today)

        def verdicts(trial: MedicationTrial) -> list[dict[str, Any]]:
            fact = trial_fact(trial)
            return [
                {"profile": one.code, "is_adequate": found.is_adequate,
                 "is_failed": found.is_failed, "why": found.why}
                for one in profiles
                for found in [verdict(fact, one, thresholds)]
            ]  # fmt: skip

        return {"zone": patient.site.zone, "verdicts": verdicts}


class PatientTrials(ListView):
    """GET and POST /patients/{id}/medication-trials"""

    rights = {"GET": Right.VIEW_CLINICAL, "POST": Right.RECORD}

    @extend_schema(
        operation_id="list_medication_trials", tags=TAGS, responses={200: TrialOutput(many=True)}
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """The patient’s trials, and how each counts under each payer’s profile."""
        patient = patient_for(self.member, patient_id, Right.VIEW_CLINICAL)
        return self.page(trials_of(patient), TrialOutput, **_WithVerdicts.context(patient))

    @extend_schema(
        operation_id="record_medication_trial",
        tags=TAGS,
        request=TrialInput,
        responses={201: TrialOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Record a medication trial."""
        patient = patient_for(self.member, patient_id, Right.RECORD)
        said = self.sent(TrialInput)
        row = record_trial(patient=patient, by=self.member, now=timezone.now(), **said)
        body = TrialOutput(row, context=_WithVerdicts.context(patient)).data
        return made(body, status.HTTP_201_CREATED)


class TrialDetail(ApiView):
    """PUT and DELETE /medication-trials/{id}"""

    right = Right.RECORD

    @extend_schema(
        operation_id="change_medication_trial",
        tags=TAGS,
        request=TrialInput,
        responses=TrialOutput,
    )
    def put(self, request: Request, medication_trial_id: UUID) -> Response:
        """Correct a medication trial."""
        trial = trial_for(self.member, medication_trial_id, Right.RECORD)
        said = self.sent(TrialInput)
        row = change_trial(trial=trial, by=self.member, now=timezone.now(), **said)
        return Response(TrialOutput(row, context=_WithVerdicts.context(trial.patient)).data)

    @extend_schema(operation_id="withdraw_medication_trial", tags=TAGS, responses={204: None})
    def delete(self, request: Request, medication_trial_id: UUID) -> Response:
        """Take back a trial that was recorded in error; it stays on record."""
        trial = trial_for(self.member, medication_trial_id, Right.RECORD)
        withdraw_trial(trial=trial, by=self.member, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class DiagnosisDetail(ApiView):
    """DELETE /diagnoses/{id}"""

    right = Right.DECIDE

    @extend_schema(operation_id="withdraw_diagnosis", tags=TAGS, responses={204: None})
    def delete(self, request: Request, diagnosis_id: UUID) -> Response:
        """Take back a diagnosis; it stays on record."""
        row = diagnosis_for(self.member, diagnosis_id, Right.DECIDE)
        withdraw_diagnosis(diagnosis=row, by=self.member, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CheckResultDetail(ApiView):
    """DELETE /check-results/{id}"""

    right = Right.RECORD

    @extend_schema(operation_id="withdraw_check_result", tags=TAGS, responses={204: None})
    def delete(self, request: Request, check_result_id: UUID) -> Response:
        """Take back a result that was recorded in error; it stays on record."""
        row = check_result_for(self.member, check_result_id, Right.RECORD)
        withdraw_check(result=row, by=self.member, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CourseChecks(ApiView):
    """GET /courses/{id}/checks-due"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="list_checks_due", tags=TAGS, responses=ChecksDueOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Every check of the course: whether it is needed, when it was done, when it is due."""
        course: Course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        today = timezone.now().astimezone(course.site.zone).date()
        return Response(ChecksDueOutput({"results": due_for(course, today)}).data)
