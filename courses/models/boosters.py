"""Maintenance: where a course stands on its ladder of intervals, and when a booster is due."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel
from courses.models.courses import Course
from courses.models.doses import Dose


@audited(patient="course.patient", record="Interval of maintenance", clinical=True)
class MaintenanceStep(TenantModel):
    """A clinician's choice of the interval from then on; the latest one is in force.

    `interval_days` is empty for “as needed”. Rows are only ever added (DOMAIN 2.9).
    """

    application_may = ("SELECT", "INSERT")

    class Move(models.TextChoices):
        START = "START", "Maintenance begins"
        OUT = "OUT", "One step out"
        BACK = "BACK", "One step back"
        STAY = "STAY", "Interval kept"
        CHOSEN = "CHOSEN", "Interval chosen"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="maintenance_steps")
    number = models.PositiveSmallIntegerField()
    move = models.CharField(max_length=8, choices=Move.choices)
    interval_days = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=240)
    thresholds_number = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            # Two people who step at once: one wins.
            models.UniqueConstraint(fields=["course", "number"], name="maintenancestep_once"),
            models.CheckConstraint(name="maintenancestep_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="maintenancestep_interval",
                condition=Q(interval_days__isnull=True) | Q(interval_days__range=(1, 365)),
            ),
        ]

    def __str__(self) -> str:
        return self.get_move_display()


class BoosterWindowQuerySet(models.QuerySet["BoosterWindow"]):
    def open(self) -> "BoosterWindowQuerySet":
        """Windows in which a dose may still be booked."""
        return self.filter(status=BoosterWindow.Status.OPEN)


@audited(patient="course.patient", record="Booster window", clinical=True)
class BoosterWindow(TenantModel):
    """Days in which the next single dose is due, and why; nobody is treated by it (DOMAIN 2.9)."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Why(models.TextChoices):
        LADDER = "LADDER", "By the interval of maintenance"
        EARLY = "EARLY", "Early, on signs of relapse"

    class Status(models.TextChoices):
        OPEN = "OPEN", "Due"
        DONE = "DONE", "Dose given"
        LAPSED = "LAPSED", "Passed without a dose"
        CLOSED = "CLOSED", "Closed"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="booster_windows")
    why = models.CharField(max_length=8, choices=Why.choices)
    due_from = models.DateField()
    due_to = models.DateField()
    # The dose that it counts from, and the one that was given in it.
    after_dose = models.ForeignKey(
        Dose, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    dose = models.ForeignKey(
        Dose, on_delete=models.PROTECT, related_name="booster_windows", null=True, blank=True
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    # Empty where a rule opened it.
    opened_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=240)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = BoosterWindowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                name="boosterwindow_one_open",
                condition=Q(status="OPEN"),
            ),
            models.CheckConstraint(
                name="boosterwindow_in_order", condition=Q(due_to__gte=F("due_from"))
            ),
            models.CheckConstraint(
                name="boosterwindow_status",
                condition=Q(status="OPEN", closed_at__isnull=True, dose__isnull=True)
                | Q(status="DONE", closed_at__isnull=False, dose__isnull=False)
                | Q(status__in=["LAPSED", "CLOSED"], closed_at__isnull=False, dose__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_from"],
                name="boosterwindow_open_by_day",
                condition=Q(status="OPEN"),
            ),
            models.Index(fields=["course", "-due_from"], name="boosterwindow_by_course"),
        ]

    def __str__(self) -> str:
        return f"{self.due_from:%Y-%m-%d} to {self.due_to:%Y-%m-%d}"
