"""The door to groups."""

from uuid import UUID

from clinic.access import require_at, row_for
from clinic.models import Membership
from clinic.rights import Right
from scheduling.groups.models import GroupVisit


def group_for(member: Membership, group_id: UUID, right: Right) -> GroupVisit:
    """The group; 404 where the member has no role at its site, 403 without the right there."""
    rows = GroupVisit.objects.select_related("organization", "site", "room", "therapist")
    group = row_for(member, rows, group_id)
    require_at(member, right, [group.site_id])
    return group
