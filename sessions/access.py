"""The only way for views and API to reach a visit."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from sessions.models import Session


def visit_for(member: Membership, visit_id: UUID, right: Right) -> Session:
    """The visit; refuses as `patient_for` does, by the visit's site."""
    visits = Session.objects.select_related(
        "organization", "patient", "site", "course__protocol_version__protocol"
    )
    visit = row_for(member, visits, visit_id)
    require_at(member, right, [visit.site_id])
    require_open(member, visit.patient)
    return visit
