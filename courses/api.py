"""Published protocols, and the courses of a patient."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.views import ApiView, ListView
from clinic.rights import Right
from courses.selectors import courses_of_patient, published_versions
from courses.serializers import CourseOutput, ProtocolList


class Protocols(ApiView):
    """GET /protocols"""

    right = Right.VIEW_SCHEDULE

    @extend_schema(operation_id="list_protocols", tags=["courses"], responses=ProtocolList)
    def get(self, request: Request) -> Response:
        """The protocols by which a course may start, all at once."""
        found = published_versions(organization=self.member.organization)
        return Response(ProtocolList({"results": found}).data)


class PatientCourses(ListView):
    """GET /patients/{id}/courses"""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="list_patient_courses",
        tags=["courses"],
        responses=CourseOutput(many=True),
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """The patient's courses, newest first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_PATIENTS)
        return self.page(courses_of_patient(patient=patient), CourseOutput)
