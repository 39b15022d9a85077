"""Scores and doses of a course over time."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.views import ApiView
from clinic.rights import Right
from courses.access import course_for
from courses.curves.selectors import chart_of
from courses.curves.serializers import ChartOutput


class CourseCurves(ApiView):
    """GET /courses/{id}/curves"""

    right = Right.VIEW_CLINICAL

    @extend_schema(operation_id="read_course_curves", tags=["courses"], responses=ChartOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """Every complete score of the course by instrument, with its doses."""
        course = course_for(self.member, course_id, Right.VIEW_CLINICAL)
        return Response(ChartOutput(chart_of(course, now=timezone.now())).data)
