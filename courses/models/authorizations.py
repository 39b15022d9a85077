"""Payers' authorisations: what is paid for, from when to when, and what was booked beyond it."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Drug, Membership, Patient, TenantModel
from courses.models.courses import Course


@audited()
class Payer(TenantModel):
    """Who pays for treatment, and by which criteria (DOMAIN 3.1)."""

    name = models.CharField(max_length=120)
    # A profile of `courses.authorizations.profiles`; empty where none of them fits.
    profile = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="payer_name_once")
        ]

    def __str__(self) -> str:
        return self.name


@audited(record="Payer’s authorisation")
class Authorization(TenantModel):
    """What a payer grants a patient: visits, devices or both, from one day to another.

    It is for one course, or for a drug in whatever course it is given.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="authorizations")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="authorizations")
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="authorizations", null=True, blank=True
    )
    drug = models.CharField(max_length=20, choices=Drug.choices, blank=True)
    profile = models.CharField(max_length=20, blank=True)
    # The payer's own number of it.
    reference = models.CharField(max_length=60)
    # Both days included, by the clock of the place of the visit.
    starts_on = models.DateField()
    ends_on = models.DateField()
    visits_granted = models.PositiveSmallIntegerField(null=True, blank=True)
    units_granted = models.PositiveSmallIntegerField(null=True, blank=True)
    # Renewal is due so many days before the end.
    renewal_days = models.PositiveSmallIntegerField()
    # What the payer wants to see before it renews.
    evidence = models.CharField(max_length=400, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # Withdrawn by the payer, or recorded in error: it covers nothing any more.
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    end_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="authorization_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="The last day is not before the first.",
            ),
            models.CheckConstraint(
                name="authorization_for_a_course_or_a_drug",
                condition=Q(course__isnull=False, drug="") | Q(course__isnull=True) & ~Q(drug=""),
            ),
            models.CheckConstraint(
                name="authorization_grants_something",
                condition=Q(visits_granted__isnull=False, visits_granted__gte=1)
                | Q(units_granted__isnull=False, units_granted__gte=1),
            ),
            models.CheckConstraint(
                name="authorization_ended_for_a_reason",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, ended_at__gte=F("recorded_at"), ended_by__isnull=False)
                & ~Q(end_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-ends_on"], name="authorization_by_patient"),
            models.Index(fields=["organization", "ends_on"], name="authorization_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.payer}, {self.starts_on:%Y-%m-%d} to {self.ends_on:%Y-%m-%d}"


@audited(patient="course.patient", record="Self-pay agreement")
class SelfPayAgreement(TenantModel):
    """That a patient agreed to pay a course's visits that no payer covers."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="self_pay")
    signed_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course"], name="selfpay_one_in_force", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="selfpay_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_at__gte=F("recorded_at"), ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Self-pay from {self.signed_on:%Y-%m-%d}"


@audited(patient="course.patient", record="Visit booked beyond the authorisation")
class CoverageWarning(TenantModel):
    """That a visit was booked although nothing covers it; rows are only added."""

    application_may = ("SELECT", "INSERT")

    class Code(models.TextChoices):
        OUTSIDE_DATES = "OUTSIDE_DATES", "Outside the dates of the authorisation"
        NO_VISITS_LEFT = "NO_VISITS_LEFT", "More visits than authorised"
        NO_UNITS_LEFT = "NO_UNITS_LEFT", "More devices than authorised"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="coverage_warnings")
    # The visit of the floor above, and its local date as booked.
    visit_id = models.UUIDField()
    on = models.DateField()
    code = models.CharField(max_length=16, choices=Code.choices)
    self_pay = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["course", "-at"], name="coveragewarning_by_course")]

    def __str__(self) -> str:
        return self.get_code_display()
