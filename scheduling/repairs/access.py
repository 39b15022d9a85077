"""The door to repairs."""

from uuid import UUID

from clinic.access import require_at, row_for
from clinic.models import Membership
from clinic.rights import Right
from scheduling.models import Repair, RepairWay


def repair_for(member: Membership, repair_id: UUID) -> Repair:
    """The repair, or 404; RightMissing where the member cannot book at its site."""
    rows = Repair.objects.select_related("site__organization", "requested_by")
    repair = row_for(member, rows, repair_id)
    require_at(member, Right.BOOK, [repair.site_id])
    return repair


def way_of(member: Membership, repair: Repair, way_id: UUID) -> RepairWay:
    """One of the repair's ways, or 404."""
    rows = RepairWay.objects.filter(repair=repair).select_related("repair__site__organization")
    return row_for(member, rows, way_id)
