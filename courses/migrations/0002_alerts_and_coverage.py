"""Safety alerts and who is told of them; payers' authorisations and agreements to pay."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant


class Migration(migrations.Migration):
    replaces = [("courses", "0009_alerts_and_authorizations"), ("courses", "0016_no_half_ends")]
    dependencies = [("courses", "0001_courses")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="OnCall",
                    fields=[
                        ("id", key()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("membership", reference("clinic.membership", on_delete=models.CASCADE)),
                        ("organization", tenant()),
                        ("site", reference("clinic.site", on_delete=models.CASCADE)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="oncall_ends_after_start",
                                violation_error_message="The end must be later than the start.",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["site", "ends_at"], name="oncall_by_site_and_end")
                        ],
                        "triggers": [
                            audit(
                                "courses.OnCall", hash="976239a62a65", without="id,organization_id"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SafetyAlert",
                    fields=[
                        ("id", key()),
                        ("rule", models.CharField(max_length=40)),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("ALERT", "Alert"),
                                    ("URGENT", "Urgent"),
                                    ("HIGH", "High risk"),
                                ],
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
                        ("acknowledged_by", reference("clinic.membership", blank=True, null=True)),
                        ("assessor", reference("clinic.membership", blank=True, null=True)),
                        ("closed_by", reference("clinic.membership", blank=True, null=True)),
                        (
                            "course",
                            reference(
                                "courses.course", blank=True, null=True, related_name="alerts"
                            ),
                        ),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="alerts")),
                        ("raised_by", reference("clinic.membership", blank=True, null=True)),
                        ("routed_to", reference("clinic.membership", blank=True, null=True)),
                        ("site", reference("clinic.site")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=("source_id", "rule"),
                                name="safetyalert_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("level__in", ["ALERT", "URGENT", "HIGH"])),
                                name="safetyalert_level",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("acknowledged_at__isnull", True),
                                        ("acknowledged_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("acknowledged_at__gte", models.F("raised_at")),
                                        ("acknowledged_at__isnull", False),
                                        ("acknowledged_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="safetyalert_taken_on_by_somebody",
                            ),
                            models.CheckConstraint(
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
                                        ("assessed_at__isnull", False),
                                        ("assessor__isnull", False),
                                        ("closed_at__gte", models.F("assessed_at")),
                                        ("closed_at__isnull", False),
                                        ("closed_by__isnull", False),
                                        ("risk__in", ["NONE", "LOW", "MODERATE", "HIGH"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="safetyalert_closed_with_an_assessment",
                                violation_error_message=(
                                    "Say what was agreed, in at least 20 characters."
                                ),
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("acknowledged_at__isnull", True), ("closed_at__isnull", True)
                                ),
                                fields=["organization", "escalates_at"],
                                name="safetyalert_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=["site", "-raised_at"],
                                name="safetyalert_open_by_site",
                            ),
                            models.Index(
                                fields=["site", "-closed_at"], name="safetyalert_by_site_and_end"
                            ),
                            models.Index(
                                fields=["patient", "-raised_at"], name="safetyalert_by_patient"
                            ),
                            models.Index(
                                fields=["source_id", "rule"], name="safetyalert_by_source"
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.SafetyAlert",
                                hash="556634f79b3b",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertNotice",
                    fields=[
                        ("id", key()),
                        ("round", models.PositiveSmallIntegerField()),
                        ("written_at", models.DateTimeField()),
                        ("claimed_until", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("organization", tenant()),
                        ("to", reference("clinic.membership")),
                        ("alert", reference("courses.safetyalert", related_name="notices")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("alert", "to", "round"), name="alertnotice_once_a_round"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True)),
                                fields=["organization"],
                                name="alertnotice_unsent",
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.AlertNotice",
                                hash="f74282c5cbf8",
                                patient=(
                                    "(SELECT patient_id FROM courses_safetyalert WHERE id = "
                                    "subject.alert_id)"
                                ),
                                without="id,organization_id,claimed_until,attempts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertEvent",
                    fields=[
                        ("id", key()),
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
                                choices=[
                                    ("ALERT", "Alert"),
                                    ("URGENT", "Urgent"),
                                    ("HIGH", "High risk"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("to", reference("clinic.membership", blank=True, null=True)),
                        ("alert", reference("courses.safetyalert", related_name="events")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["alert", "at"], name="alertevent_by_alert")
                        ],
                        "triggers": [
                            audit(
                                "courses.AlertEvent",
                                hash="9e0c85c37548",
                                patient=(
                                    "(SELECT patient_id FROM courses_safetyalert WHERE id = "
                                    "subject.alert_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payer",
                    fields=[
                        ("id", key()),
                        ("name", models.CharField(max_length=120)),
                        ("profile", models.CharField(blank=True, max_length=20)),
                        ("is_active", models.BooleanField(default=True)),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "name"), name="payer_name_once"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.Payer", hash="b03706f5b837", without="id,organization_id"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Authorization",
                    fields=[
                        ("id", key()),
                        (
                            "drug",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("racemic ketamine", "Ketamine"),
                                    ("esketamine", "Esketamine"),
                                ],
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
                            reference(
                                "courses.course",
                                blank=True,
                                null=True,
                                related_name="authorizations",
                            ),
                        ),
                        ("ended_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="authorizations")),
                        ("recorded_by", reference("clinic.membership")),
                        ("payer", reference("courses.payer", related_name="authorizations")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="authorization_ends_after_start",
                                violation_error_message="The last day is not before the first.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("course__isnull", False), ("drug", "")),
                                    models.Q(
                                        ("course__isnull", True),
                                        models.Q(("drug", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="authorization_for_a_course_or_a_drug",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("visits_granted__gte", 1),
                                        ("visits_granted__isnull", False),
                                    ),
                                    models.Q(
                                        ("units_granted__gte", 1), ("units_granted__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="authorization_grants_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("end_reason", ""),
                                        ("ended_at__isnull", True),
                                        ("ended_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("ended_at__gte", models.F("recorded_at")),
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="authorization_ended_for_a_reason",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["patient", "-ends_on"], name="authorization_by_patient"
                            ),
                            models.Index(
                                fields=["organization", "ends_on"], name="authorization_by_end"
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.Authorization",
                                hash="71fc6367e48c",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SelfPayAgreement",
                    fields=[
                        ("id", key()),
                        ("signed_on", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("course", reference("courses.course", related_name="self_pay")),
                        ("ended_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("recorded_by", reference("clinic.membership")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("course",),
                                name="selfpay_one_in_force",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True), ("ended_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("ended_at__gte", models.F("recorded_at")),
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="selfpay_ended_by_somebody",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.SelfPayAgreement",
                                hash="d50c44c746e1",
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
                    name="CoverageWarning",
                    fields=[
                        ("id", key()),
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
                        ("by", reference("clinic.membership")),
                        ("course", reference("courses.course", related_name="coverage_warnings")),
                        ("organization", tenant()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["course", "-at"], name="coveragewarning_by_course")
                        ],
                        "triggers": [
                            audit(
                                "courses.CoverageWarning",
                                hash="d7fe046429e5",
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
