"""Safety alerts that only go forward, and payers' authorisations."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall

FORWARD = """
CREATE FUNCTION courses_alert_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ranks constant text[] := ARRAY['ALERT', 'URGENT', 'HIGH'];
    risen boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        risen := array_position(ranks, NEW.level) > array_position(ranks, OLD.level);
        -- A higher level asks anew for somebody to take the alert on.
        IF OLD.closed_at IS NULL
            AND (NEW.id, NEW.organization_id, NEW.patient_id, NEW.course_id, NEW.site_id, NEW.rule,
                 NEW.source_id, NEW.raised_at, NEW.raised_by_id)
                IS NOT DISTINCT FROM
                (OLD.id, OLD.organization_id, OLD.patient_id, OLD.course_id, OLD.site_id, OLD.rule,
                 OLD.source_id, OLD.raised_at, OLD.raised_by_id)
            AND (risen OR NEW.level = OLD.level)
            AND (OLD.acknowledged_at IS NULL OR risen AND NEW.acknowledged_at IS NULL
                 OR (NEW.acknowledged_at, NEW.acknowledged_by_id)
                    IS NOT DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by_id))
            AND NEW.escalations >= OLD.escalations
            AND (OLD.escalated_at IS NULL OR coalesce(NEW.escalated_at >= OLD.escalated_at, false))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'safety alerts are never deleted, and only go forward'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER alert_goes_forward BEFORE UPDATE OR DELETE ON courses_safetyalert
    FOR EACH ROW EXECUTE FUNCTION courses_alert_goes_forward();

