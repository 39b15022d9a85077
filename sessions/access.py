"""The only way for views and API to reach a visit."""

from uuid import UUID

from clinic.access import row_for
from clinic.models import Membership
from sessions.models import Session


def visit_for(member: Membership, visit_id: UUID) -> Session:
    """The visit, or 404 when the member's organisation does not have it."""
    visits = Session.objects.select_related(
        "organization", "patient", "site", "course__protocol_version__protocol"
    )
    return row_for(member, visits, visit_id)
