"""Times that a proposal keeps from others until it is accepted, discarded or too old."""

from datetime import datetime

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q

from clinic.models import Membership, Role, Room, Site, TenantModel
from courses.models import Course


class SlotHoldQuerySet(models.QuerySet["SlotHold"]):
    def live(self, now: datetime) -> "SlotHoldQuerySet":
        """Holds that are not over."""
        return self.filter(held_until__gt=now)


class SlotHold(TenantModel):
    """A proposed visit's hold on a room and, by its loads, on people; it books nothing.

    It counts until `held_until`, whether or not its row is gone by then. A trigger removes the
    holds of a proposal that is no longer to be accepted, and of a course that is not under way.
    """

    proposal = models.ForeignKey(
        "scheduling.Proposal", on_delete=models.CASCADE, related_name="holds"
    )
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    held_by = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    visit_type = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # The room is kept through turnover.
    room_during = DateTimeRangeField()
    held_since = models.DateTimeField()
    held_until = models.DateTimeField()

    objects = SlotHoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="slothold_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="slothold_is_for_a_while", condition=Q(held_until__gt=F("held_since"))
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "starts_at"], name="slothold_by_start"),
            models.Index(fields=["organization", "held_until"], name="slothold_by_end"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class HeldLoad(TenantModel):
    """Load that a held visit would put on one person during one stretch."""

    hold = models.ForeignKey(SlotHold, on_delete=models.CASCADE, related_name="loads")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices)
    during = DateTimeRangeField()
    load = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="heldload_positive", condition=Q(load__gte=1)),
        ]

    def __str__(self) -> str:
        return str(self.pk)
