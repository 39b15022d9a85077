"""Doses that a patient has had, here or elsewhere: what gaps, lapses and caps are counted from."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, TenantModel
from courses.models.courses import Course


@audited(record="Dose", clinical=True)
class Dose(TenantModel):
    """One dose that was given; of a course, or before and beside it at another clinic.

    `on` is the local date at the place where it was given. A dose of less than half
    is kept and does not count for the schedule (DOMAIN 4.2).
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Source(models.TextChoices):
        HERE = "HERE", "Given here"
        OUTSIDE = "OUTSIDE", "Given at another clinic"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="doses")
    # Empty for a dose elsewhere that belongs to no course of ours.
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="doses", null=True, blank=True
    )
    source = models.CharField(max_length=8, choices=Source.choices)
    on = models.DateField()
    given_at = models.DateTimeField(null=True, blank=True)
    # The number of the dose in its course; empty for a dose before it.
    seq = models.PositiveSmallIntegerField(null=True, blank=True)
    # The visit of the floor above in which it was given.
    visit_id = models.UUIDField(null=True, blank=True, unique=True)
    # In the words of protocols: "esketamine", "racemic ketamine"; "nasal", "IV" …
    drug = models.CharField(max_length=40)
    route = models.CharField(max_length=20)
    amount_mg = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    counts = models.BooleanField(default=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # Recorded in error: it stays, and no longer counts for anything.
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="dose_source", condition=Q(source__in=["HERE", "OUTSIDE"])),
            models.CheckConstraint(
                name="dose_here_has_a_visit_of_a_course",
                condition=Q(
                    source="HERE",
                    visit_id__isnull=False,
                    course__isnull=False,
                    seq__isnull=False,
                    given_at__isnull=False,
                )
                | Q(source="OUTSIDE", visit_id__isnull=True),
            ),
            models.CheckConstraint(
                name="dose_recorded_after_given",
                condition=Q(given_at__isnull=True) | Q(recorded_at__gte=F("given_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-on"], name="dose_by_patient"),
            models.Index(fields=["course", "seq"], name="dose_by_course"),
        ]

    def __str__(self) -> str:
        return f"Dose on {self.on:%Y-%m-%d}"
