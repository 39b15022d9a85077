"""What of a screening changes what is booked: answers, decisions, and what happens meanwhile."""

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
from clinic.rights import Right
from courses.access import course_for
from courses.checks.selectors import results_of
from courses.screening.access import screening_for
from courses.screening.api import TAGS, shown
from courses.screening.facts import diagnoses_of
from courses.screening.serializers import (
    AnswersInput,
    CheckInput,
    CheckOutput,
    ClearanceOutput,
    DecidedOutput,
    DecisionInput,
    DiagnosisInput,
    DiagnosisOutput,
    HappeningInput,
    ScreeningOutput,
)
from courses.screening.services import Answer, NewCondition
from scheduling.services.candidacy import decide_screening
from scheduling.services.happenings import (
    Happening,
    answer_checklist,
    note_check,
    note_diagnosis,
    report_happening,
)


class ScreeningAnswers(ApiView):
    """POST /screenings/{id}/answers"""

    right = Right.RECORD

    @extend_schema(
        operation_id="save_answers", tags=TAGS, request=AnswersInput, responses=ScreeningOutput
    )
    @idempotent
    def post(self, request: Request, screening_id: UUID) -> Response:
        """Keep answers of the checklist, all or none; 400 `absolute-stays`.

        What is newly found while an earlier decision holds ends that, and doses are held.
        """
        found = screening_for(self.member, screening_id, Right.RECORD)
        said = [Answer(**one) for one in self.sent(AnswersInput)["answers"]]
        answer_checklist(screening=found, answers=said, by=self.member, now=timezone.now())
        return Response(shown(found))


class ScreeningDecision(ApiView):
    """POST /screenings/{id}/decide"""

    right = Right.DECIDE

    @extend_schema(
        operation_id="decide_screening", tags=TAGS, request=DecisionInput, responses=DecidedOutput
    )
    @idempotent
    def post(self, request: Request, screening_id: UUID) -> Response:
        """Decide; 400 `decision-too-favourable` with the reasons, 409 `screening-decided`.

        Eligible confirms provisional doses, deferred holds them back, not eligible calls them off
        and stops the course, unless it is kept open.
        """
        found = screening_for(self.member, screening_id, Right.DECIDE)
        said = self.sent(DecisionInput)
        conditions = [NewCondition(**one) for one in said["conditions"]]
        decided = decide_screening(
            screening=found,
            outcome=said["outcome"],
            note=said["note"],
            conditions=conditions,
            by=self.member,
            now=timezone.now(),
            keep_open=said["keep_open"],
        )
        body: dict[str, Any] = {
            name: [visit.pk for visit in getattr(decided, name)]
            for name in ("confirmed", "waiting", "released")
        }
        body["is_stopped"] = decided.is_stopped
        zone = {"zone": found.course.site.zone}
        return Response(DecidedOutput({"screening": found, **body}, context=zone).data)


class CourseHappenings(ApiView):
    """POST /courses/{id}/happenings"""

    right = Right.RECORD

    @extend_schema(
        operation_id="report_happening",
        tags=TAGS,
        request=HappeningInput,
        responses={201: ClearanceOutput},
    )
    @idempotent
    def post(self, request: Request, course_id: UUID) -> Response:
        """Report what happened to the patient; doses are held until the next screening."""
        course = course_for(self.member, course_id, Right.RECORD)
        what = Happening(**self.sent(HappeningInput))
        report_happening(course=course, what=what, by=self.member, now=timezone.now())
        said = {"is_cleared": False, "code": "RESCREEN", "text": "A new screening is needed."}
        body = ClearanceOutput({**said, "screening": None, "in_progress": None}).data
        return Response(body, status=status.HTTP_201_CREATED)


class PatientDiagnoses(ListView):
    """GET and POST /patients/{id}/diagnoses"""

    rights = {"GET": Right.VIEW_CLINICAL, "POST": Right.DECIDE}

    @extend_schema(
        operation_id="list_diagnoses", tags=TAGS, responses={200: DiagnosisOutput(many=True)}
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """The patient’s coded diagnoses."""
        patient = patient_for(self.member, patient_id, Right.VIEW_CLINICAL)
        return self.page(diagnoses_of(patient), DiagnosisOutput, zone=patient.site.zone)

    @extend_schema(
        operation_id="record_diagnosis",
        tags=TAGS,
        request=DiagnosisInput,
        responses={201: DiagnosisOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Record a diagnosis; decisions that did not know it end."""
        patient = patient_for(self.member, patient_id, Right.DECIDE)
        said = self.sent(DiagnosisInput)
        row = note_diagnosis(patient=patient, by=self.member, now=timezone.now(), **said)
        body = DiagnosisOutput(row, context={"zone": patient.site.zone}).data
        return made(body, status.HTTP_201_CREATED)


class PatientChecks(ListView):
    """GET and POST /patients/{id}/check-results"""

    rights = {"GET": Right.VIEW_CLINICAL, "POST": Right.RECORD}

    @extend_schema(
        operation_id="list_check_results", tags=TAGS, responses={200: CheckOutput(many=True)}
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Results of laboratory and periodic checks."""
        patient = patient_for(self.member, patient_id, Right.VIEW_CLINICAL)
        return self.page(results_of(patient), CheckOutput, zone=patient.site.zone)

    @extend_schema(
        operation_id="record_check_result",
        tags=TAGS,
        request=CheckInput,
        responses={201: CheckOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Record a result; one that excludes holds the doses of courses under way."""
        patient = patient_for(self.member, patient_id, Right.RECORD)
        said = self.sent(CheckInput)
        row = note_check(patient=patient, by=self.member, now=timezone.now(), **said)
        body = CheckOutput(row, context={"zone": patient.site.zone}).data
        return made(body, status.HTTP_201_CREATED)
