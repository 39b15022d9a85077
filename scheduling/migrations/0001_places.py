"""What visits hold: rooms, people, patients and days; overrides of gaps; proposals of plans.

A guard is narrower than the minimum gap only by an override, and never below a day. Rows are
found by plain columns: row-level security keeps readers from indexes on ranges.
"""

import datetime

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant
from clinic.walls import same_organization, wall

# A length in hours is the same in every zone, which PostgreSQL does not know of the operator.
FUNCTION = """
CREATE FUNCTION scheduling_day_from(period tstzrange) RETURNS tstzrange
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT tstzrange(lower(period), lower(period) + interval '24 hours')
$$;
"""
BACK = "DROP FUNCTION scheduling_day_from(tstzrange)"


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("scheduling", "0001_initial"),
        ("scheduling", "0003_proposal_extra_doses"),
        ("scheduling", "0005_overrides"),
        ("scheduling", "0006_days_of_guards"),
        ("scheduling", "0007_guards_stay_whole"),
        ("scheduling", "0008_audit_triggers"),
        ("scheduling", "0009_found_by_when_they_start"),
        ("scheduling", "0010_references_stay_within"),
    ]
    dependencies = [("treatment_sessions", "0002_doses_begin_when_cleared")]

    operations = [
        migrations.RunSQL(FUNCTION, BACK),
        Tables(
            [
                migrations.CreateModel(
                    name="Override",
                    fields=[
                        ("id", key()),
                        (
                            "rule",
                            models.CharField(
                                choices=[("MINIMUM_GAP", "Minimum gap between doses")],
                                max_length=20,
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("reason", models.CharField(max_length=500)),
                        ("at", models.DateTimeField()),
                        ("by", reference("clinic.membership")),
                        ("organization", tenant()),
                        (
                            "visit",
                            reference("treatment_sessions.session", related_name="overrides"),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    20,
                                ),
                                name="override_says_why",
                                violation_error_message=(
                                    "Say why in at least 20 characters; it is kept."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rule__in", ["MINIMUM_GAP"])),
                                name="override_rule",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["visit", "-at"], name="override_by_visit")
                        ],
                        "triggers": [
                            audit(
                                "scheduling.Override",
                                hash="94a405010841",
                                patient=(
                                    "(SELECT patient_id FROM treatment_sessions_session WHERE"
                                    " id = subject.visit_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reservation",
                    fields=[
                        ("id", key()),
                        ("room_during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                        (
                            "patient_during",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        (
                            "guard",
                            django.contrib.postgres.fields.ranges.DateRangeField(
                                blank=True, null=True
                            ),
                        ),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient")),
                        ("room", reference("clinic.room", related_name="reservations")),
                        (
                            "session",
                            models.OneToOneField(
                                on_delete=models.PROTECT,
                                related_name="reservation",
                                to="treatment_sessions.session",
                            ),
                        ),
                        ("site", reference("clinic.site")),
                        ("gap_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "guard_override",
                            reference(
                                "scheduling.override", blank=True, null=True, related_name="guards"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[("room", "="), ("room_during", "&&")],
                                name="reservation_room_free",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[("patient", "="), ("patient_during", "&&")],
                                name="reservation_patient_free",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("guard__isnull", False)),
                                expressions=[("patient", "="), ("guard", "&&")],
                                name="reservation_dose_gap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("gap_days__isnull", True),
                                        ("guard__isnull", True),
                                        ("guard_override__isnull", True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("guard_override__isnull", False),
                                            django.db.models.lookups.GreaterThanOrEqual(
                                                models.Func(
                                                    models.F("guard"),
                                                    output_field=models.IntegerField(),
                                                    template=(
                                                        "(upper(%(expressions)s) - "
                                                        "lower(%(expressions)s))"
                                                    ),
                                                ),
                                                models.F("gap_days"),
                                            ),
                                            _connector="OR",
                                        ),
                                        ("gap_days__gte", 1),
                                        ("gap_days__isnull", False),
                                        ("guard__isempty", False),
                                        ("guard__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="reservation_guard_is_whole",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("gap_days__gte", 2)),
                                expressions=[
                                    ("patient", "="),
                                    (
                                        models.Func(
                                            models.F("patient_during"),
                                            function="scheduling_day_from",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="reservation_dose_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "room_during__endswith__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("room_during__startswith"),
                                            "+",
                                            models.Value(datetime.timedelta(days=1)),
                                        ),
                                    )
                                ),
                                name="reservation_within_a_day",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "scheduling.Reservation",
                                hash="52e13623191e",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StaffClaim",
                    fields=[
                        ("id", key()),
                        (
                            "role",
                            models.CharField(
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
                        ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                        ("load", models.PositiveSmallIntegerField()),
                        ("membership", reference("clinic.membership", related_name="claims")),
                        ("organization", tenant()),
                        (
                            "reservation",
                            reference(
                                "scheduling.reservation",
                                on_delete=models.CASCADE,
                                related_name="claims",
                            ),
                        ),
                        (
                            "starts_at",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.F("during__startswith"),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("load__gte", 1)),
                                name="staffclaim_load_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "during__endswith__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("during__startswith"),
                                            "+",
                                            models.Value(datetime.timedelta(days=1)),
                                        ),
                                    )
                                ),
                                name="staffclaim_within_a_day",
                            ),
                        ],
                        "indexes": [
                            django.contrib.postgres.indexes.GistIndex(
                                fields=["membership", "during"], name="staffclaim_by_member"
                            ),
                            models.Index(
                                fields=["membership", "starts_at"],
                                name="staffclaim_by_member_and_start",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "scheduling.StaffClaim",
                                hash="f9b46b15409b",
                                patient=(
                                    "(SELECT patient_id FROM scheduling_reservation WHERE id "
                                    "= subject.reservation_id)"
                                ),
                                without="id,organization_id,starts_at",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Proposal",
                    fields=[
                        ("id", key()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("QUEUED", "Waiting for a planner"),
                                    ("RUNNING", "Planning"),
                                    ("READY", "Ready to accept"),
                                    ("IMPOSSIBLE", "Nothing fits"),
                                    ("FAILED", "Planning failed"),
                                    ("ACCEPTED", "Accepted"),
                                    ("DISCARDED", "Discarded"),
                                ],
                                default="QUEUED",
                                max_length=12,
                            ),
                        ),
                        ("requested_at", models.DateTimeField()),
                        ("claimed_until", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("stage", models.CharField(blank=True, max_length=20)),
                        ("progress", models.PositiveSmallIntegerField(default=0)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("visits", models.JSONField(default=list)),
                        ("cost", models.JSONField(default=dict)),
                        ("explanation", models.JSONField(default=dict)),
                        ("reason", models.CharField(blank=True, max_length=20)),
                        ("relief", models.JSONField(default=dict)),
                        ("course", reference("courses.course", related_name="proposals")),
                        ("lead_therapist", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("requested_by", reference("clinic.membership")),
                        ("extra_doses", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["QUEUED", "RUNNING", "READY"])),
                                fields=("course",),
                                name="proposal_one_open_per_course",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("progress__lte", 100)),
                                name="proposal_progress_is_percent",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["QUEUED", "RUNNING"])),
                                fields=["requested_at"],
                                name="proposal_waiting",
                            )
                        ],
                        "triggers": [
                            audit(
                                "scheduling.Proposal",
                                hash="d2c5b9854634",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id,claimed_until,attempts,stage,progress",
                            ),
                        ],
                    },
                ),
            ]
        ),
        wall("scheduling_reservation"),
        wall("scheduling_staffclaim"),
        wall("scheduling_proposal"),
        wall("scheduling_override"),
        same_organization(
            "scheduling_override", visit_id="treatment_sessions_session", by_id="clinic_membership"
        ),
        same_organization(
            "scheduling_reservation",
            session_id="treatment_sessions_session",
            site_id="clinic_site",
            room_id="clinic_room",
            patient_id="clinic_patient",
            guard_override_id="scheduling_override",
        ),
        same_organization(
            "scheduling_staffclaim",
            reservation_id="scheduling_reservation",
            membership_id="clinic_membership",
        ),
        same_organization(
            "scheduling_proposal",
            course_id="courses_course",
            requested_by_id="clinic_membership",
            lead_therapist_id="clinic_membership",
        ),
    ]
