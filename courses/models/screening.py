"""Candidacy: who may be treated, on what grounds, and for how long the decision is good."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual

from clinic.audit.triggers import audited
from clinic.models import Membership, Role, TenantModel
from courses.models.courses import Course

# The least that any organisation can ask of a reason; its own threshold may ask for more.
LEAST_REASON = 20
# These are absolute for both drugs whatever the circumstances (DOMAIN 3.2), so that a row of one
# of them cannot call itself anything else.
ALWAYS_ABSOLUTE = (
    "CI_ANEURYSM", "CI_AVM", "CI_ICH", "CI_HYPERSENS", "CI_BP_HAZARD", "CI_PREECLAMPSIA",
    "CI_CARDIAC_SEVERE", "CI_SUD_ACTIVE", "CI_KET_MISUSE", "CI_PREGNANCY", "CI_BREASTFEED",
    "CI_PORPHYRIA", "CI_DEMENTIA", "CI_MINOR", "CI_ICP",
)  # fmt: skip


class ScreeningQuerySet(models.QuerySet["Screening"]):
    def in_force(self) -> "ScreeningQuerySet":
        """Decisions that let doses be booked as firm."""
        return self.filter(status__in=Screening.ELIGIBLE)

    def open(self) -> "ScreeningQuerySet":
        """Screenings that somebody is working on."""
        return self.filter(status=Screening.Status.IN_PROGRESS)


@audited(patient="course.patient", record="Screening", clinical=True)
class Screening(TenantModel):
    """One evaluation of a patient for one course, and what was decided (DOMAIN 3.3).

    While it is in progress its facts change; once decided they stay, and the next evaluation is
    another row. `reasons` and `basis` keep what was computed and known at the decision.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Status(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS", "In progress"
        DEFERRED = "DEFERRED", "Deferred"
        ELIGIBLE = "ELIGIBLE", "Eligible"
        ELIGIBLE_CONDITIONAL = "ELIGIBLE_CONDITIONAL", "Eligible with conditions"
        NOT_ELIGIBLE = "NOT_ELIGIBLE", "Not eligible"
        EXPIRED = "EXPIRED", "No longer valid"
        SUPERSEDED = "SUPERSEDED", "Superseded"

    class Ended(models.TextChoices):
        NO_DOSE = "NO_DOSE", "No dose within its term"
        LAPSE = "LAPSE", "Lapse since the last dose"
        PAUSE = "PAUSE", "Long pause"
        DIAGNOSIS = "DIAGNOSIS", "New diagnosis or condition"
        MEDICATION = "MEDICATION", "New medication that matters"
        PREGNANCY = "PREGNANCY", "Pregnancy"
        DRUG_SCREEN = "DRUG_SCREEN", "Positive drug screen"
        ADMISSION = "ADMISSION", "Hospital admission"
        SYNCOPE = "SYNCOPE", "Syncope"
        BP_RED = "BP_RED", "Blood pressure in the red"
        PSYCHIATRIC = "PSYCHIATRIC", "Psychosis or mania"
        URINARY = "URINARY", "Urinary symptoms"
        SWITCH = "SWITCH", "Change of drug or route"
        NEWER = "NEWER", "Newer decision"

    ELIGIBLE = (Status.ELIGIBLE, Status.ELIGIBLE_CONDITIONAL)
    DECIDED = (Status.DEFERRED, *ELIGIBLE, Status.NOT_ELIGIBLE)

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="screenings")
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.IN_PROGRESS)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # What is treated, by its code in DOMAIN 3.1, and by whose rules trials are counted besides.
    indication = models.CharField(max_length=20, blank=True)
    payer_profile = models.CharField(max_length=20, blank=True)
    # How severe it is at baseline: the latest score, or what somebody entered.
    severity_instrument = models.CharField(max_length=20, blank=True)
    severity_total = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    severity_on = models.DateField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    evaluator = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    evaluator_role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    decision_note = models.TextField(max_length=2000, blank=True)
    # [{code, text, kind, effect, clears}], as they stood when it was decided.
    reasons = models.JSONField(default=list)
    basis = models.JSONField(default=dict)
    rules_version = models.CharField(max_length=20, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=16, choices=Ended.choices, blank=True)

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="screening_status",
                condition=Q(
                    status__in=[
                        "IN_PROGRESS", "DEFERRED", "ELIGIBLE", "ELIGIBLE_CONDITIONAL",
                        "NOT_ELIGIBLE", "EXPIRED", "SUPERSEDED",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="screening_decided_by_somebody",
                condition=Q(
                    status="IN_PROGRESS", decided_at=None, evaluator=None, evaluator_role=""
                )
                | ~Q(status="IN_PROGRESS")
                & Q(
                    decided_at__isnull=False, decided_at__gte=F("started_at"),
                    evaluator__isnull=False,
                )
                & ~Q(evaluator_role=""),
            ),
            models.CheckConstraint(
                name="screening_eligible_until",
                condition=~Q(status__in=["ELIGIBLE", "ELIGIBLE_CONDITIONAL"])
                | Q(expires_on__isnull=False),
            ),
            models.CheckConstraint(
                name="screening_over_says_why",
                condition=Q(status__in=["EXPIRED", "SUPERSEDED"], ended_at__isnull=False)
                & ~Q(ended_why="")
                | ~Q(status__in=["EXPIRED", "SUPERSEDED"]) & Q(ended_at=None, ended_why=""),
            ),
            models.UniqueConstraint(
                fields=["course"],
                name="screening_one_in_progress",
                condition=Q(status="IN_PROGRESS"),
            ),
            models.UniqueConstraint(
                fields=["course"],
                name="screening_one_standing",
                condition=Q(
                    status__in=["DEFERRED", "ELIGIBLE", "ELIGIBLE_CONDITIONAL", "NOT_ELIGIBLE"]
                ),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["course", "-started_at"], name="screening_by_course"),
            models.Index(
                fields=["organization", "expires_on"],
                name="screening_to_expire",
                condition=Q(status__in=["ELIGIBLE", "ELIGIBLE_CONDITIONAL"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()

    @property
    def is_open(self) -> bool:
        """Whether its facts may still change."""
        return self.status == self.Status.IN_PROGRESS

    @property
    def is_in_force(self) -> bool:
        """Whether it lets doses be booked as firm, dates apart."""
        return self.status in self.ELIGIBLE


@audited(patient="screening.course.patient", record="Finding", clinical=True)
class Finding(TenantModel):
    """What was found about one contraindication, caution or question; rows are only ever added.

    The latest row of a code is the one that holds. `weight` is the class of DOMAIN 3.2 for the
    course's drug at that time; a question that excludes nobody has none.
    """

    application_may = ("SELECT", "INSERT")

    class Answer(models.TextChoices):
        YES = "YES", "Yes"
        NO = "NO", "No"
        UNKNOWN = "UNKNOWN", "Unknown"

    class Weight(models.TextChoices):
        ABS = "ABS", "Absolute"
        REL = "REL", "Relative"
        TEMP = "TEMP", "Temporary"
        NONE = "NONE", "Excludes nobody"

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="findings")
    code = models.CharField(max_length=24)
    answer = models.CharField(max_length=8, choices=Answer.choices)
    weight = models.CharField(max_length=4, choices=Weight.choices)
    note = models.CharField(max_length=500, blank=True)
    # When it was: a stroke or heart attack counts by how long it lies back.
    onset_on = models.DateField(null=True, blank=True)
    # The clearance: where the letter is kept, and of what day it is.
    document = models.CharField(max_length=240, blank=True)
    document_on = models.DateField(null=True, blank=True)
    recheck_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # A prescriber goes on all the same, for a reason and until a day.
    override_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    override_reason = models.CharField(max_length=500, blank=True)
    override_until = models.DateField(null=True, blank=True)
    # An absolute one that a medical director found to be recorded in error, and why.
    in_error_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    in_error_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="finding_answer", condition=Q(answer__in=["YES", "NO", "UNKNOWN"])
            ),
            models.CheckConstraint(
                name="finding_weight", condition=Q(weight__in=["ABS", "REL", "TEMP", "NONE"])
            ),
            models.CheckConstraint(
                name="finding_absolute_stays_absolute",
                condition=~Q(code__in=ALWAYS_ABSOLUTE) | Q(weight="ABS"),
            ),
            models.CheckConstraint(
                name="finding_only_relative_is_overridden",
                condition=Q(override_by=None, override_reason="", override_until=None)
                | Q(
                    answer="YES", weight="REL", override_by__isnull=False,
                    override_until__isnull=False,
                ),
                violation_error_message="Only a relative one can be overridden.",
            ),
            models.CheckConstraint(
                name="finding_override_says_why",
                condition=Q(override_by=None)
                | Q(GreaterThanOrEqual(Length(Trim("override_reason")), LEAST_REASON)),
            ),
            models.CheckConstraint(
                name="finding_in_error_says_why",
                condition=Q(in_error_by=None, in_error_reason="")
                | Q(in_error_by__isnull=False, answer="NO")
                & Q(GreaterThanOrEqual(Length(Trim("in_error_reason")), LEAST_REASON)),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["screening", "code", "-recorded_at"], name="finding_by_code")
        ]

    def __str__(self) -> str:
        return self.code


@audited(patient="screening.course.patient", record="Condition of a screening", clinical=True)
class Condition(TenantModel):
    """What has to be done by a day for an eligible patient to stay eligible."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="conditions")
    text = models.CharField(max_length=240)
    due_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    met_note = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="condition_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="condition_met_by_somebody",
                condition=Q(met_at=None, met_by=None, met_note="")
                | Q(met_at__isnull=False, met_at__gte=F("recorded_at"), met_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["screening", "due_on"], name="condition_by_due")]

    def __str__(self) -> str:
        return self.text


@audited(patient="course.patient", record="Reason to screen again", clinical=True)
class RescreenReason(TenantModel):
    """Something that happened during a course after which it has to be screened again."""

    application_may = ("SELECT", "INSERT")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="rescreen_reasons")
    kind = models.CharField(max_length=16, choices=Screening.Ended.choices)
    # Which contraindication, caution or check it is about, where it is about one.
    code = models.CharField(max_length=24, blank=True)
    on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    recorded_at = models.DateTimeField()
    # Empty where a rule found it.
    recorded_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        indexes = [models.Index(fields=["course", "-recorded_at"], name="rescreenreason_by_course")]

    def __str__(self) -> str:
        return self.get_kind_display()
