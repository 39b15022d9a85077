"""Starting a course, and reading it with its visits."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for, row_for, site_for
from clinic.api.directory import colleagues_of
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made, named
from clinic.models import Membership, Role, Site
from clinic.rights import Right, may
from courses.access import course_for, protocol_version_for
from scheduling.selectors import course_timeline
from scheduling.serializers import CourseInput, CourseTimelineOutput, ProposalOutput
from scheduling.services import plan_new_course

# What may be said now or later.
TERMS = ("goal", "indication", "planned_end_on", "review_on")


def _rows(member: Membership, said: dict[str, Any]) -> dict[str, Any]:
    """The rows that the input names; ValidationError for one that is not there."""
    patient = named("patient", lambda: patient_for(member, said["patient"], Right.BOOK))
    site_id, lead_id = said.get("site", patient.site_id), said.get("lead_therapist")
    version_id = said["protocol_version"]
    site = named("site", lambda: site_for(member, site_id, Right.BOOK))
    return {
        "patient": patient,
        "site": site,
        "lead_prescriber": _prescriber(member, site, said.get("lead_prescriber")),
        "protocol_version": named(
            "protocol_version", lambda: protocol_version_for(member, version_id)
        ),
        "lead_therapist": named(
            "lead_therapist", lambda: row_for(member, colleagues_of(member), lead_id)
        )
        if lead_id
        else None,
    }


def _prescriber(member: Membership, site: Site, key: UUID | None) -> Membership | None:
    rows = Membership.objects.with_role(Role.PRESCRIBER, site)
    return named("lead_prescriber", lambda: row_for(member, rows, key)) if key else None


class CourseMaking(ApiView):
    """POST /courses"""

    right = Right.BOOK

    @extend_schema(
        operation_id="start_course",
        tags=["courses"],
        request=CourseInput,
        responses={202: ProposalOutput},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Start a course and ask for its schedule: the answer is the proposal to wait for."""
        said = self.sent(CourseInput)
        proposal = plan_new_course(
            **_rows(self.member, said),
            earliest_on=said["earliest_on"],
            latest_first_on=said["latest_first_on"],
            by=self.member,
            now=timezone.now(),
            **{name: said[name] for name in TERMS if name in said},
        )
        zone = {"zone": proposal.course.site.zone}
        return made(ProposalOutput(proposal, context=zone).data, status.HTTP_202_ACCEPTED)


class CourseDetail(ApiView):
    """GET /courses/{id}"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_course", tags=["courses"], responses=CourseTimelineOutput)
    def get(self, request: Request, course_id: UUID) -> Response:
        """One course with every visit, the places that are not booked, and the next step."""
        course = course_for(self.member, course_id, Right.VIEW_PATIENTS)
        reads_notes = may(self.member, Right.VIEW_CLINICAL, course.site)
        return Response(course_output(course, reads_notes=reads_notes))


def course_output(course: Any, *, reads_notes: bool = False) -> dict[str, Any]:
    """The course with its visits, as it is shown."""
    course.timeline = course_timeline(course, now=timezone.now())
    context = {"zone": course.site.zone, "reads_notes": reads_notes}
    return dict(CourseTimelineOutput(course, context=context).data)
