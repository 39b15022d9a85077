"""Screenings: whether a course is cleared, what was found, conditions."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, made
from clinic.rights import Right, may
from courses.access import course_for
from courses.models import Screening
from courses.screening.access import (
    condition_for,
    screening_for,
)
from courses.screening.pages import sheet_of
from courses.screening.selectors import (
    clearance,
    open_screening,
    screenings_of,
    standing_screening,
)
from courses.screening.serializers import (
    ClearanceOutput,
    ConditionOutput,
    InErrorInput,
    MetInput,
    OverrideInput,
    ScreeningLine,
    ScreeningOutput,
    TermsInput,
)
from courses.screening.services import (
    Terms,
    begin_screening,
    mark_in_error,
    meet_condition,
    override_finding,
    save_terms,
    take_over_answers,
)

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
