"""Safety alerts: who was told of a danger when, who took it on, and how it ended (DOMAIN 5.9)."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, Site, TenantModel
from courses.models.courses import Course

# A plan in fewer characters says nothing.
LEAST_PLAN = 20
TOO_SHORT_PLAN = f"Say what was agreed, in at least {LEAST_PLAN} characters."


class AlertQuerySet(models.QuerySet["SafetyAlert"]):
    def open(self) -> "AlertQuerySet":
        """Alerts that nobody has closed."""
        return self.filter(closed_at__isnull=True)

    def waiting(self) -> "AlertQuerySet":
        """Open alerts that nobody has taken on."""
        return self.open().filter(acknowledged_at__isnull=True)


@audited(record="Safety alert", clinical=True)
class SafetyAlert(TenantModel):
    """A danger that an answer told of; it is never deleted, and ends only by an assessment.

    A trigger lets it take the forward steps alone: level up, told to others, taken on, closed.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Level(models.TextChoices):
        ALERT = "ALERT", "Alert"
        URGENT = "URGENT", "Urgent"
        HIGH = "HIGH", "High risk"

    class Route(models.TextChoices):
        SERVING = "SERVING", "serves the patient today"
        ON_SHIFT = "ON_SHIFT", "is on shift"
        ON_CALL = "ON_CALL", "is on call"
        DIRECTOR = "DIRECTOR", "is the medical director"
        NOBODY = "NOBODY", "told for want of anybody on duty"

    class Risk(models.TextChoices):
        NONE = "NONE", "No present risk"
        LOW = "LOW", "Low"
        MODERATE = "MODERATE", "Moderate"
        HIGH = "HIGH", "High"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="alerts")
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="alerts", null=True, blank=True
    )
    # Whose people answer it: the course's site, or the patient's own.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    # What was positive, as a code: PHQ9_9, CSSRS …
    rule = models.CharField(max_length=40)
    level = models.CharField(max_length=8, choices=Level.choices)
    source_id = models.UUIDField()
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    routed_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    route = models.CharField(max_length=8, choices=Route.choices)
    acknowledged_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    # How often it went on to others unanswered, last when, and when it does next.
    escalations = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalates_at = models.DateTimeField()
    assessor = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    assessed_at = models.DateTimeField(null=True, blank=True)
    risk = models.CharField(max_length=8, choices=Risk.choices, blank=True)
    plan = models.TextField(max_length=2000, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_id", "rule"],
                name="safetyalert_open_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="safetyalert_level", condition=Q(level__in=["ALERT", "URGENT", "HIGH"])
            ),
            models.CheckConstraint(
                name="safetyalert_taken_on_by_somebody",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(
                    acknowledged_at__isnull=False,
                    acknowledged_at__gte=F("raised_at"),
                    acknowledged_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="safetyalert_closed_with_an_assessment",
                condition=Q(
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    assessor__isnull=True,
                    assessed_at__isnull=True,
                    risk="",
                    plan="",
                )
                | Q(
                    GreaterThanOrEqual(Length(Trim("plan")), LEAST_PLAN),
                    closed_at__isnull=False,
                    closed_at__gte=F("assessed_at"),
                    closed_by__isnull=False,
                    assessor__isnull=False,
                    assessed_at__isnull=False,
                    assessed_at__gte=F("raised_at"),
                    risk__in=["NONE", "LOW", "MODERATE", "HIGH"],
                    acknowledged_at__isnull=False,
                ),
                violation_error_message=TOO_SHORT_PLAN,
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "escalates_at"],
                name="safetyalert_waiting",
                condition=Q(acknowledged_at__isnull=True, closed_at__isnull=True),
            ),
            models.Index(
                fields=["site", "-raised_at"],
                name="safetyalert_open_by_site",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(fields=["site", "-closed_at"], name="safetyalert_by_site_and_end"),
            models.Index(fields=["patient", "-raised_at"], name="safetyalert_by_patient"),
            models.Index(fields=["source_id", "rule"], name="safetyalert_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} of {self.raised_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_at is None


@audited(patient="alert.patient", record="Step of a safety alert", clinical=True)
class AlertEvent(TenantModel):
    """One step of an alert: who did it or was told, and when; rows are only added."""

    application_may = ("SELECT", "INSERT")

    class Kind(models.TextChoices):
        RAISED = "RAISED", "Raised"
        LEVEL_RAISED = "LEVEL_RAISED", "Raised to a higher level"
        ROUTED = "ROUTED", "Given to"
        NOTIFIED = "NOTIFIED", "E-mail sent to"
        ESCALATED = "ESCALATED", "Unanswered; passed on"
        ACKNOWLEDGED = "ACKNOWLEDGED", "Taken on"
        CLOSED = "CLOSED", "Assessed and closed"

    alert = models.ForeignKey(SafetyAlert, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    # Empty where a rule or a worker did it.
    by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Who was told, and why it was them.
    to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    route = models.CharField(max_length=8, choices=SafetyAlert.Route.choices, blank=True)
    level = models.CharField(max_length=8, choices=SafetyAlert.Level.choices)

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="alertevent_by_alert")]

    def __str__(self) -> str:
        return self.get_kind_display()


@audited(
    patient="alert.patient",
    without=["claimed_until", "attempts"],
    record="Notice of a safety alert",
    clinical=True,
)
class AlertNotice(TenantModel):
    """An e-mail to one person that an alert awaits them; written with it, sent by a worker."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    alert = models.ForeignKey(SafetyAlert, on_delete=models.PROTECT, related_name="notices")
    to = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # Which telling of this person it is: each escalation tells again.
    round = models.PositiveSmallIntegerField()
    written_at = models.DateTimeField()
    # A worker's lease; when it lapses another worker takes the notice up.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "to", "round"], name="alertnotice_once_a_round"
            )
        ]
        indexes = [
            models.Index(
                fields=["organization"],
                name="alertnotice_unsent",
                condition=Q(sent_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


@audited(record="On call")
class OnCall(TenantModel):
    """Who answers a site's alerts when nobody there does, from when to when."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="oncall_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="The end must be later than the start.",
            )
        ]
        indexes = [models.Index(fields=["site", "ends_at"], name="oncall_by_site_and_end")]

    def __str__(self) -> str:
        return str(self.pk)
