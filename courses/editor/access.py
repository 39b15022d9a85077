"""The only way for views and API to reach a protocol or a version of one in the editor."""

from uuid import UUID

from clinic.access import row_for
from clinic.models import Membership
from courses.models import Protocol, ProtocolVersion


def protocol_for(member: Membership, protocol_id: UUID) -> Protocol:
    """The protocol, or 404 when the member's organisation does not have it."""
    return row_for(member, Protocol.objects.all(), protocol_id)


def version_for(member: Membership, version_id: UUID) -> ProtocolVersion:
    """The version with its content, or 404 when the member's organisation does not have it."""
    rows = ProtocolVersion.objects.select_related(
        "protocol", "follows", "drafted_by", "signed_by", "retired_by"
    )
    return row_for(member, rows, version_id)
