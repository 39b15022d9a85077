"""Restricted charts: who restricted which, who opened one nevertheless, and whom that is told."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models.patients import Patient
from clinic.models.staff import Membership
from clinic.models.tenancy import TenantModel
from clinic.reasons import reason_field, says_something


@audited(record="Restriction of the chart")
class ChartRestriction(TenantModel):
    """That a chart was restricted, or is not any more, by whom and why; rows are only added."""

    application_may = ("SELECT", "INSERT")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="restrictions")
    is_restricted = models.BooleanField()
    reason = reason_field()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [says_something("chartrestriction_says_why")]
        indexes = [models.Index(fields=["patient", "-at"], name="restriction_by_patient")]

    def __str__(self) -> str:
        return "Restricted" if self.is_restricted else "Not restricted"


@audited(record="Opening of the restricted chart")
class BreakGlass(TenantModel):
    """That somebody opened a restricted chart for a time, and why; rows are only added."""

    application_may = ("SELECT", "INSERT")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="openings")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="openings")
    reason = reason_field()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            says_something("breakglass_says_why"),
            models.CheckConstraint(
                name="breakglass_ends", condition=Q(expires_at__gt=F("opened_at"))
            ),
        ]
        indexes = [
            models.Index(fields=["membership", "expires_at"], name="breakglass_in_force"),
            models.Index(fields=["patient", "-opened_at"], name="breakglass_by_patient"),
            models.Index(fields=["organization", "-opened_at"], name="breakglass_latest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


@audited(
    patient="opening.patient",
    without=["claimed_until", "attempts"],
    record="Notice of the opening",
)
class GlassNotice(TenantModel):
    """An e-mail to one manager about one opening; written with it, sent by a worker."""

    opening = models.ForeignKey(BreakGlass, on_delete=models.CASCADE, related_name="notices")
    to = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # A worker's lease; when it lapses another worker takes the notice up.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opening", "to"], name="glassnotice_once_each")
        ]
        indexes = [
            models.Index(
                fields=["organization"],
                name="glassnotice_unsent",
                condition=Q(sent_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
