"""The only way for views and API to reach a course or a protocol."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from courses.models import Course, ProtocolVersion


def course_for(member: Membership, course_id: UUID, right: Right) -> Course:
    """The course; refuses as `patient_for` does, by the course's site."""
    courses = Course.objects.select_related(
        "organization", "patient", "site", "protocol_version__protocol", "lead_therapist"
    )
    course = row_for(member, courses, course_id)
    require_at(member, right, [course.site_id])
    require_open(member, course.patient)
    return course


def protocol_version_for(member: Membership, version_id: UUID) -> ProtocolVersion:
    """The version of a protocol, or 404 when the member's organisation does not have it."""
    return row_for(member, ProtocolVersion.objects.select_related("protocol"), version_id)
