"""The one feed that somebody may have."""

from django.db import models

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel


@audited(record="Calendar feed", without=["digest", "read_at"])
class CalendarFeed(TenantModel):
    """Lets whoever knows the address read one person's visits; only a hash of it is kept."""

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    # The last reading, to the hour.
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"feed of {self.membership_id}"
