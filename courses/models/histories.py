"""What is known of a patient before and beside a course: diagnoses, trials, results of checks."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, TenantModel


@audited(record="Diagnosis", clinical=True)
class Diagnosis(TenantModel):
    """A coded diagnosis, by who may evaluate (DOMAIN 3.1, IN_DX)."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    class System(models.TextChoices):
        ICD10 = "ICD10", "ICD-10"
        ICD11 = "ICD11", "ICD-11"
        DSM5 = "DSM5", "DSM-5"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="diagnoses")
    system = models.CharField(max_length=8, choices=System.choices)
    code = models.CharField(max_length=12)
    label = models.CharField(max_length=160)
    is_primary = models.BooleanField(default=False)
    diagnosed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "system", "code"],
                name="diagnosis_once",
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="diagnosis_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


@audited(record="Medication trial", clinical=True)
class MedicationTrial(TenantModel):
    """One medication (or other treatment) that was tried; adequacy is computed by profile."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Class(models.TextChoices):
        SSRI = "SSRI", "SSRI"
        SNRI = "SNRI", "SNRI"
        TCA = "TCA", "Tricyclic"
        MAOI = "MAOI", "MAOI"
        BUPROPION = "BUPROPION", "Bupropion"
        MIRTAZAPINE = "MIRTAZAPINE", "Mirtazapine, mianserin"
        OTHER_AD = "OTHER_AD", "Other antidepressant"
        AUGMENTATION = "AUGMENTATION", "Augmentation agent"
        THERAPY = "THERAPY", "Psychotherapy"
        NEUROMODULATION = "NEUROMODULATION", "ECT, TMS"
        OTHER = "OTHER", "Other"

    class Stopped(models.TextChoices):
        NO_RESPONSE = "NO_RESPONSE", "No response"
        PARTIAL = "PARTIAL", "Partial response"
        INTOLERANCE = "INTOLERANCE", "Not tolerated"
        OTHER = "OTHER", "Another reason"
        ONGOING = "ONGOING", "Still taken"

    ANTIDEPRESSANTS = (
        Class.SSRI, Class.SNRI, Class.TCA, Class.MAOI, Class.BUPROPION, Class.MIRTAZAPINE,
        Class.OTHER_AD,
    )  # fmt: skip

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="trials")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, choices=Class.choices)
    max_daily_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    min_effective_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    weeks_at_dose = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    was_taken_as_prescribed = models.BooleanField(null=True, blank=True)
    # Negative where it became worse.
    improvement_percent = models.SmallIntegerField(null=True, blank=True)
    stopped = models.CharField(max_length=12, choices=Stopped.choices)
    is_current_episode = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="medicationtrial_ends_after_start",
                condition=Q(ended_on=None) | Q(started_on=None) | Q(ended_on__gte=F("started_on")),
                violation_error_message="The end is before the start.",
            ),
            models.CheckConstraint(
                name="medicationtrial_plausible",
                condition=(Q(weeks_at_dose=None) | Q(weeks_at_dose__gte=0))
                & (Q(improvement_percent=None) | Q(improvement_percent__range=(-100, 100)))
                & (Q(max_daily_mg=None) | Q(max_daily_mg__gt=0))
                & (Q(min_effective_mg=None) | Q(min_effective_mg__gt=0)),
            ),
            models.CheckConstraint(
                name="medicationtrial_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "started_on"], name="medicationtrial_by_patient")
        ]

    def __str__(self) -> str:
        return self.name


@audited(record="Check result", clinical=True)
class CheckResult(TenantModel):
    """The result of a laboratory or other periodic check (DOMAIN 2.11)."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Kind(models.TextChoices):
        HISTORY = "HISTORY", "Medical and psychiatric history"
        SUBSTANCE = "SUBSTANCE", "Substance use history"
        CARDIAC = "CARDIAC", "Cardiac evaluation"
        ECG = "ECG", "ECG"
        LIVER = "LIVER", "Liver function"
        RENAL = "RENAL", "Renal function"
        URINALYSIS = "URINALYSIS", "Urinalysis"
        URINARY_SYMPTOMS = "URINARY_SYMPTOMS", "Urinary-symptom questions"
        DRUG_SCREEN = "DRUG_SCREEN", "Urine drug screen"
        PREGNANCY = "PREGNANCY", "Pregnancy test"
        STOP_BANG = "STOP_BANG", "Sleep-apnoea screen (STOP-BANG)"
        COGNITION = "COGNITION", "Brief cognition check"
        PDMP = "PDMP", "Prescription database (PDMP)"
        MISUSE = "MISUSE", "Misuse risk review"

    class Result(models.TextChoices):
        NORMAL = "NORMAL", "Normal or negative"
        ABNORMAL = "ABNORMAL", "Abnormal, not critical"
        POSITIVE = "POSITIVE", "Positive"
        DONE = "DONE", "Done"
        REFUSED = "REFUSED", "Refused"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    on = models.DateField()
    result = models.CharField(max_length=8, choices=Result.choices)
    note = models.CharField(max_length=500, blank=True)
    document = models.CharField(max_length=240, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="checkresult_result",
                condition=Q(result__in=["NORMAL", "ABNORMAL", "POSITIVE", "DONE", "REFUSED"]),
            ),
            models.CheckConstraint(
                name="checkresult_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "kind", "-on"], name="checkresult_by_patient"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
