"""The only way for views and API to reach a version of the thresholds."""

from uuid import UUID

from clinic.access import row_for
from clinic.models import Membership
from courses.models import ThresholdVersion


def threshold_version_for(member: Membership, version_id: UUID) -> ThresholdVersion:
    """The version, or 404 when the member's organisation does not have it."""
    rows = ThresholdVersion.objects.select_related("organization", "drafted_by", "signed_by")
    return row_for(member, rows, version_id)
