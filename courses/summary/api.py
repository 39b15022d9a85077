"""The summary for the referring doctor by the API."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from clinic.api.views import ApiView
from clinic.consents.access import consent_for
from clinic.rights import Right
from courses.access import course_for
from courses.summary.services import release_summary

PDF = "application/pdf"


class PdfRenderer(BaseRenderer):
    """Lets callers ask for a PDF; a refusal is told as everywhere."""

    media_type = PDF
    format = "pdf"
    charset = None

    def render(self, data: Any, *args: Any, **context: Any) -> bytes:
        """The problem, as JSON."""
        return JSONRenderer().render(data)


class CourseSummary(ApiView):
    """GET /courses/{id}/summary/{consent}"""

    right = Right.VIEW_CLINICAL
    renderer_classes = [JSONRenderer, PdfRenderer]

    @extend_schema(
        operation_id="read_course_summary",
        tags=["courses"],
        responses={(200, PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, course_id: UUID, consent_id: UUID) -> HttpResponse:
        """One page about the course as a PDF, for the recipient of a consent to release.

        409 `release-not-covered` where that consent does not hold or is for something else.
        """
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        consent = consent_for(self.member, consent_id, Right.VIEW_CLINICAL)
        made = release_summary(course=course, consent=consent, by=self.member, now=timezone.now())
        return HttpResponse(made, content_type=PDF)
