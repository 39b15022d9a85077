"""Courses go from state to state by one table; holds and doses stay as they were recorded."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall

# The same table as `courses.rules.NEXT`.
STATES = """
CREATE FUNCTION courses_course_goes_its_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM (VALUES
            ('DRAFT', 'ACTIVE'), ('DRAFT', 'STOPPED'),
            ('ACTIVE', 'PAUSED'), ('ACTIVE', 'INTERRUPTED'), ('ACTIVE', 'COMPLETED'),
            ('ACTIVE', 'STOPPED'),
            ('PAUSED', 'ACTIVE'), ('PAUSED', 'INTERRUPTED'), ('PAUSED', 'STOPPED'),
            ('INTERRUPTED', 'ACTIVE'), ('INTERRUPTED', 'STOPPED')
        ) AS way (before, after) WHERE before = OLD.status AND after = NEW.status
    ) THEN
        RAISE EXCEPTION 'a course does not come from % into %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_goes_its_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER course_goes_its_way
    BEFORE UPDATE OF status ON courses_course
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION courses_course_goes_its_way();

CREATE FUNCTION courses_course_is_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('COMPLETED', 'STOPPED') AND (
        OLD.patient_id, OLD.site_id, OLD.protocol_version_id, OLD.dose_count, OLD.stop_reason
    ) IS DISTINCT FROM (
        NEW.patient_id, NEW.site_id, NEW.protocol_version_id, NEW.dose_count, NEW.stop_reason
    ) THEN
        RAISE EXCEPTION 'a course that is over keeps its terms'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_is_over';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER course_is_over
    BEFORE UPDATE OF patient_id, site_id, protocol_version_id, dose_count, stop_reason
    ON courses_course FOR EACH ROW EXECUTE FUNCTION courses_course_is_over();

-- Released once, by whom and why; nothing else of a hold changes.
CREATE FUNCTION courses_hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL OR (
        OLD.organization_id, OLD.course_id, OLD.kind, OLD.source_id, OLD.opened_at,
        OLD.opened_by_id, OLD.reason
    ) IS DISTINCT FROM (
        NEW.organization_id, NEW.course_id, NEW.kind, NEW.source_id, NEW.opened_at,
        NEW.opened_by_id, NEW.reason
    ) THEN
        RAISE EXCEPTION 'a hold is released once and changes in nothing else'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER hold_stays BEFORE UPDATE ON courses_hold
    FOR EACH ROW EXECUTE FUNCTION courses_hold_stays();

-- Withdrawn once, where it was given elsewhere; the rest of a dose stays as it was recorded.
CREATE FUNCTION courses_dose_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(NEW) - 'withdrawn_at'
        OR OLD.withdrawn_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a dose stays as it was recorded, or is withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dose_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER dose_stays BEFORE UPDATE ON courses_dose
    FOR EACH ROW EXECUTE FUNCTION courses_dose_stays();
