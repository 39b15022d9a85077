"""In whose visits somebody serves."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.models import Membership
from scheduling.models import StaffClaim
from sessions.models import Session

# Who served lately still knows the patient.
LATELY = timedelta(days=14)


def courses_served_by(member: Membership, *, now: datetime) -> frozenset[UUID]:
    """The courses, by id, of visits in which the member serves, from two weeks ago on."""
    claims = StaffClaim.objects.filter(membership=member, starts_at__gte=now - LATELY)
    own = claims.values_list("reservation__session__course_id", flat=True)
    groups = Session.objects.live().filter(
        reservation__group__therapist=member, starts_at__gte=now - LATELY
    )
    together = groups.values_list("course_id", flat=True)
    return frozenset(pk for pk in (*own, *together) if pk)
