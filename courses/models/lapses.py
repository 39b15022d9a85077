"""What clinicians decided after a lapse, and where they let a dose exceed a cap."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel
from clinic.reasons import reason_field, says_something
from courses.models.courses import Course
from courses.models.doses import Dose


@audited(patient="course.patient", clinical=True, record="Decision after a lapse")
class LapseDecision(TenantModel):
    """How a course goes on after so many days without a dose (DOMAIN 2.7); rows are only added.

    It stands for lapses of `from_days` … `to_days` since `dose`; a longer one asks again.
    """

    application_may = ("SELECT", "INSERT")

    class Option(models.TextChoices):
        CONTINUE = "CONTINUE", "Continue, number of doses unchanged"
        ADD_1 = "ADD_1", "Continue and add one dose"
        ADD_2 = "ADD_2", "Continue and add two doses"
        RESTART = "RESTART", "Restart the block"
        STEP_BACK = "STEP_BACK", "Step back one frequency"
        RESUME = "RESUME", "Resume at the frequency before"
        REINDUCE = "REINDUCE", "Re-induce"
        RESCREEN = "RESCREEN", "Screen again first"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="lapse_decisions")
    dose = models.ForeignKey(Dose, on_delete=models.PROTECT, related_name="+")
    # Days since that dose on the date for which it was decided.
    days = models.PositiveSmallIntegerField()
    from_days = models.PositiveSmallIntegerField()
    to_days = models.PositiveSmallIntegerField(null=True, blank=True)
    option = models.CharField(max_length=12, choices=Option.choices)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=240)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="lapsedecision_is_of_its_row",
                condition=Q(days__gte=F("from_days"))
                & (Q(to_days__isnull=True) | Q(days__lte=F("to_days"))),
            ),
            models.CheckConstraint(name="lapsedecision_says_why", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["course", "-at"], name="lapsedecision_by_course")]

    def __str__(self) -> str:
        return self.get_option_display()


@audited(patient="course.patient", clinical=True, record="Dose beyond a cap")
class CapOverride(TenantModel):
    """A prescriber's decision that on a day a dose may be given all the same, and why.

    Beyond a cap that is no label's (DOMAIN 2.10), before preparation is complete (2.12), or after
    a result that asks for a clinician's confirmation (8.70). Rows are only added.
    """

    application_may = ("SELECT", "INSERT")

    class Kind(models.TextChoices):
        CAP = "CAP", "Beyond a cap"
        PREPARATION = "PREPARATION", "Before preparation is complete"
        CONFIRMED = "CONFIRMED", "In spite of a check’s result"

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CAP)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="cap_overrides")
    on = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = reason_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [says_something("capoverride_says_why")]
        indexes = [models.Index(fields=["course", "on"], name="capoverride_by_course")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, on {self.on:%Y-%m-%d}"