CREATE TRIGGER alert_event_stays BEFORE UPDATE OR DELETE ON courses_alertevent
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER alert_notice_stays
    BEFORE UPDATE OF id, organization_id, alert_id, to_id, round, written_at OR DELETE
    ON courses_alertnotice FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER alert_notice_sent_once BEFORE UPDATE ON courses_alertnotice
    FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER coverage_warning_stays BEFORE UPDATE OR DELETE ON courses_coveragewarning
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();
"""

BACK = """
DROP TRIGGER coverage_warning_stays ON courses_coveragewarning;
DROP TRIGGER alert_notice_sent_once ON courses_alertnotice;
DROP TRIGGER alert_notice_stays ON courses_alertnotice;
DROP TRIGGER alert_event_stays ON courses_alertevent;
DROP TRIGGER alert_goes_forward ON courses_safetyalert;
DROP FUNCTION courses_alert_goes_forward();
"""
MEMBER = "clinic_membership"
WALLED = [
    "safetyalert", "alertevent", "alertnotice", "oncall",
    "payer", "authorization", "selfpayagreement", "coveragewarning",
]  # fmt: skip
REFERENCES = {
    "safetyalert": {
        "patient_id": "clinic_patient",
        "course_id": "courses_course",
        "site_id": "clinic_site",
        "raised_by_id": MEMBER,
        "routed_to_id": MEMBER,
        "acknowledged_by_id": MEMBER,
        "assessor_id": MEMBER,
        "closed_by_id": MEMBER,
    },
    "alertevent": {"alert_id": "courses_safetyalert", "by_id": MEMBER, "to_id": MEMBER},
    "alertnotice": {"alert_id": "courses_safetyalert", "to_id": MEMBER},
    "oncall": {"site_id": "clinic_site", "membership_id": MEMBER},
    "authorization": {
        "patient_id": "clinic_patient",
        "payer_id": "courses_payer",
        "course_id": "courses_course",
        "recorded_by_id": MEMBER,
        "ended_by_id": MEMBER,
    },
    "selfpayagreement": {
        "course_id": "courses_course",
        "recorded_by_id": MEMBER,
        "ended_by_id": MEMBER,
    },
    "coveragewarning": {"course_id": "courses_course", "by_id": MEMBER},
}


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_accounts_between_organizations"),
        ("courses", "0008_clinical_core"),
    ]

    operations = [
        migrations.CreateModel(
            name="OnCall",
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
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
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
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Payer",
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
                ("name", models.CharField(max_length=120)),
                ("profile", models.CharField(blank=True, max_length=20)),
                ("is_active", models.BooleanField(default=True)),
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
            name="Authorization",
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
                    "drug",
                    models.CharField(
                        blank=True,
                        choices=[("racemic ketamine", "Ketamine"), ("esketamine", "Esketamine")],
                        max_length=20,
                    ),
                ),
                ("profile", models.CharField(blank=True, max_length=20)),
                ("reference", models.CharField(max_length=60)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("visits_granted", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("units_granted", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("renewal_days", models.PositiveSmallIntegerField()),
                ("evidence", models.CharField(blank=True, max_length=400)),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=240)),
                (
                    "course",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authorizations",
                        to="courses.course",
                    ),
                ),
                (
                    "ended_by",
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
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authorizations",
                        to="clinic.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="authorizations",
                        to="courses.payer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SafetyAlert",
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
                ("rule", models.CharField(max_length=40)),
                (
                    "level",
                    models.CharField(
                        choices=[("ALERT", "Alert"), ("URGENT", "Urgent"), ("HIGH", "High risk")],
                        max_length=8,
                    ),
                ),
                ("source_id", models.UUIDField()),
                ("raised_at", models.DateTimeField()),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("SERVING", "serves the patient today"),
                            ("ON_SHIFT", "is on shift"),
                            ("ON_CALL", "is on call"),
                            ("DIRECTOR", "is the medical director"),
                            ("NOBODY", "told for want of anybody on duty"),
                        ],
                        max_length=8,
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("escalations", models.PositiveSmallIntegerField(default=0)),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("escalates_at", models.DateTimeField()),
                ("assessed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "risk",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NONE", "No present risk"),
                            ("LOW", "Low"),
                            ("MODERATE", "Moderate"),
                            ("HIGH", "High"),
                        ],
                        max_length=8,
                    ),
                ),
                ("plan", models.TextField(blank=True, max_length=2000)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "assessor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
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
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="clinic.patient",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "routed_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlertNotice",
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
                ("round", models.PositiveSmallIntegerField()),
                ("written_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
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
                    "to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="courses.safetyalert",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlertEvent",
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
                            ("RAISED", "Raised"),
                            ("LEVEL_RAISED", "Raised to a higher level"),
                            ("ROUTED", "Given to"),
                            ("NOTIFIED", "E-mail sent to"),
                            ("ESCALATED", "Unanswered; passed on"),
                            ("ACKNOWLEDGED", "Taken on"),
                            ("CLOSED", "Assessed and closed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "route",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("SERVING", "serves the patient today"),
                            ("ON_SHIFT", "is on shift"),
                            ("ON_CALL", "is on call"),
                            ("DIRECTOR", "is the medical director"),
                            ("NOBODY", "told for want of anybody on duty"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("ALERT", "Alert"), ("URGENT", "Urgent"), ("HIGH", "High risk")],
                        max_length=8,
                    ),
                ),
                (
                    "by",
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
                (
                    "to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="courses.safetyalert",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SelfPayAgreement",
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
                ("signed_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="self_pay",
                        to="courses.course",
                    ),
                ),
                (
                    "ended_by",
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
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CoverageWarning",
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
                ("visit_id", models.UUIDField()),
                ("on", models.DateField()),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("OUTSIDE_DATES", "Outside the dates of the authorisation"),
                            ("NO_VISITS_LEFT", "More visits than authorised"),
                            ("NO_UNITS_LEFT", "More devices than authorised"),
                        ],
                        max_length=16,
                    ),
                ),
                ("self_pay", models.BooleanField()),
                ("at", models.DateTimeField()),
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
                        related_name="coverage_warnings",
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
            options={
                "indexes": [
                    models.Index(fields=["course", "-at"], name="coveragewarning_by_course")
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="coveragewarning",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="d7fe046429e5",
                    label="courses.CoverageWarning",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_coveragewarning",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="oncall",
            index=models.Index(fields=["site", "ends_at"], name="oncall_by_site_and_end"),
        ),
        migrations.AddConstraint(
            model_name="oncall",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="oncall_ends_after_start",
                violation_error_message="The end must be later than the start.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="oncall",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="976239a62a65",
                    label="courses.OnCall",
                    table="courses_oncall",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="payer",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="payer_name_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payer",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="b03706f5b837",
                    label="courses.Payer",
                    table="courses_payer",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(fields=["patient", "-ends_on"], name="authorization_by_patient"),
        ),
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(fields=["organization", "ends_on"], name="authorization_by_end"),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="authorization_ends_after_start",
                violation_error_message="The last day is not before the first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("course__isnull", False), ("drug", "")),
                    models.Q(("course__isnull", True), models.Q(("drug", ""), _negated=True)),
                    _connector="OR",
                ),
                name="authorization_for_a_course_or_a_drug",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("visits_granted__gte", 1), ("units_granted__gte", 1), _connector="OR"
                ),
                name="authorization_grants_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("end_reason", ""), ("ended_at__isnull", True), ("ended_by__isnull", True)
                    ),
                    models.Q(
                        ("ended_at__gte", models.F("recorded_at")),
                        ("ended_by__isnull", False),
                        models.Q(("end_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="authorization_ended_for_a_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authorization",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="71fc6367e48c",
                    label="courses.Authorization",
                    patient="subject.patient_id",
                    table="courses_authorization",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="safetyalert",
            index=models.Index(
                condition=models.Q(("acknowledged_at__isnull", True), ("closed_at__isnull", True)),
                fields=["organization", "escalates_at"],
                name="safetyalert_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="safetyalert",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["site", "-raised_at"],
                name="safetyalert_open_by_site",
            ),
        ),
        migrations.AddIndex(
            model_name="safetyalert",
            index=models.Index(fields=["site", "-closed_at"], name="safetyalert_by_site_and_end"),
        ),
        migrations.AddIndex(
            model_name="safetyalert",
            index=models.Index(fields=["patient", "-raised_at"], name="safetyalert_by_patient"),
        ),
        migrations.AddIndex(
            model_name="safetyalert",
            index=models.Index(fields=["source_id", "rule"], name="safetyalert_by_source"),
        ),
        migrations.AddConstraint(
            model_name="safetyalert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("source_id", "rule"),
                name="safetyalert_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalert",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["ALERT", "URGENT", "HIGH"])),
                name="safetyalert_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                    models.Q(
                        ("acknowledged_at__gte", models.F("raised_at")),
                        ("acknowledged_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="safetyalert_taken_on_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("assessed_at__isnull", True),
                        ("assessor__isnull", True),
                        ("closed_at__isnull", True),
                        ("closed_by__isnull", True),
                        ("plan", ""),
                        ("risk", ""),
                    ),
                    models.Q(
                        django.db.models.lookups.GreaterThanOrEqual(
                            django.db.models.functions.text.Length(
                                django.db.models.functions.text.Trim("plan")
                            ),
                            20,
                        ),
                        ("acknowledged_at__isnull", False),
                        ("assessed_at__gte", models.F("raised_at")),
                        ("assessor__isnull", False),
                        ("closed_at__gte", models.F("assessed_at")),
                        ("closed_by__isnull", False),
                        ("risk__in", ["NONE", "LOW", "MODERATE", "HIGH"]),
                    ),
                    _connector="OR",
                ),
                name="safetyalert_closed_with_an_assessment",
                violation_error_message=(
                    "Say what was agreed in at least 20 characters; it is kept."
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="safetyalert",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="556634f79b3b",
                    label="courses.SafetyAlert",
                    patient="subject.patient_id",
                    table="courses_safetyalert",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="alertnotice",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", True)),
                fields=["organization"],
                name="alertnotice_unsent",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertnotice",
            constraint=models.UniqueConstraint(
                fields=("alert", "to", "round"), name="alertnotice_once_a_round"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertnotice",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="f74282c5cbf8",
                    label="courses.AlertNotice",
                    patient=(
                        "(SELECT patient_id FROM courses_safetyalert WHERE id = subject.alert_id)"
                    ),
                    table="courses_alertnotice",
                    without="id,organization_id,claimed_until,attempts",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="alertevent",
            index=models.Index(fields=["alert", "at"], name="alertevent_by_alert"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertevent",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="9e0c85c37548",
                    label="courses.AlertEvent",
                    patient=(
                        "(SELECT patient_id FROM courses_safetyalert WHERE id = subject.alert_id)"
                    ),
                    table="courses_alertevent",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="selfpayagreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("course",),
                name="selfpay_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfpayagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(
                        ("ended_at__gte", models.F("recorded_at")), ("ended_by__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="selfpay_ended_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="selfpayagreement",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="d50c44c746e1",
                    label="courses.SelfPayAgreement",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="courses_selfpayagreement",
                    without="id,organization_id",
                ),
            ),
        ),
        *(wall(f"courses_{table}") for table in WALLED),
        *(same_organization(f"courses_{table}", **said) for table, said in REFERENCES.items()),
        migrations.RunSQL(FORWARD, BACK),
    ]
