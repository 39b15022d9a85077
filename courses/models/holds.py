"""Holds: what stands between a course and its next dose until a clinician releases it."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel
from courses.models.courses import Course


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> "HoldQuerySet":
        """Holds that nobody has released."""
        return self.filter(released_at__isnull=True)


@audited(patient="course.patient", record="Hold on doses", clinical=True)
class Hold(TenantModel):
    """No dose of the course is given while it is open; whoever releases it says why.

    `source_id` is the row that it came from (an alert, a review, a screening), if one did.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Kind(models.TextChoices):
        SUICIDE_RISK = "SUICIDE_RISK", "High risk of suicide"
        PREGNANCY = "PREGNANCY", "Pregnancy"
        DRUG_SCREEN = "DRUG_SCREEN", "Positive drug screen"
        HOSPITAL = "HOSPITAL", "Hospital admission"
        URINARY = "URINARY", "Urinary symptoms"
        PSYCHIATRIC = "PSYCHIATRIC", "Psychosis or mania"
        REVIEW = "REVIEW", "Review awaited"
        MISSED_DOSE = "MISSED_DOSE", "Decision after a lapse"
        RESCREEN = "RESCREEN", "New screening needed"
        BASELINE = "BASELINE", "Baseline score missing"
        INTEGRATION = "INTEGRATION", "Integration missed"
        CLINICIAN = "CLINICIAN", "Held by a clinician"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source_id = models.UUIDField(null=True, blank=True)
    opened_at = models.DateTimeField()
    # Empty where a rule opened it.
    opened_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=240, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    release_reason = models.CharField(max_length=240, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "kind", "source_id"],
                name="hold_open_once",
                condition=Q(released_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="hold_released_for_a_reason",
                condition=Q(released_at__isnull=True, released_by__isnull=True, release_reason="")
                | Q(
                    released_at__isnull=False,
                    released_at__gte=F("opened_at"),
                    released_by__isnull=False,
                )
                & ~Q(release_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["course"], name="hold_open_by_course", condition=Q(released_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
