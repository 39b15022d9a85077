"""Repairs, the ways found for each, and every visit of a way before and after."""

from django.db import models
from django.db.models import Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Room, Site, TenantModel
from courses.models import Course
from sessions.models import Session


class RepairQuerySet(models.QuerySet["Repair"]):
    def waiting(self) -> "RepairQuerySet":
        """Repairs that a worker still has to finish."""
        return self.filter(status__in=[Repair.Status.QUEUED, Repair.Status.RUNNING])


@audited(record="Repair", without=["claimed_until", "attempts", "stage", "progress"])
class Repair(TenantModel):
    """What somebody asked a worker to mend: the visits of some days that cannot stay."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "Waiting for a planner"
        RUNNING = "RUNNING", "Planning"
        READY = "READY", "Ready to accept"
        NOTHING = "NOTHING", "Nothing to mend"
        FAILED = "FAILED", "Planning failed"
        CANCELLED = "CANCELLED", "Cancelled"
        ACCEPTED = "ACCEPTED", "Accepted"
        DISCARDED = "DISCARDED", "Discarded"

    OPEN = (Status.QUEUED, Status.RUNNING, Status.READY)

    class Stage(models.TextChoices):
        NONE = "", "Waiting for a planner"
        READING = "READING", "Reading the book"
        FEWEST = "FEWEST", "Looking for the fewest moves"
        HIT_ONLY = "HIT_ONLY", "Looking for a way in which nobody else moves"
        LONGER = "LONGER", "Looking at longer shifts"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="repairs")
    first_on = models.DateField()
    last_on = models.DateField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    requested_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    # A worker's lease; when it lapses another worker takes the repair up.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=12, choices=Stage.choices, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RepairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="repair_ends_after_start", condition=Q(last_on__gte=models.F("first_on"))
            ),
            models.CheckConstraint(
                name="repair_progress_is_percent", condition=Q(progress__lte=100)
            ),
            models.CheckConstraint(
                name="repair_status",
                condition=Q(
                    status__in=[
                        "QUEUED", "RUNNING", "READY", "NOTHING", "FAILED", "CANCELLED",
                        "ACCEPTED", "DISCARDED",
                    ]
                ),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "-requested_at"], name="repair_by_site"),
            models.Index(
                fields=["requested_at"],
                name="repair_waiting",
                condition=Q(status__in=["QUEUED", "RUNNING"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


@audited(record="Way to mend")
class RepairWay(TenantModel):
    """One way to mend it."""

    class How(models.TextChoices):
        FEWEST = "FEWEST", "As few visits moved as possible"
        HIT_ONLY = "HIT_ONLY", "Nobody else is moved"
        LONGER = "LONGER", "Somebody works longer"

    repair = models.ForeignKey(Repair, on_delete=models.CASCADE, related_name="ways")
    how = models.CharField(max_length=12, choices=How.choices)
    # Fewer than so many visits can neither be moved nor left without a place.
    least = models.PositiveIntegerField()
    # [{member, on, before, after}]: minutes before and after the shift.
    longer = models.JSONField(default=list)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repair", "how"], name="repair_way_once"),
            models.CheckConstraint(
                name="repair_way_how", condition=Q(how__in=["FEWEST", "HIT_ONLY", "LONGER"])
            ),
        ]

    def __str__(self) -> str:
        return self.get_how_display()


@audited(patient="visit.patient", record="Visit to mend")
class RepairVisit(TenantModel):
    """A visit before and after; without an `after` it has no place, and `reason` says why."""

    class Reason(models.TextChoices):
        NO_PLACE = "NO_PLACE", "No time fits within the course’s rules"
        BY_HAND = "BY_HAND", "It hangs on something that only a person can settle"

    way = models.ForeignKey(RepairWay, on_delete=models.CASCADE, related_name="visits")
    visit = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    # Visits of one part are accepted together.
    part = models.PositiveSmallIntegerField()
    # Whether the visit cannot stay as it is (scheduling.repairs.hits.Cause), or gives way.
    causes = models.JSONField(default=list)
    version = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="+")
    staff = models.JSONField(default=dict)
    new_starts_at = models.DateTimeField(null=True, blank=True)
    new_room = models.ForeignKey(
        Room, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    new_staff = models.JSONField(default=dict)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["way", "visit"], name="repair_visit_once"),
            models.CheckConstraint(
                name="repair_visit_has_place_or_reason",
                condition=Q(new_starts_at__isnull=False, new_room__isnull=False, reason="")
                | Q(
                    new_starts_at__isnull=True,
                    new_room__isnull=True,
                    accepted_at__isnull=True,
                    reason__in=["NO_PLACE", "BY_HAND"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_moved(self) -> bool:
        """Whether it has another time."""
        return self.new_starts_at is not None and self.new_starts_at != self.starts_at
