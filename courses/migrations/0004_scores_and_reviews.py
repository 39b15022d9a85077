"""Scores and the plan of them; thresholds, baselines, reviews and maintenance."""

from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant


class Migration(migrations.Migration):
    replaces = [
        ("courses", "0010_thresholds_reviews_boosters"),
        ("courses", "0013_assessments"),
        ("courses", "0021_no_more_half_ends"),
    ]
    dependencies = [("courses", "0003_screenings")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Assessment",
                    fields=[
                        ("id", key()),
                        ("instrument", models.CharField(max_length=20)),
                        ("instrument_version", models.CharField(max_length=8)),
                        ("variant", models.CharField(blank=True, max_length=12)),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("es", "Español")], max_length=8
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("FULL", "Answered on the screen"),
                                    ("ITEMS", "Items entered"),
                                    ("TOTAL", "Total entered"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "Being answered"),
                                    ("COMPLETE", "Finished"),
                                    ("ABANDONED", "Broken off"),
                                ],
                                default="DRAFT",
                                max_length=9,
                            ),
                        ),
                        ("taken_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("answers", models.JSONField(default=dict)),
                        (
                            "total",
                            models.DecimalField(
                                blank=True, decimal_places=1, max_digits=5, null=True
                            ),
                        ),
                        ("band", models.CharField(blank=True, max_length=20)),
                        ("subscales", models.JSONField(default=dict)),
                        ("flags", models.JSONField(default=list)),
                        ("is_valid", models.BooleanField(default=False)),
                        ("dose_seq", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("point", models.CharField(blank=True, max_length=40)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawal_reason", models.CharField(blank=True, max_length=240)),
                        (
                            "amends",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=models.PROTECT,
                                related_name="amended_by",
                                to="courses.assessment",
                            ),
                        ),
                        (
                            "course",
                            reference(
                                "courses.course", blank=True, null=True, related_name="assessments"
                            ),
                        ),
                        ("entered_by", reference("clinic.membership")),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="assessments")),
                        ("withdrawn_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("mode__in", ["FULL", "ITEMS", "TOTAL"])),
                                name="assessment_mode",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_valid", True),
                                    models.Q(("band", ""), ("total__isnull", True)),
                                    _connector="OR",
                                ),
                                name="assessment_no_total_when_invalid",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "DRAFT")),
                                fields=("patient", "instrument"),
                                name="assessment_one_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("status", "DRAFT")),
                                    models.Q(
                                        ("ended_at__gte", models.F("started_at")),
                                        ("ended_at__isnull", False),
                                        ("status__in", ["COMPLETE", "ABANDONED"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="assessment_ends_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("status", "COMPLETE"),
                                        ("taken_at__lte", models.F("ended_at")),
                                    ),
                                    models.Q(
                                        ("band", ""), ("is_valid", False), ("total__isnull", True)
                                    ),
                                    _connector="OR",
                                ),
                                name="assessment_result_when_complete",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawal_reason", ""),
                                        ("withdrawn_at__isnull", True),
                                        ("withdrawn_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("status", "COMPLETE"),
                                        ("withdrawn_at__gte", models.F("ended_at")),
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        models.Q(("withdrawal_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="assessment_withdrawn_for_a_reason",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["patient", "-taken_at"], name="assessment_by_patient"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("status", "COMPLETE"), ("withdrawn_at__isnull", True)
                                ),
                                fields=["course", "instrument", "-taken_at"],
                                name="assessment_by_course",
                            ),
                            models.Index(
                                condition=models.Q(("status", "DRAFT")),
                                fields=["organization", "started_at"],
                                name="assessment_drafts",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.Assessment",
                                hash="a04742aee137",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssessmentDue",
                    fields=[
                        ("id", key()),
                        ("point", models.CharField(max_length=40)),
                        ("label", models.CharField(max_length=60)),
                        ("instrument", models.CharField(max_length=20)),
                        ("anchor_seq", models.PositiveSmallIntegerField()),
                        ("repetition", models.PositiveSmallIntegerField(default=0)),
                        ("due_from", models.DateField()),
                        ("due_to", models.DateField()),
                        ("is_optional", models.BooleanField(default=False)),
                        ("may_be_late", models.BooleanField(default=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Open"),
                                    ("DONE", "Done"),
                                    ("MISSED", "Not done"),
                                    ("DROPPED", "No longer asked for"),
                                ],
                                default="OPEN",
                                max_length=7,
                            ),
                        ),
                        ("is_late", models.BooleanField(default=False)),
                        ("overdue_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "assessment",
                            reference(
                                "courses.assessment", blank=True, null=True, related_name="dues"
                            ),
                        ),
                        ("course", reference("courses.course", related_name="assessments_due")),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=(
                                    "course",
                                    "point",
                                    "instrument",
                                    "anchor_seq",
                                    "repetition",
                                ),
                                name="assessmentdue_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_to__gte", models.F("due_from"))),
                                name="assessmentdue_window",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("assessment__isnull", True),
                                        ("ended_at__isnull", True),
                                        ("status", "OPEN"),
                                    ),
                                    models.Q(
                                        ("assessment__isnull", False),
                                        ("ended_at__isnull", False),
                                        ("status", "DONE"),
                                    ),
                                    models.Q(
                                        ("assessment__isnull", True),
                                        ("ended_at__isnull", False),
                                        ("status__in", ["MISSED", "DROPPED"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="assessmentdue_done_by_an_assessment",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "OPEN")),
                                fields=["organization", "due_to"],
                                name="assessmentdue_open",
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.AssessmentDue",
                                hash="60fd49336376",
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
                    name="ThresholdVersion",
                    fields=[
                        ("id", key()),
                        ("number", models.PositiveSmallIntegerField()),
                        ("values", models.JSONField()),
                        ("note", models.CharField(blank=True, max_length=240)),
                        ("drafted_at", models.DateTimeField()),
                        ("signed_at", models.DateTimeField(blank=True, null=True)),
                        ("effective_from", models.DateTimeField(blank=True, null=True)),
                        ("drafted_by", reference("clinic.membership")),
                        ("organization", tenant()),
                        ("signed_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "number"),
                                name="thresholdversion_number_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("signed_at__isnull", True)),
                                fields=("organization",),
                                name="thresholdversion_one_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1)),
                                name="thresholdversion_number_is_ours",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("effective_from__isnull", True),
                                        ("signed_at__isnull", True),
                                        ("signed_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("effective_from__gte", models.F("signed_at")),
                                        ("effective_from__isnull", False),
                                        ("signed_at__gte", models.F("drafted_at")),
                                        ("signed_at__isnull", False),
                                        ("signed_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="thresholdversion_signed_by_somebody",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.ThresholdVersion",
                                hash="73c87f3a08f4",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Baseline",
                    fields=[
                        ("id", key()),
                        ("instrument", models.CharField(max_length=20)),
                        ("source_id", models.UUIDField(blank=True, null=True)),
                        ("taken_at", models.DateTimeField()),
                        ("total", models.DecimalField(decimal_places=2, max_digits=6)),
                        ("reason", models.CharField(blank=True, max_length=240)),
                        ("frozen_at", models.DateTimeField(blank=True, null=True)),
                        ("thresholds_number", models.PositiveSmallIntegerField(default=0)),
                        ("course", reference("courses.course", related_name="baselines")),
                        ("organization", tenant()),
                        ("rated_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("course", "instrument"),
                                name="baseline_once_for_an_instrument",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("rated_by__isnull", True),
                                        ("reason", ""),
                                        ("source_id__isnull", False),
                                    ),
                                    models.Q(
                                        ("rated_by__isnull", False),
                                        ("source_id__isnull", True),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="baseline_scored_or_rated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("frozen_at__isnull", True),
                                    ("frozen_at__gte", models.F("taken_at")),
                                    _connector="OR",
                                ),
                                name="baseline_taken_before_frozen",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.Baseline",
                                hash="2746c89d5236",
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
                    name="Review",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("PLANNED", "Planned review"),
                                    ("END_OF_INDUCTION", "End of induction"),
                                    ("WORSENING", "Worse than at baseline"),
                                    ("SUICIDALITY", "New or more suicidal thoughts"),
                                    ("BOOSTER", "Consider a booster"),
                                    ("BOOSTER_USE", "Appropriateness and misuse"),
                                    ("INTERVAL", "Interval of maintenance"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("point", models.CharField(blank=True, max_length=40)),
                        ("label", models.CharField(max_length=60)),
                        ("question", models.CharField(max_length=240)),
                        ("after_seq", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("source_id", models.UUIDField(blank=True, null=True)),
                        ("raised_at", models.DateTimeField()),
                        ("due_on", models.DateField()),
                        ("holds", models.BooleanField(default=False)),
                        ("numbers", models.JSONField(default=dict)),
                        ("thresholds_number", models.PositiveSmallIntegerField(default=0)),
                        ("proposal", models.JSONField(default=dict)),
                        (
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("CONTINUE", "Go on as planned"),
                                    ("CHANGE", "Go on with a change"),
                                    ("EXTEND", "Plan more doses"),
                                    ("MAINTAIN", "Go on to maintenance"),
                                    ("OBSERVE", "Observe without doses"),
                                    ("STOP", "Stop the course"),
                                    ("ACCEPT", "Take the proposed interval"),
                                    ("KEEP", "Keep the interval"),
                                    ("BOOST", "Offer a booster"),
                                    ("WAIT", "No booster now"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, max_length=240)),
                        ("keeps_hold", models.BooleanField(default=False)),
                        ("decided_numbers", models.JSONField(default=dict)),
                        (
                            "decided_thresholds_number",
                            models.PositiveSmallIntegerField(blank=True, null=True),
                        ),
                        ("course", reference("courses.course", related_name="reviews")),
                        ("decided_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("course", "kind", "point", "after_seq", "source_id"),
                                name="review_once",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("decided_at__isnull", True),
                                    (
                                        "kind__in",
                                        [
                                            "WORSENING",
                                            "SUICIDALITY",
                                            "BOOSTER",
                                            "BOOSTER_USE",
                                            "INTERVAL",
                                        ],
                                    ),
                                ),
                                fields=("course", "kind"),
                                name="review_one_open_of_a_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("decision", ""),
                                        ("reason", ""),
                                    ),
                                    models.Q(
                                        ("decided_at__gte", models.F("raised_at")),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("decision", ""), _negated=True),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="review_decided_by_somebody_for_a_reason",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("decided_at__isnull", True)),
                                fields=["course", "due_on"],
                                name="review_open_by_course",
                            ),
                            models.Index(
                                condition=models.Q(("decided_at__isnull", True)),
                                fields=["organization", "due_on"],
                                name="review_open_by_day",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.Review",
                                hash="cbb51011c5c0",
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
                    name="MaintenanceStep",
                    fields=[
                        ("id", key()),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "move",
                            models.CharField(
                                choices=[
                                    ("START", "Maintenance begins"),
                                    ("OUT", "One step out"),
                                    ("BACK", "One step back"),
                                    ("STAY", "Interval kept"),
                                    ("CHOSEN", "Interval chosen"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("interval_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=240)),
                        ("thresholds_number", models.PositiveSmallIntegerField(default=0)),
                        ("by", reference("clinic.membership")),
                        ("course", reference("courses.course", related_name="maintenance_steps")),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("course", "number"), name="maintenancestep_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="maintenancestep_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("interval_days__isnull", True),
                                    ("interval_days__range", (1, 365)),
                                    _connector="OR",
                                ),
                                name="maintenancestep_interval",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.MaintenanceStep",
                                hash="76a539a572fa",
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
                    name="BoosterWindow",
                    fields=[
                        ("id", key()),
                        (
                            "why",
                            models.CharField(
                                choices=[
                                    ("LADDER", "By the interval of maintenance"),
                                    ("EARLY", "Early, on signs of relapse"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("due_from", models.DateField()),
                        ("due_to", models.DateField()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("OPEN", "Due"),
                                    ("DONE", "Dose given"),
                                    ("LAPSED", "Passed without a dose"),
                                    ("CLOSED", "Closed"),
                                ],
                                default="OPEN",
                                max_length=8,
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=240)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("after_dose", reference("courses.dose", blank=True, null=True)),
                        ("course", reference("courses.course", related_name="booster_windows")),
                        (
                            "dose",
                            reference(
                                "courses.dose",
                                blank=True,
                                null=True,
                                related_name="booster_windows",
                            ),
                        ),
                        ("opened_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "OPEN")),
                                fields=("course",),
                                name="boosterwindow_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_to__gte", models.F("due_from"))),
                                name="boosterwindow_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at__isnull", True),
                                        ("dose__isnull", True),
                                        ("status", "OPEN"),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("dose__isnull", False),
                                        ("status", "DONE"),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("dose__isnull", True),
                                        ("status__in", ["LAPSED", "CLOSED"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="boosterwindow_status",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "OPEN")),
                                fields=["organization", "due_from"],
                                name="boosterwindow_open_by_day",
                            ),
                            models.Index(
                                fields=["course", "-due_from"], name="boosterwindow_by_course"
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.BoosterWindow",
                                hash="7f3d5a26dd79",
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
