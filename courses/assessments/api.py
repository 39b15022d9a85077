"""Instruments, scores over time, what is due, answering, entering and mending."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for, sites_of
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, made, named
from clinic.charts import open_patient_ids
from clinic.models import Site
from clinic.rights import Right
from courses.access import course_for
from courses.assessments import services
from courses.assessments.access import assessment_for
from courses.assessments.selectors import (
    complete_scores,
    completeness,
    dues_of_course,
    overdue_at,
    overlapping_days,
)
from courses.assessments.serializers import (
    AmendInput,
    AssessmentInput,
    AssessmentOutput,
    FinishInput,
    InstrumentList,
    ItemAnswerInput,
    OverdueList,
    PlanOutput,
    SavedOutput,
    ScoreList,
    ScoresQuery,
    WithdrawInput,
)
from courses.instruments import instruments
from courses.models import Assessment, Course

LONGEST_LIST = 200


class Instruments(ApiView):
    """GET /instruments"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="list_instruments", tags=["scores"], responses=InstrumentList)
    def get(self, request: Request) -> Response:
        """Every instrument in its newest version."""
        return Response(InstrumentList({"results": instruments()}).data)


class PatientAssessments(ListView):
    """GET and POST /patients/{id}/assessments"""

    rights = {"GET": Right.VIEW_CLINICAL, "POST": Right.RECORD}

    @extend_schema(
        operation_id="list_patient_assessments",
        tags=["scores"],
        responses=AssessmentOutput(many=True),
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Everything that the patient ever answered, newest first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_CLINICAL)
        rows = Assessment.objects.filter(patient=patient)
        return self.page(rows, AssessmentOutput, zone=patient.site.zone)

    @extend_schema(
        operation_id="create_assessment",
        tags=["scores"],
        request=AssessmentInput,
        responses={201: AssessmentOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Record a finished score, or begin one to be answered item by item.

        422 `items-missing` names the items that have no answer. A positive answer to an item that
        asks about safety raises an alert at once.
        """
        patient = patient_for(self.member, patient_id, Right.RECORD)
        said = self.sent(AssessmentInput)
        course = self._course(said.pop("course"))
        code, now = said.pop("instrument"), timezone.now()
        own: Any = {"patient": patient, "code": code, "course": course, "by": self.member}
        if said.pop("is_draft"):
            kind = {name: said[name] for name in ("language", "variant", "point")}
            done = services.start_assessment(now=now, **own, **kind)
        else:
            done = services.enter_scores(entry=services.Entry(**said), now=now, **own)
        shown = AssessmentOutput(done, context={"zone": patient.site.zone})
        return made(shown.data, status.HTTP_201_CREATED)

    def _course(self, course_id: UUID | None) -> Course | None:
        if course_id is None:
            return None
        return named("course", lambda: course_for(self.member, course_id, Right.RECORD))


class _OfAssessment(ApiView):
    """A call about one assessment."""

    right = Right.RECORD

    def _found(self, assessment_id: UUID) -> Assessment:
        return assessment_for(self.member, assessment_id, Right.RECORD)

    def _shown(self, found: Assessment, code: int = status.HTTP_200_OK) -> Response:
        zone = (found.course or found.patient).site.zone
        body = AssessmentOutput(found, context={"zone": zone}).data
        return made(body, code) if code == status.HTTP_201_CREATED else Response(body)


class AssessmentDetail(_OfAssessment):
    """GET /assessments/{id}"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="read_assessment", tags=["scores"], responses=AssessmentOutput)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """One assessment with its answers and result."""
        return self._shown(assessment_for(self.member, assessment_id, Right.VIEW_CLINICAL))


class AssessmentAnswers(_OfAssessment):
    """POST /assessments/{id}/answers"""

    @extend_schema(
        operation_id="save_answer", tags=["scores"], request=ItemAnswerInput, responses=SavedOutput
    )
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Save one answer of a draft; what is unsafe in it raises an alert at once."""
        found = self._found(assessment_id)
        said = self.sent(ItemAnswerInput)
        saved = services.save_item(assessment=found, by=self.member, now=timezone.now(), **said)
        body = {"assessment": saved.assessment, "alerts": [one.pk for one in saved.alerts]}
        return Response(SavedOutput(body).data)


class AssessmentCompletion(_OfAssessment):
    """POST /assessments/{id}/complete"""

    @extend_schema(
        operation_id="complete_assessment",
        tags=["scores"],
        request=FinishInput,
        responses=AssessmentOutput,
    )
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Finish a draft; 422 `items-missing` unless gaps are accepted."""
        found = self._found(assessment_id)
        finish = services.Finish(**self.sent(FinishInput))
        return self._shown(
            services.complete_assessment(
                assessment=found, by=self.member, now=timezone.now(), finish=finish
            )
        )


class AssessmentAbandonment(_OfAssessment):
    """POST /assessments/{id}/abandon"""

    @extend_schema(
        operation_id="abandon_assessment", tags=["scores"], request=None, responses=AssessmentOutput
    )
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Break a draft off; its answers and its alerts stay."""
        found = self._found(assessment_id)
        return self._shown(
            services.abandon_assessment(assessment=found, by=self.member, now=timezone.now())
        )


class AssessmentAmendment(_OfAssessment):
    """POST /assessments/{id}/amend"""

    @extend_schema(
        operation_id="amend_assessment",
        tags=["scores"],
        request=AmendInput,
        responses={201: AssessmentOutput},
    )
    @idempotent
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Put a mended score in the place of one that was recorded wrongly; the old one stays."""
        found = self._found(assessment_id)
        said = self.sent(AmendInput)
        reason = said.pop("reason")
        mended = services.amend_assessment(
            assessment=found,
            entry=services.Entry(**said),
            reason=reason,
            by=self.member,
            now=timezone.now(),
        )
        return self._shown(mended, status.HTTP_201_CREATED)


class AssessmentWithdrawal(_OfAssessment):
    """POST /assessments/{id}/withdraw"""

    @extend_schema(
        operation_id="withdraw_assessment",
        tags=["scores"],
        request=WithdrawInput,
        responses=AssessmentOutput,
    )
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Let a score count for nothing from now on; it stays, with who and why."""
        found = self._found(assessment_id)
        said = self.sent(WithdrawInput)
        return self._shown(
            services.withdraw_assessment(
                assessment=found, by=self.member, now=timezone.now(), **said
            )
        )


class CourseAssessments(ApiView):
    """GET /courses/{id}/assessments"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="read_course_assessments", tags=["scores"], responses=PlanOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """What the plan asked for and still asks for, by date, and how complete it is."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        today = _today(course.site)
        found = {"completeness": completeness(course, today), "dues": dues_of_course(course)}
        return Response(PlanOutput(found, context={"today": today}).data)


def _today(site: Site) -> date:
    return timezone.now().astimezone(site.zone).date()


class CourseScores(ApiView):
    """GET /courses/{id}/scores"""

    right = Right.VIEW_CLINICAL

    @extend_schema(
        operation_id="list_course_scores",
        tags=["scores"],
        responses=ScoreList,
        parameters=[ScoresQuery],
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        """The course's scores over time; what was asked about another period is left out."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        wanted = self.asked(ScoresQuery).get("instrument")
        points = complete_scores([course], [wanted] if wanted else None)
        context = {"zone": course.site.zone, "overlaps": overlapping_days(points)}
        return Response(ScoreList({"results": points}, context=context).data)


class OverdueAssessments(ApiView):
    """GET /assessments-overdue"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="list_overdue_assessments", tags=["scores"], responses=OverdueList)
    def get(self, request: Request) -> Response:
        """What is overdue at each site at which scores may be seen, the longest first."""
        opened = open_patient_ids(self.member, now=timezone.now())
        listed: list[dict[str, Any]] = []
        for site in sites_of(self.member, Right.VIEW_CLINICAL):
            rows = overdue_at([site.pk], _today(site), open_ids=opened)[:LONGEST_LIST]
            listed.append({"site": site.pk, "dues": rows})
        # All of them are overdue by their own site's calendar.
        return Response(OverdueList({"results": listed}, context={"today": date.max}).data)
