"""In whose visits somebody serves."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.models import Membership
from scheduling.models import StaffClaim

# Who served lately still knows the patient.
LATELY = timedelta(days=14)


def courses_served_by(member: Membership, *, now: datetime) -> frozenset[UUID]:
    """The courses, by id, of visits in which the member serves, from two weeks ago on."""
    claims = StaffClaim.objects.filter(membership=member, starts_at__gte=now - LATELY)
    return frozenset(claims.values_list("reservation__session__course_id", flat=True))
