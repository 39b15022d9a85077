"""The only way for views and API to reach a course or a protocol."""

from uuid import UUID, uuid4

from django.db.models import QuerySet

from clinic.access import own_of, require_at, require_open, row_for
from clinic.models import Membership
from clinic.prepared import Prepared
from clinic.rights import Right
from courses.models import Course, ProtocolVersion


def _courses(course: UUID) -> QuerySet[Course]:
    """The course with what is asked of it; `definition_of` has what its protocol says."""
    related = ("organization", "patient", "site", "protocol_version__protocol", "lead_therapist")
    rows = Course.objects.select_related(*related).defer("protocol_version__definition")
    return rows.filter(pk=course)


_COURSES = Prepared(_courses, course=uuid4())


def course_for(member: Membership, course_id: UUID, right: Right) -> Course:
    """The course; refuses as `patient_for` does, by the course's site."""
    course = own_of(member, _COURSES(course=course_id))
    require_at(member, right, [course.site_id])
    require_open(member, course.patient)
    return course


def protocol_version_for(member: Membership, version_id: UUID) -> ProtocolVersion:
    """The version of a protocol, or 404 when the member's organisation does not have it."""
    return row_for(member, ProtocolVersion.objects.select_related("protocol"), version_id)
