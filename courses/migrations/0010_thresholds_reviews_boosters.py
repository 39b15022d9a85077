"""Thresholds, baselines, reviews and maintenance: what is signed, frozen or decided stays."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall

RULES = """
CREATE TRIGGER thresholds_stay
    BEFORE UPDATE OR DELETE ON courses_thresholdversion
    FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER baseline_stays
    BEFORE UPDATE ON courses_baseline
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER baseline_is_kept
    BEFORE DELETE ON courses_baseline
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

-- What is added once is the decision, and nothing else ever.
CREATE TRIGGER review_stays
    BEFORE UPDATE ON courses_review
    FOR EACH ROW WHEN (
        OLD.decided_at IS NOT NULL
        OR to_jsonb(OLD) - ARRAY['decision', 'decided_by_id', 'decided_at', 'reason',
            'keeps_hold', 'decided_numbers', 'decided_thresholds_number']
            IS DISTINCT FROM
            to_jsonb(NEW) - ARRAY['decision', 'decided_by_id', 'decided_at', 'reason',
            'keeps_hold', 'decided_numbers', 'decided_thresholds_number']
    )
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER review_is_kept
    BEFORE DELETE ON courses_review
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER maintenance_step_stays
    BEFORE UPDATE OR DELETE ON courses_maintenancestep
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

-- A window is closed once, in one of three ways.
CREATE TRIGGER booster_window_stays
    BEFORE UPDATE ON courses_boosterwindow
    FOR EACH ROW WHEN (
        OLD.status <> 'OPEN'
        OR to_jsonb(OLD) - ARRAY['status', 'closed_at', 'dose_id']
            IS DISTINCT FROM to_jsonb(NEW) - ARRAY['status', 'closed_at', 'dose_id']
    )
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER booster_window_is_kept
    BEFORE DELETE ON courses_boosterwindow
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();
"""
RULES_BACK = """
DROP TRIGGER booster_window_is_kept ON courses_boosterwindow;
DROP TRIGGER booster_window_stays ON courses_boosterwindow;
DROP TRIGGER maintenance_step_stays ON courses_maintenancestep;
DROP TRIGGER review_is_kept ON courses_review;
DROP TRIGGER review_stays ON courses_review;
DROP TRIGGER baseline_is_kept ON courses_baseline;
DROP TRIGGER baseline_stays ON courses_baseline;
DROP TRIGGER thresholds_stay ON courses_thresholdversion;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_accounts_between_organizations"),
        ("courses", "0009_alerts_and_authorizations"),
    ]

    operations = [
        migrations.CreateModel(
            name="BoosterWindow",
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
                (
                    "after_dose",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.dose",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booster_windows",
                        to="courses.course",
                    ),
                ),
                (
                    "dose",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booster_windows",
                        to="courses.dose",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MaintenanceStep",
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
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maintenance_steps",
                        to="courses.course",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Review",
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
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="courses.course",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ThresholdVersion",
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
                ("number", models.PositiveSmallIntegerField()),
                ("values", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=240)),
                ("drafted_at", models.DateTimeField()),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                ("effective_from", models.DateTimeField(blank=True, null=True)),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Baseline",
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
                ("source_id", models.UUIDField(blank=True, null=True)),
                ("taken_at", models.DateTimeField()),
                ("total", models.DecimalField(decimal_places=2, max_digits=6)),
                ("reason", models.CharField(blank=True, max_length=240)),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
                ("thresholds_number", models.PositiveSmallIntegerField(default=0)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="baselines",
                        to="courses.course",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
                (
                    "rated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("course", "instrument"), name="baseline_once_for_an_instrument"
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
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="baseline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="2746c89d5236",
                    label="courses.Baseline",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_baseline",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="boosterwindow",
            index=models.Index(
                condition=models.Q(("status", "OPEN")),
                fields=["organization", "due_from"],
                name="boosterwindow_open_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="boosterwindow",
            index=models.Index(fields=["course", "-due_from"], name="boosterwindow_by_course"),
        ),
        migrations.AddConstraint(
            model_name="boosterwindow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "OPEN")),
                fields=("course",),
                name="boosterwindow_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="boosterwindow",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_to__gte", models.F("due_from"))),
                name="boosterwindow_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="boosterwindow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True), ("dose__isnull", True), ("status", "OPEN")
                    ),
                    models.Q(
                        ("closed_at__isnull", False), ("dose__isnull", False), ("status", "DONE")
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="boosterwindow",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="7f3d5a26dd79",
                    label="courses.BoosterWindow",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_boosterwindow",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancestep",
            constraint=models.UniqueConstraint(
                fields=("course", "number"), name="maintenancestep_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancestep",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="maintenancestep_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenancestep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("interval_days__isnull", True),
                    ("interval_days__range", (1, 365)),
                    _connector="OR",
                ),
                name="maintenancestep_interval",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maintenancestep",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="76a539a572fa",
                    label="courses.MaintenanceStep",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_maintenancestep",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", True)),
                fields=["course", "due_on"],
                name="review_open_by_course",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", True)),
                fields=["organization", "due_on"],
                name="review_open_by_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                fields=("course", "kind", "point", "after_seq", "source_id"),
                name="review_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("decided_at__isnull", True),
                    (
                        "kind__in",
                        ["WORSENING", "SUICIDALITY", "BOOSTER", "BOOSTER_USE", "INTERVAL"],
                    ),
                ),
                fields=("course", "kind"),
                name="review_one_open_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("decision", ""),
                        ("reason", ""),
                    ),
                    models.Q(
                        ("decided_at__gte", models.F("raised_at")),
                        ("decided_by__isnull", False),
                        models.Q(("decision", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_decided_by_somebody_for_a_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="cbb51011c5c0",
                    label="courses.Review",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_review",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdversion",
            constraint=models.UniqueConstraint(
                fields=("organization", "number"), name="thresholdversion_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("signed_at__isnull", True)),
                fields=("organization",),
                name="thresholdversion_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="thresholdversion_number_is_ours"
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("effective_from__isnull", True),
                        ("signed_at__isnull", True),
                        ("signed_by__isnull", True),
                    ),
                    models.Q(
                        ("effective_from__gte", models.F("signed_at")),
                        ("signed_at__gte", models.F("drafted_at")),
                        ("signed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="thresholdversion_signed_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="thresholdversion",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="73c87f3a08f4",
                    label="courses.ThresholdVersion",
                    table="courses_thresholdversion",
                    without="id,organization_id",
                ),
            ),
        ),
        wall("courses_thresholdversion"),
        wall("courses_baseline"),
        wall("courses_review"),
        wall("courses_maintenancestep"),
        wall("courses_boosterwindow"),
        same_organization(
            "courses_thresholdversion",
            drafted_by_id="clinic_membership",
            signed_by_id="clinic_membership",
        ),
        same_organization(
            "courses_baseline", course_id="courses_course", rated_by_id="clinic_membership"
        ),
        same_organization(
            "courses_review", course_id="courses_course", decided_by_id="clinic_membership"
        ),
        same_organization(
            "courses_maintenancestep", course_id="courses_course", by_id="clinic_membership"
        ),
        same_organization(
            "courses_boosterwindow",
            course_id="courses_course",
            after_dose_id="courses_dose",
            dose_id="courses_dose",
            opened_by_id="clinic_membership",
        ),
        migrations.RunSQL(RULES, RULES_BACK),
    ]
