"""The door to proposals and visits."""

from uuid import UUID

from clinic.access import row_for
from clinic.models import Membership
from scheduling.models import Proposal


def proposal_for(member: Membership, proposal_id: UUID) -> Proposal:
    """The proposal, or 404 when the member's organisation does not have it."""
    rows = Proposal.objects.select_related(
        "course__patient", "course__site", "course__protocol_version__protocol", "lead_therapist"
    )
    return row_for(member, rows, proposal_id)
