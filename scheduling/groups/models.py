"""A group visit: where, when, with whom, and for how many."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Room, Site, TenantModel


class GroupQuerySet(models.QuerySet["GroupVisit"]):
    def planned(self) -> "GroupQuerySet":
        """Groups that take place, to come or over."""
        return self.filter(status=GroupVisit.Status.PLANNED)

    def with_taken(self) -> "GroupQuerySet":
        """Each with the number of its places that are taken, as `taken`."""
        of_members = models.Count("reservations", filter=Q(reservations__session__isnull=False))
        return self.annotate(taken=of_members)


@audited(record="Group visit")
class GroupVisit(TenantModel):
    """Several patients with one therapist in one room; triggers keep its number of places."""

    class Kind(models.TextChoices):
        PREPARATION = "prep", "Group preparation"
        INTEGRATION = "integration", "Group integration"
        THERAPY = "therapy", "Group therapy"

    class Status(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        CANCELLED = "CANCELLED", "Cancelled"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="groups")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+")
    therapist = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="groups")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # For how long the room stays taken afterwards.
    turnover_minutes = models.PositiveSmallIntegerField(default=0)
    places = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PLANNED)
    # What groups of one weekly series have in common.
    series = models.UUIDField(null=True, blank=True)
    # Grows with every change, so that what was shown can be told from what is.
    version = models.PositiveSmallIntegerField(default=0)
    # Of the last change, as a calendar tells it.
    scheduled_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="groupvisit_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(name="groupvisit_is_of_several", condition=Q(places__gte=2)),
            models.CheckConstraint(
                name="groupvisit_kind", condition=Q(kind__in=["prep", "integration", "therapy"])
            ),
            models.CheckConstraint(
                name="groupvisit_cancelled_says_when",
                condition=Q(status="CANCELLED", cancelled_at__isnull=False)
                | Q(status="PLANNED", cancelled_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["site", "starts_at"], name="groupvisit_by_site_and_time")]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def is_planned(self) -> bool:
        """Whether it takes place."""
        return self.status == self.Status.PLANNED

    @property
    def serves(self) -> str:
        """The kind of visit whose place it takes. Protocols know no talk after a dose but
        integration, so that a therapy group counts as that [dd]."""
        return "prep" if self.kind == self.Kind.PREPARATION else "integration"

    @property
    def local_date(self) -> date:
        """The date by the site's wall clock."""
        return self.starts_at.astimezone(self.site.zone).date()

    @property
    def minutes(self) -> int:
        """How long the patients stay."""
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    def has_begun(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.starts_at <= now
