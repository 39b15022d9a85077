"""A forecast of how many courses could start in each of the coming weeks."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Site, TenantModel
from courses.models import ProtocolVersion

WEEKS = 8


class ForecastQuerySet(models.QuerySet["CapacityForecast"]):
    def waiting(self) -> "ForecastQuerySet":
        """Forecasts that a worker still has to finish."""
        return self.filter(status__in=CapacityForecast.OPEN)


@audited(
    record="Capacity forecast",
    without=["claimed_until", "attempts", "weeks_done", "progress", "weeks"],
)
class CapacityForecast(TenantModel):
    """Eight weeks of one protocol at one site, counted week after week; no patient is in it."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "Waiting for a planner"
        RUNNING = "RUNNING", "Counting"
        READY = "READY", "Counted"
        CANCELLED = "CANCELLED", "Cancelled"
        FAILED = "FAILED", "Counting failed"

    OPEN = (Status.QUEUED, Status.RUNNING)

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    # The Monday of the first week.
    begins_on = models.DateField()
    requested_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    # A worker's lease on the next week; when it lapses another worker takes that week up.
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Of the next week; with `weeks_done` it tells one worker's hold from the next one's.
    attempts = models.PositiveSmallIntegerField(default=0)
    weeks_done = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    # [scheduling.capacity.starting.WeekFigures], one for each week that is done.
    weeks = models.JSONField(default=list)

    objects = ForecastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "protocol_version"],
                name="forecast_one_open",
                condition=Q(status__in=["QUEUED", "RUNNING"]),
            ),
            models.CheckConstraint(
                name="forecast_status",
                condition=Q(status__in=["QUEUED", "RUNNING", "READY", "CANCELLED", "FAILED"]),
            ),
            models.CheckConstraint(
                name="forecast_progress_is_percent", condition=Q(progress__lte=100)
            ),
            models.CheckConstraint(
                name="forecast_ready_is_whole",
                condition=~Q(status="READY") | Q(weeks_done=WEEKS, finished_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                "site", "protocol_version", F("requested_at").desc(), name="forecast_latest"
            ),
            models.Index(
                fields=["requested_at"],
                name="forecast_waiting",
                condition=Q(status__in=["QUEUED", "RUNNING"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()
