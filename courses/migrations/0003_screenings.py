"""Screenings, what was found in them, and what is known of patients before a course."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant


class Migration(migrations.Migration):
    replaces = [("courses", "0011_screening")]
    dependencies = [("courses", "0002_alerts_and_coverage")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Diagnosis",
                    fields=[
                        ("id", key()),
                        (
                            "system",
                            models.CharField(
                                choices=[
                                    ("ICD10", "ICD-10"),
                                    ("ICD11", "ICD-11"),
                                    ("DSM5", "DSM-5"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("code", models.CharField(max_length=12)),
                        ("label", models.CharField(max_length=160)),
                        ("is_primary", models.BooleanField(default=False)),
                        ("diagnosed_on", models.DateField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="diagnoses")),
                        ("recorded_by", reference("clinic.membership")),
                        ("withdrawn_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("patient", "system", "code"),
                                name="diagnosis_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="diagnosis_withdrawn_by_somebody",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.Diagnosis",
                                hash="38fbcf9b398a",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MedicationTrial",
                    fields=[
                        ("id", key()),
                        ("name", models.CharField(max_length=80)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("SSRI", "SSRI"),
                                    ("SNRI", "SNRI"),
                                    ("TCA", "Tricyclic"),
                                    ("MAOI", "MAOI"),
                                    ("BUPROPION", "Bupropion"),
                                    ("MIRTAZAPINE", "Mirtazapine, mianserin"),
                                    ("OTHER_AD", "Other antidepressant"),
                                    ("AUGMENTATION", "Augmentation agent"),
                                    ("THERAPY", "Psychotherapy"),
                                    ("NEUROMODULATION", "ECT, TMS"),
                                    ("OTHER", "Other"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "max_daily_mg",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=7, null=True
                            ),
                        ),
                        (
                            "min_effective_mg",
                            models.DecimalField(
                                blank=True, decimal_places=2, max_digits=7, null=True
                            ),
                        ),
                        ("started_on", models.DateField(blank=True, null=True)),
                        ("ended_on", models.DateField(blank=True, null=True)),
                        (
                            "weeks_at_dose",
                            models.DecimalField(
                                blank=True, decimal_places=1, max_digits=5, null=True
                            ),
                        ),
                        ("was_taken_as_prescribed", models.BooleanField(blank=True, null=True)),
                        ("improvement_percent", models.SmallIntegerField(blank=True, null=True)),
                        (
                            "stopped",
                            models.CharField(
                                choices=[
                                    ("NO_RESPONSE", "No response"),
                                    ("PARTIAL", "Partial response"),
                                    ("INTOLERANCE", "Not tolerated"),
                                    ("OTHER", "Another reason"),
                                    ("ONGOING", "Still taken"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("is_current_episode", models.BooleanField(default=False)),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="trials")),
                        ("recorded_by", reference("clinic.membership")),
                        ("withdrawn_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_on", None),
                                    ("started_on", None),
                                    ("ended_on__gte", models.F("started_on")),
                                    _connector="OR",
                                ),
                                name="medicationtrial_ends_after_start",
                                violation_error_message="The end is before the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("weeks_at_dose", None),
                                        ("weeks_at_dose__gte", 0),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("improvement_percent", None),
                                        ("improvement_percent__range", (-100, 100)),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("max_daily_mg", None),
                                        ("max_daily_mg__gt", 0),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("min_effective_mg", None),
                                        ("min_effective_mg__gt", 0),
                                        _connector="OR",
                                    ),
                                ),
                                name="medicationtrial_plausible",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="medicationtrial_withdrawn_by_somebody",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["patient", "started_on"], name="medicationtrial_by_patient"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.MedicationTrial",
                                hash="638b85bbd734",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CheckResult",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("HISTORY", "Medical and psychiatric history"),
                                    ("SUBSTANCE", "Substance use history"),
                                    ("CARDIAC", "Cardiac evaluation"),
                                    ("ECG", "ECG"),
                                    ("LIVER", "Liver function"),
                                    ("RENAL", "Renal function"),
                                    ("URINALYSIS", "Urinalysis"),
                                    ("URINARY_SYMPTOMS", "Urinary-symptom questions"),
                                    ("DRUG_SCREEN", "Urine drug screen"),
                                    ("PREGNANCY", "Pregnancy test"),
                                    ("STOP_BANG", "Sleep-apnoea screen (STOP-BANG)"),
                                    ("COGNITION", "Brief cognition check"),
                                    ("PDMP", "Prescription database (PDMP)"),
                                    ("MISUSE", "Misuse risk review"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("on", models.DateField()),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("NORMAL", "Normal or negative"),
                                    ("ABNORMAL", "Abnormal, not critical"),
                                    ("POSITIVE", "Positive"),
                                    ("DONE", "Done"),
                                    ("REFUSED", "Refused"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("document", models.CharField(blank=True, max_length=240)),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="checks")),
                        ("recorded_by", reference("clinic.membership")),
                        ("withdrawn_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "result__in",
                                        ["NORMAL", "ABNORMAL", "POSITIVE", "DONE", "REFUSED"],
                                    )
                                ),
                                name="checkresult_result",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="checkresult_withdrawn_by_somebody",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["patient", "kind", "-on"], name="checkresult_by_patient"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.CheckResult",
                                hash="2d3f287f6749",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Screening",
                    fields=[
                        ("id", key()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("IN_PROGRESS", "In progress"),
                                    ("DEFERRED", "Deferred"),
                                    ("ELIGIBLE", "Eligible"),
                                    ("ELIGIBLE_CONDITIONAL", "Eligible with conditions"),
                                    ("NOT_ELIGIBLE", "Not eligible"),
                                    ("EXPIRED", "No longer valid"),
                                    ("SUPERSEDED", "Superseded"),
                                ],
                                default="IN_PROGRESS",
                                max_length=24,
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("indication", models.CharField(blank=True, max_length=20)),
                        ("payer_profile", models.CharField(blank=True, max_length=20)),
                        ("severity_instrument", models.CharField(blank=True, max_length=20)),
                        (
                            "severity_total",
                            models.DecimalField(
                                blank=True, decimal_places=1, max_digits=5, null=True
                            ),
                        ),
                        ("severity_on", models.DateField(blank=True, null=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "evaluator_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("FRONT_DESK", "Front desk"),
                                    ("NURSE", "Nurse"),
                                    ("THERAPIST", "Therapist"),
                                    ("PRESCRIBER", "Prescriber"),
                                    ("MEDICAL_DIRECTOR", "Medical director"),
                                    ("MANAGER", "Practice manager"),
                                    ("AUDITOR", "Auditor (read-only)"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("decision_note", models.TextField(blank=True, max_length=2000)),
                        ("reasons", models.JSONField(default=list)),
                        ("basis", models.JSONField(default=dict)),
                        ("rules_version", models.CharField(blank=True, max_length=20)),
                        ("expires_on", models.DateField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("NO_DOSE", "No dose within its term"),
                                    ("LAPSE", "Lapse since the last dose"),
                                    ("PAUSE", "Long pause"),
                                    ("DIAGNOSIS", "New diagnosis or condition"),
                                    ("MEDICATION", "New medication that matters"),
                                    ("PREGNANCY", "Pregnancy"),
                                    ("DRUG_SCREEN", "Positive drug screen"),
                                    ("ADMISSION", "Hospital admission"),
                                    ("SYNCOPE", "Syncope"),
                                    ("BP_RED", "Blood pressure in the red"),
                                    ("PSYCHIATRIC", "Psychosis or mania"),
                                    ("URINARY", "Urinary symptoms"),
                                    ("SWITCH", "Change of drug or route"),
                                    ("NEWER", "Newer decision"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("course", reference("courses.course", related_name="screenings")),
                        ("evaluator", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("started_by", reference("clinic.membership")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "IN_PROGRESS",
                                            "DEFERRED",
                                            "ELIGIBLE",
                                            "ELIGIBLE_CONDITIONAL",
                                            "NOT_ELIGIBLE",
                                            "EXPIRED",
                                            "SUPERSEDED",
                                        ],
                                    )
                                ),
                                name="screening_status",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("status__in", ["ELIGIBLE", "ELIGIBLE_CONDITIONAL"]),
                                        _negated=True,
                                    ),
                                    ("expires_on__isnull", False),
                                    _connector="OR",
                                ),
                                name="screening_eligible_until",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("status__in", ["EXPIRED", "SUPERSEDED"]),
                                        models.Q(("ended_why", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("status__in", ["EXPIRED", "SUPERSEDED"]), _negated=True
                                        ),
                                        ("ended_at", None),
                                        ("ended_why", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="screening_over_says_why",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "IN_PROGRESS")),
                                fields=("course",),
                                name="screening_one_in_progress",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "DEFERRED",
                                            "ELIGIBLE",
                                            "ELIGIBLE_CONDITIONAL",
                                            "NOT_ELIGIBLE",
                                        ],
                                    )
                                ),
                                fields=("course",),
                                name="screening_one_standing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at", None),
                                        ("evaluator", None),
                                        ("evaluator_role", ""),
                                        ("status", "IN_PROGRESS"),
                                    ),
                                    models.Q(
                                        models.Q(("status", "IN_PROGRESS"), _negated=True),
                                        ("decided_at__gte", models.F("started_at")),
                                        ("decided_at__isnull", False),
                                        ("evaluator__isnull", False),
                                        models.Q(("evaluator_role", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="screening_decided_by_somebody",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["course", "-started_at"], name="screening_by_course"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("status__in", ["ELIGIBLE", "ELIGIBLE_CONDITIONAL"])
                                ),
                                fields=["organization", "expires_on"],
                                name="screening_to_expire",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.Screening",
                                hash="cdf134741acc",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Finding",
                    fields=[
                        ("id", key()),
                        ("code", models.CharField(max_length=24)),
                        (
                            "answer",
                            models.CharField(
                                choices=[("YES", "Yes"), ("NO", "No"), ("UNKNOWN", "Unknown")],
                                max_length=8,
                            ),
                        ),
                        (
                            "weight",
                            models.CharField(
                                choices=[
                                    ("ABS", "Absolute"),
                                    ("REL", "Relative"),
                                    ("TEMP", "Temporary"),
                                    ("NONE", "Excludes nobody"),
                                ],
                                max_length=4,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("onset_on", models.DateField(blank=True, null=True)),
                        ("document", models.CharField(blank=True, max_length=240)),
                        ("document_on", models.DateField(blank=True, null=True)),
                        ("recheck_on", models.DateField(blank=True, null=True)),
                        ("recorded_at", models.DateTimeField()),
                        ("override_reason", models.CharField(blank=True, max_length=500)),
                        ("override_until", models.DateField(blank=True, null=True)),
                        ("in_error_reason", models.CharField(blank=True, max_length=500)),
                        ("in_error_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("override_by", reference("clinic.membership", blank=True, null=True)),
                        ("recorded_by", reference("clinic.membership")),
                        ("screening", reference("courses.screening", related_name="findings")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("answer__in", ["YES", "NO", "UNKNOWN"])),
                                name="finding_answer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weight__in", ["ABS", "REL", "TEMP", "NONE"])),
                                name="finding_weight",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "code__in",
                                            (
                                                "CI_ANEURYSM",
                                                "CI_AVM",
                                                "CI_ICH",
                                                "CI_HYPERSENS",
                                                "CI_BP_HAZARD",
                                                "CI_PREECLAMPSIA",
                                                "CI_CARDIAC_SEVERE",
                                                "CI_SUD_ACTIVE",
                                                "CI_KET_MISUSE",
                                                "CI_PREGNANCY",
                                                "CI_BREASTFEED",
                                                "CI_PORPHYRIA",
                                                "CI_DEMENTIA",
                                                "CI_MINOR",
                                                "CI_ICP",
                                            ),
                                        ),
                                        _negated=True,
                                    ),
                                    ("weight", "ABS"),
                                    _connector="OR",
                                ),
                                name="finding_absolute_stays_absolute",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("override_by", None),
                                        ("override_reason", ""),
                                        ("override_until", None),
                                    ),
                                    models.Q(
                                        ("answer", "YES"),
                                        ("override_by__isnull", False),
                                        ("override_until__isnull", False),
                                        ("weight", "REL"),
                                    ),
                                    _connector="OR",
                                ),
                                name="finding_only_relative_is_overridden",
                                violation_error_message="Only a relative one can be overridden.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("override_by", None),
                                    django.db.models.lookups.GreaterThanOrEqual(
                                        django.db.models.functions.text.Length(
                                            django.db.models.functions.text.Trim("override_reason")
                                        ),
                                        20,
                                    ),
                                    _connector="OR",
                                ),
                                name="finding_override_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("in_error_by", None), ("in_error_reason", "")),
                                    models.Q(
                                        ("answer", "NO"),
                                        ("in_error_by__isnull", False),
                                        django.db.models.lookups.GreaterThanOrEqual(
                                            django.db.models.functions.text.Length(
                                                django.db.models.functions.text.Trim(
                                                    "in_error_reason"
                                                )
                                            ),
                                            20,
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="finding_in_error_says_why",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["screening", "code", "-recorded_at"], name="finding_by_code"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.Finding",
                                hash="6b85a034bc42",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "(SELECT course_id FROM courses_screening WHERE id = "
                                    "subject.screening_id))"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Condition",
                    fields=[
                        ("id", key()),
                        ("text", models.CharField(max_length=240)),
                        ("due_on", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        ("met_at", models.DateTimeField(blank=True, null=True)),
                        ("met_note", models.CharField(blank=True, max_length=240)),
                        ("met_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("recorded_by", reference("clinic.membership")),
                        ("screening", reference("courses.screening", related_name="conditions")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="condition_says_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("met_at", None), ("met_by", None), ("met_note", "")),
                                    models.Q(
                                        ("met_at__gte", models.F("recorded_at")),
                                        ("met_at__isnull", False),
                                        ("met_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="condition_met_by_somebody",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["screening", "due_on"], name="condition_by_due")
                        ],
                        "triggers": [
                            audit(
                                "courses.Condition",
                                hash="6e5d8b6c731f",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "(SELECT course_id FROM courses_screening WHERE id = "
                                    "subject.screening_id))"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RescreenReason",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("NO_DOSE", "No dose within its term"),
                                    ("LAPSE", "Lapse since the last dose"),
                                    ("PAUSE", "Long pause"),
                                    ("DIAGNOSIS", "New diagnosis or condition"),
                                    ("MEDICATION", "New medication that matters"),
                                    ("PREGNANCY", "Pregnancy"),
                                    ("DRUG_SCREEN", "Positive drug screen"),
                                    ("ADMISSION", "Hospital admission"),
                                    ("SYNCOPE", "Syncope"),
                                    ("BP_RED", "Blood pressure in the red"),
                                    ("PSYCHIATRIC", "Psychosis or mania"),
                                    ("URINARY", "Urinary symptoms"),
                                    ("SWITCH", "Change of drug or route"),
                                    ("NEWER", "Newer decision"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=24)),
                        ("on", models.DateField()),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("recorded_at", models.DateTimeField()),
                        ("course", reference("courses.course", related_name="rescreen_reasons")),
                        ("organization", tenant()),
                        ("recorded_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["course", "-recorded_at"], name="rescreenreason_by_course"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.RescreenReason",
                                hash="43c1a58d5e84",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
