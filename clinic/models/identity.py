"""Which charts are of one person, and which only look like it: said by people, with why."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual

from clinic.audit.triggers import audited
from clinic.models.patients import Patient
from clinic.models.staff import Membership
from clinic.models.tenancy import TenantModel
from clinic.reasons import LEAST, MOST, TOO_SHORT, reason_field, says_something


@audited(patient="chart", record="Link to the person’s other chart")
class ChartLink(TenantModel):
    """That a chart is of the same person as another, which stands in its place (DOMAIN 8.45).

    A trigger keeps `Patient.principal` by the links that are in force. Undoing one keeps the row.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    # Kept for reading; new courses are begun on the principal.
    chart = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="links")
    principal = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="links_here")
    reason = reason_field()
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    unlinked_at = models.DateTimeField(null=True, blank=True)
    unlinked_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    unlink_reason = models.CharField(max_length=MOST, blank=True)

    class Meta:
        constraints = [
            says_something("chartlink_says_why"),
            models.CheckConstraint(
                name="chartlink_of_two_charts", condition=~Q(chart=F("principal"))
            ),
            models.UniqueConstraint(
                fields=["chart"], name="chartlink_once", condition=Q(unlinked_at__isnull=True)
            ),
            models.CheckConstraint(
                name="chartlink_undone_says_why",
                condition=Q(unlinked_at__isnull=True, unlinked_by__isnull=True, unlink_reason="")
                | Q(
                    GreaterThanOrEqual(Length(Trim("unlink_reason")), LEAST),
                    unlinked_at__gte=F("linked_at"),
                    unlinked_by__isnull=False,
                ),
                violation_error_message=TOO_SHORT,
            ),
        ]
        indexes = [
            models.Index(
                fields=["principal"], name="chartlink_here", condition=Q(unlinked_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return "Undone" if self.unlinked_at else "One person"


@audited(patient="chart", record="Another person than")
class DistinctCharts(TenantModel):
    """That two charts which look alike are of two persons; rows are only added."""

    application_may = ("SELECT", "INSERT")

    # The lower id first, so that a pair is one row.
    chart = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chart", "other"], name="distinctcharts_once"),
            models.CheckConstraint(
                name="distinctcharts_in_order", condition=Q(chart__lt=F("other"))
            ),
        ]
        indexes = [models.Index(fields=["other"], name="distinctcharts_by_other")]

    def __str__(self) -> str:
        return str(self.pk)