"""
STATES_BACK = """
DROP TRIGGER dose_stays ON courses_dose;
DROP FUNCTION courses_dose_stays();
DROP TRIGGER hold_stays ON courses_hold;
DROP FUNCTION courses_hold_stays();
DROP TRIGGER course_is_over ON courses_course;
DROP FUNCTION courses_course_is_over();
DROP TRIGGER course_goes_its_way ON courses_course;
DROP FUNCTION courses_course_goes_its_way();
"""
# What was halted or ended before there were days and codes.
SAY_WHY = """
UPDATE courses_course SET stop_reason = 'OTHER' WHERE status = 'STOPPED' AND stop_reason = '';
UPDATE courses_course SET paused_until = current_date
    WHERE status = 'PAUSED' AND paused_until IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0013_deaths"),
        ("courses", "0013_assessments"),
    ]

    operations = [
        migrations.RunSQL(SAY_WHY, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="CapOverride",
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
                ("on", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LapseDecision",
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
                ("days", models.PositiveSmallIntegerField()),
                ("from_days", models.PositiveSmallIntegerField()),
                ("to_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "option",
                    models.CharField(
                        choices=[
                            ("CONTINUE", "Continue, number of doses unchanged"),
                            ("ADD_1", "Continue and add one dose"),
                            ("ADD_2", "Continue and add two doses"),
                            ("RESTART", "Restart the block"),
                            ("STEP_BACK", "Step back one frequency"),
                            ("RESUME", "Resume at the frequency before"),
                            ("REINDUCE", "Re-induce"),
                            ("RESCREEN", "Screen again first"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(max_length=240)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name="courseevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("STARTED", "Course started"),
                    ("ACTIVATED", "Treatment under way"),
                    ("EXTENDED", "More doses planned"),
                    ("SCHEDULED", "Visits booked"),
                    ("VISIT_MOVED", "Visit moved"),
                    ("VISIT_CANCELLED", "Visit cancelled"),
                    ("VISIT_MISSED", "Visit missed"),
                    ("PAUSED", "Course paused"),
                    ("RESUMED", "Course resumed"),
                    ("COMPLETED", "Course completed"),
                    ("STOPPED", "Course stopped"),
                    ("INTERRUPTED", "Course interrupted"),
                    ("SWITCHED", "Switched to another course"),
                    ("VERSION_CHANGED", "Moved to another version of the protocol"),
                    ("TERMS_CHANGED", "Goal or dates changed"),
                    ("DOSE_GIVEN", "Dose given"),
                    ("OUTSIDE_DOSE", "Dose elsewhere recorded"),
                    ("DOSE_WITHDRAWN", "Record of a dose withdrawn"),
                    ("MISSED_DECIDED", "Decision after a lapse"),
                    ("HELD", "Doses held"),
                    ("RELEASED", "Hold released"),
                    ("SCREENED", "Screening decided"),
                    ("SCREENING_OVER", "Screening no longer valid"),
                    ("CONFIRMED", "Provisional visits confirmed"),
                    ("CALLED_OFF", "Visits called off"),
                    ("BASELINE_SET", "Baseline fixed"),
                    ("REVIEW_DUE", "Review due"),
                    ("REVIEWED", "Review decided"),
                    ("BOOSTER_DUE", "Booster window opened"),
                    ("INTERVAL_CHANGED", "Maintenance interval changed"),
                    ("RELAPSE_FLAGGED", "Relapse flagged"),
                    ("ALERT_RAISED", "Safety alert raised"),
                    ("ALERT_CLOSED", "Safety alert closed"),
                    ("AUTHORIZED", "Payer’s authorisation recorded"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paused_until__isnull", False), ("status", "PAUSED")),
                    models.Q(
                        models.Q(("status", "PAUSED"), _negated=True),
                        ("paused_until__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="course_paused_until_a_day",
                violation_error_message="A paused course, and no other, has a day until which.",
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "STOPPED"), models.Q(("stop_reason", ""), _negated=True)),
                    models.Q(models.Q(("status", "STOPPED"), _negated=True), ("stop_reason", "")),
                    _connector="OR",
                ),
                name="course_stopped_for_a_reason",
                violation_error_message="A stopped course, and no other, has a reason for it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("follows__isnull", True),
                        models.Q(("relation", ""), ("relation", "TRANSFER"), _connector="OR"),
                    ),
                    models.Q(
                        ("follows__isnull", False),
                        models.Q(("relation", ""), _negated=True),
                        models.Q(("follows", models.F("id")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="course_follows_another_somehow",
                violation_error_message="A course that follows another says how.",
            ),
        ),
        migrations.AddField(
            model_name="capoverride",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="capoverride",
            name="course",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cap_overrides",
                to="courses.course",
            ),
        ),
        migrations.AddField(
            model_name="capoverride",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="lapsedecision",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="lapsedecision",
            name="course",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lapse_decisions",
                to="courses.course",
            ),
        ),
        migrations.AddField(
            model_name="lapsedecision",
            name="dose",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="courses.dose"
            ),
        ),
        migrations.AddField(
            model_name="lapsedecision",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddIndex(
            model_name="capoverride",
            index=models.Index(fields=["course", "on"], name="capoverride_by_course"),
        ),
        migrations.AddConstraint(
            model_name="capoverride",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length(
                        django.db.models.functions.text.Trim("reason")
                    ),
                    20,
                ),
                name="capoverride_says_why",
                violation_error_message="Say why in at least 20 characters; it is kept.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="capoverride",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="7153cecf1237",
                    label="courses.CapOverride",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_capoverride",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="lapsedecision",
            index=models.Index(fields=["course", "-at"], name="lapsedecision_by_course"),
        ),
        migrations.AddConstraint(
            model_name="lapsedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("days__gte", models.F("from_days")),
                    models.Q(
                        ("to_days__isnull", True),
                        ("days__lte", models.F("to_days")),
                        _connector="OR",
                    ),
                ),
                name="lapsedecision_is_of_its_row",
            ),
        ),
        migrations.AddConstraint(
            model_name="lapsedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="lapsedecision_says_why"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lapsedecision",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="e4c7b3fc1b36",
                    label="courses.LapseDecision",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_lapsedecision",
                    without="id,organization_id",
                ),
            ),
        ),
        wall("courses_capoverride"),
        same_organization(
            "courses_capoverride", course_id="courses_course", by_id="clinic_membership"
        ),
        wall("courses_lapsedecision"),
        same_organization(
            "courses_lapsedecision",
            course_id="courses_course",
            dose_id="courses_dose",
            by_id="clinic_membership",
        ),
        migrations.RunSQL(STATES, STATES_BACK),
    ]
