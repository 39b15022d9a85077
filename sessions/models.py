"""Visits: planned, under way, done or not; a local variable of this kind is a `visit`."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Patient, Site, TenantModel
from courses.models import Course, VisitReason


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> "SessionQuerySet":
        """Visits that hold a place in the book: planned, under way or done."""
        return self.filter(status__in=Session.LIVE)

    def planned(self) -> "SessionQuerySet":
        """Visits to come."""
        return self.filter(status=Session.Status.PLANNED)


@audited(record="Visit")
class Session(TenantModel):
    """One visit of a course: preparation, dosing or integration."""

    class Kind(models.TextChoices):
        PREPARATION = "prep", "Preparation"
        DOSING = "dosing", "Dosing"
        INTEGRATION = "integration", "Integration"

    class Status(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        ARRIVED = "ARRIVED", "Arrived"
        IN_PROGRESS = "IN_PROGRESS", "In progress"
        OBSERVING = "OBSERVING", "Observing"
        DONE = "DONE", "Done"
        MISSED = "MISSED", "Missed"
        CANCELLED = "CANCELLED", "Cancelled"

    LIVE = (
        Status.PLANNED,
        Status.ARRIVED,
        Status.IN_PROGRESS,
        Status.OBSERVING,
        Status.DONE,
    )
    BEGUN = (Status.IN_PROGRESS, Status.OBSERVING, Status.DONE)

    CancelCode = VisitReason

    class Party(models.TextChoices):
        PATIENT = "PATIENT", "The patient"
        CLINIC = "CLINIC", "The clinic"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="visits")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="visits")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # 1, 2, … among its kind; for integration the number of the dose that it follows. The
    # evaluation before a course is preparation 0.
    seq = models.PositiveSmallIntegerField()
    visit_type = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PLANNED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # When the drug began: what was scored before it, in the same visit too, came before the dose.
    begun_at = models.DateTimeField(null=True, blank=True)
    # Grows with every move and with cancelling: the calendar's SEQUENCE, and what
    # reminders are written for.
    version = models.PositiveSmallIntegerField(default=0)
    scheduled_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # What somebody wrote beside the coded reason; clinical words, for who may see such.
    cancel_reason = models.CharField(max_length=240, blank=True)
    cancel_code = models.CharField(max_length=12, choices=CancelCode.choices, blank=True)
    # Who called the visit off; empty for one that was missed, and where nobody said.
    cancelled_by = models.CharField(max_length=8, choices=Party.choices, blank=True)
    # By the patient, with less notice than the organisation asked for then.
    is_late_cancel = models.BooleanField(default=False)
    # Held in the book until the patient is cleared for treatment: nobody has been told to come.
    is_provisional = models.BooleanField(default=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="session_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="session_cancelled_says_when",
                condition=Q(status="CANCELLED", cancelled_at__isnull=False)
                | (~Q(status="CANCELLED") & Q(cancelled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="session_kind", condition=Q(kind__in=["prep", "dosing", "integration"])
            ),
            models.CheckConstraint(
                name="session_status",
                condition=Q(
                    status__in=[
                        "PLANNED", "ARRIVED", "IN_PROGRESS", "OBSERVING", "DONE", "MISSED",
                        "CANCELLED",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="session_cancel_code",
                condition=Q(
                    cancel_code__in=[
                        "", "PATIENT_ILL", "PATIENT", "TRANSPORT", "FORGOTTEN", "NO_WORD",
                        "STAFF", "ROOM", "CLOSED", "NOT_TREATED", "WEATHER", "COURSE", "OTHER",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="session_only_cancelled_by_somebody",
                condition=Q(cancelled_by="", is_late_cancel=False)
                | Q(status="CANCELLED", cancelled_by="PATIENT")
                | Q(status="CANCELLED", cancelled_by="CLINIC", is_late_cancel=False),
            ),
            models.UniqueConstraint(
                fields=["course", "kind", "seq"],
                name="session_one_live_per_place",
                condition=~Q(status__in=["CANCELLED", "MISSED"]),
            ),
            models.CheckConstraint(
                name="session_provisional_gives_no_dose",
                condition=Q(is_provisional=False)
                | Q(status__in=["PLANNED", "ARRIVED", "MISSED", "CANCELLED"])
                & ~Q(kind="prep"),
            ),
            models.CheckConstraint(
                name="session_dose_says_when_it_began",
                condition=Q(
                    kind="dosing",
                    status__in=["IN_PROGRESS", "OBSERVING", "DONE"],
                    begun_at__isnull=False,
                )
                | ~Q(kind="dosing", status__in=["IN_PROGRESS", "OBSERVING", "DONE"])
                & Q(begun_at__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "starts_at"], name="session_by_site_and_time"),
            models.Index(fields=["patient", "starts_at"], name="session_by_patient_and_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.seq}" if self.seq else "Evaluation"

    @property
    def is_live(self) -> bool:
        """Whether the visit holds its place in the book."""
        return self.status in self.LIVE

    @property
    def local_date(self) -> date:
        """The date by the site's wall clock."""
        return self.starts_at.astimezone(self.site.zone).date()
