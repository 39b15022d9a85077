"""Scores and the plan of them; what was recorded is never overwritten."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall

# A draft takes answers; afterwards a row can only be withdrawn, once.
FORWARD = """
CREATE FUNCTION courses_assessment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    withdrawal constant text[] := ARRAY['withdrawn_at', 'withdrawn_by_id', 'withdrawal_reason'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.organization_id, NEW.patient_id, NEW.instrument, NEW.instrument_version,
            NEW.started_at, NEW.amends_id)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.patient_id, OLD.instrument, OLD.instrument_version,
            OLD.started_at, OLD.amends_id)
           AND (OLD.status = 'DRAFT'
                OR OLD.withdrawn_at IS NULL
                AND to_jsonb(NEW) - withdrawal = to_jsonb(OLD) - withdrawal)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what was recorded of an assessment stays'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER assessment_stays BEFORE UPDATE OR DELETE ON courses_assessment
    FOR EACH ROW EXECUTE FUNCTION courses_assessment_stays();
"""

BACK = """
DROP TRIGGER assessment_stays ON courses_assessment;
DROP FUNCTION courses_assessment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_accounts_between_organizations"),
        ("courses", "0012_screening_by_its_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.identifiers.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("instrument", models.CharField(max_length=20)),
                ("instrument_version", models.CharField(max_length=8)),
                ("variant", models.CharField(blank=True, max_length=12)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Español")], max_length=8),
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
                    models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True),
                ),
                ("band", models.CharField(blank=True, max_length=20)),
                ("subscales", models.JSONField(default=dict)),
                ("flags", models.JSONField(default=list)),
                ("is_valid", models.BooleanField(default=False)),
                ("dose_seq", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("point", models.CharField(blank=True, max_length=40)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, max_length=240)),
            ],
        ),
        migrations.CreateModel(
            name="AssessmentDue",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.identifiers.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
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
            ],
        ),
        migrations.AddField(
            model_name="assessment",
            name="amends",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="amended_by",
                to="courses.assessment",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="course",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments",
                to="courses.course",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="assessmentdue",
            name="assessment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dues",
                to="courses.assessment",
            ),
        ),
        migrations.AddField(
            model_name="assessmentdue",
            name="course",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments_due",
                to="courses.course",
            ),
        ),
        migrations.AddField(
            model_name="assessmentdue",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(fields=["patient", "-taken_at"], name="assessment_by_patient"),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(
                condition=models.Q(("status", "COMPLETE"), ("withdrawn_at__isnull", True)),
                fields=["course", "instrument", "-taken_at"],
                name="assessment_by_course",
            ),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(
                condition=models.Q(("status", "DRAFT")),
                fields=["organization", "started_at"],
                name="assessment_drafts",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["FULL", "ITEMS", "TOTAL"])), name="assessment_mode"
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("status", "DRAFT")),
                    models.Q(
                        ("ended_at__gte", models.F("started_at")),
                        ("status__in", ["COMPLETE", "ABANDONED"]),
                    ),
                    _connector="OR",
                ),
                name="assessment_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "COMPLETE"), ("taken_at__lte", models.F("ended_at"))),
                    models.Q(("band", ""), ("is_valid", False), ("total__isnull", True)),
                    _connector="OR",
                ),
                name="assessment_result_when_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_valid", True),
                    models.Q(("band", ""), ("total__isnull", True)),
                    _connector="OR",
                ),
                name="assessment_no_total_when_invalid",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("withdrawal_reason", ""),
                        ("withdrawn_at__isnull", True),
                        ("withdrawn_by__isnull", True),
                    ),
                    models.Q(
                        ("status", "COMPLETE"),
                        ("withdrawn_at__gte", models.F("ended_at")),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawal_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="assessment_withdrawn_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "DRAFT")),
                fields=("patient", "instrument"),
                name="assessment_one_draft",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assessment",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="a04742aee137",
                    label="courses.Assessment",
                    patient="subject.patient_id",
                    table="courses_assessment",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="assessmentdue",
            index=models.Index(
                condition=models.Q(("status", "OPEN")),
                fields=["organization", "due_to"],
                name="assessmentdue_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessmentdue",
            constraint=models.UniqueConstraint(
                fields=("course", "point", "instrument", "anchor_seq", "repetition"),
                name="assessmentdue_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessmentdue",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_to__gte", models.F("due_from"))),
                name="assessmentdue_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessmentdue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("assessment__isnull", True), ("ended_at__isnull", True), ("status", "OPEN")
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assessmentdue",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="60fd49336376",
                    label="courses.AssessmentDue",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_assessmentdue",
                    without="id,organization_id",
                ),
            ),
        ),
        wall("courses_assessment"),
        wall("courses_assessmentdue"),
        same_organization(
            "courses_assessment",
            patient_id="clinic_patient",
            course_id="courses_course",
            entered_by_id="clinic_membership",
            amends_id="courses_assessment",
            withdrawn_by_id="clinic_membership",
        ),
        same_organization(
            "courses_assessmentdue",
            course_id="courses_course",
            assessment_id="courses_assessment",
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
