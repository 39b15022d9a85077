"""Clinical numbers as versioned settings of one organisation."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel


@audited(record="Version of the thresholds")
class ThresholdVersion(TenantModel):
    """One state of all thresholds; once signed it never changes, and what is judged names it.

    `values` has a value for every key of `courses.thresholds.catalogue`. Number 0 is nobody's:
    the defaults that hold before the first signature.
    """

    number = models.PositiveSmallIntegerField()
    values = models.JSONField()
    note = models.CharField(max_length=240, blank=True)
    drafted_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    effective_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"], name="thresholdversion_number_once"
            ),
            models.UniqueConstraint(
                fields=["organization"],
                name="thresholdversion_one_draft",
                condition=Q(signed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="thresholdversion_number_is_ours", condition=Q(number__gte=1)
            ),
            models.CheckConstraint(
                name="thresholdversion_signed_by_somebody",
                condition=Q(
                    signed_at__isnull=True, signed_by__isnull=True, effective_from__isnull=True
                )
                | Q(
                    signed_at__isnull=False,
                    signed_at__gte=F("drafted_at"),
                    signed_by__isnull=False,
                    effective_from__isnull=False,
                    effective_from__gte=F("signed_at"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Thresholds, version {self.number}"
