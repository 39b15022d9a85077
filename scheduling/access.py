"""The door to proposals and visits."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from scheduling.models import Proposal


def proposal_for(member: Membership, proposal_id: UUID, right: Right) -> Proposal:
    """The proposal; refuses as `patient_for` does, by the course's site."""
    rows = Proposal.objects.select_related(
        "course__patient", "course__site", "course__protocol_version__protocol", "lead_therapist"
    )
    proposal = row_for(member, rows, proposal_id)
    require_at(member, right, [proposal.course.site_id])
    require_open(member, proposal.course.patient)
    return proposal
