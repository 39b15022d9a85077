"""The only way for views and API to reach a course or a protocol."""

from uuid import UUID

from clinic.access import row_for
from clinic.models import Membership
from courses.models import Course, ProtocolVersion


def course_for(member: Membership, course_id: UUID) -> Course:
    """The course, or 404 when the member's organisation does not have it."""
    courses = Course.objects.select_related(
        "organization", "patient", "site", "protocol_version__protocol", "lead_therapist"
    )
    return row_for(member, courses, course_id)


def protocol_version_for(member: Membership, version_id: UUID) -> ProtocolVersion:
    """The version of a protocol, or 404 when the member's organisation does not have it."""
    return row_for(member, ProtocolVersion.objects.select_related("protocol"), version_id)
