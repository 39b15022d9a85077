"""What screenings go by: medication trials, diagnoses and checks of a patient."""

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
from clinic.rights import Right
from courses.access import course_for
from courses.checks.selectors import due_for
from courses.checks.services import withdraw_check
from courses.models import Course, MedicationTrial
from courses.screening.access import (
    check_result_for,
    diagnosis_for,
    trial_for,
)
from courses.screening.api import TAGS
from courses.screening.facts import trial_fact, trials_of
from courses.screening.payers import profiles_on
from courses.screening.serializers import (
    ChecksDueOutput,
    TrialInput,
    TrialOutput,
)
from courses.screening.services import (
    change_trial,
    record_trial,
    withdraw_diagnosis,
    withdraw_trial,
)
from courses.screening.trials import verdict
from courses.thresholds.selectors import thresholds_of


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
