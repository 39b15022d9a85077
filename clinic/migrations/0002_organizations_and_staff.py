"""Organisations, their places, and who works there.

`organization_keeps_a_manager`: an organisation with somebody who can manage it never loses the
last such person, by whatever way. Rivals queue for the organisation's row.
"""

import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clinic.identifiers
import clinic.models.organizations
from clinic.tables import Tables, audit, key, reference, tenant

KEEPER = """
CREATE FUNCTION clinic_keep_a_manager() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'clinic_membership' AND NOT EXISTS (
        SELECT FROM clinic_roleassignment WHERE membership_id = OLD.id AND role = 'MANAGER'
    ) THEN
        RETURN NULL;
    END IF;
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        -- Its snapshot is older than the lock below and would miss what a rival took away.
        RAISE EXCEPTION 'managers change under READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    -- Rivals queue here; the next statement then sees what they committed.
    PERFORM FROM clinic_organization WHERE id = OLD.organization_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT FROM clinic_roleassignment AS duty
        JOIN clinic_membership AS member ON member.id = duty.membership_id
        WHERE duty.organization_id = OLD.organization_id AND duty.role = 'MANAGER'
            AND member.is_active AND member.user_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'nobody would be left to manage this organisation'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_a_manager';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER organization_keeps_a_manager
    AFTER UPDATE OF is_active, user_id ON clinic_membership
    FOR EACH ROW WHEN (
        OLD.is_active AND OLD.user_id IS NOT NULL
        AND (NOT NEW.is_active OR NEW.user_id IS NULL)
    )
    EXECUTE FUNCTION clinic_keep_a_manager();

CREATE TRIGGER organization_keeps_a_manager
    AFTER DELETE OR UPDATE OF role, membership_id ON clinic_roleassignment
    FOR EACH ROW WHEN (OLD.role = 'MANAGER')
    EXECUTE FUNCTION clinic_keep_a_manager();
"""
KEEPER_BACK = """
DROP TRIGGER organization_keeps_a_manager ON clinic_roleassignment;
DROP TRIGGER organization_keeps_a_manager ON clinic_membership;
DROP FUNCTION clinic_keep_a_manager();
"""

# As databases that are older than this migration have it.
NAMED = """
ALTER TABLE clinic_apitoken
    RENAME CONSTRAINT clinic_apitoken_id_key TO clinic_apitoken_id_f23fed04_uniq
"""
NAMED_BACK = """
ALTER TABLE clinic_apitoken
    RENAME CONSTRAINT clinic_apitoken_id_f23fed04_uniq TO clinic_apitoken_id_key
"""


class Migration(migrations.Migration):
    replaces = [("clinic", "0005_sign_in_rules"), ("clinic", "0006_staff_and_tokens")]
    dependencies = [("clinic", "0001_accounts")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Organization",
                    fields=[
                        ("id", key()),
                        ("name", models.CharField(max_length=120)),
                        ("sender_name", models.CharField(max_length=80)),
                        ("is_demo", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "mfa_required",
                            models.CharField(
                                choices=[
                                    ("NOBODY", "Nobody"),
                                    ("CLINICAL", "Clinical roles"),
                                    ("EVERYBODY", "Everybody"),
                                ],
                                default="CLINICAL",
                                max_length=10,
                            ),
                        ),
                        ("idle_lock_minutes", models.PositiveSmallIntegerField(default=15)),
                        ("break_glass_minutes", models.PositiveSmallIntegerField(default=60)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("idle_lock_minutes__range", (1, 240))),
                                name="organization_locks_within_hours",
                                violation_error_message=(
                                    "A screen locks after 1 to 240 idle minutes."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("break_glass_minutes__range", (5, 480))),
                                name="organization_closes_charts_again",
                                violation_error_message=(
                                    "A restricted chart stays open for 5 to 480 minutes."
                                ),
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.Organization",
                                hash="96f6e2b08e4c",
                                owners="SELECT subject.id",
                                without="id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Site",
                    fields=[
                        ("id", key()),
                        ("name", models.CharField(max_length=120)),
                        (
                            "timezone",
                            models.CharField(
                                max_length=64,
                                validators=[clinic.models.organizations.validate_timezone],
                            ),
                        ),
                        ("address", models.CharField(max_length=240)),
                        ("phone", models.CharField(max_length=40)),
                        ("grid_minutes", models.PositiveSmallIntegerField(default=15)),
                        (
                            "soft_doses_per_day",
                            models.PositiveSmallIntegerField(blank=True, null=True),
                        ),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "name"), name="site_name_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("grid_minutes__in", [5, 15])),
                                name="site_grid_5_or_15",
                                violation_error_message=(
                                    "Visits start on a grid of 5 or 15 minutes."
                                ),
                            ),
                        ],
                        "triggers": [
                            audit("clinic.Site", hash="15b098a6e7a4", without="id,organization_id"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningHours",
                    fields=[
                        ("id", key()),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ]
                            ),
                        ),
                        ("starts", models.TimeField()),
                        ("ends", models.TimeField()),
                        ("organization", tenant()),
                        (
                            "site",
                            reference(
                                "clinic.site",
                                on_delete=models.CASCADE,
                                related_name="opening_hours",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends__gt", models.F("starts"))),
                                name="clinic_openinghours_ends_after_start",
                                violation_error_message="The end must be later than the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weekday__lte", 6)),
                                name="clinic_openinghours_weekday",
                                violation_error_message=(
                                    "A weekday is a number from 0 (Monday) to 6 (Sunday)."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("starts__gte", datetime.time(4, 0))),
                                name="clinic_openinghours_not_at_night",
                                violation_error_message="A site is closed from midnight to 04:00.",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.OpeningHours",
                                hash="3d71220ec374",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Closure",
                    fields=[
                        ("id", key()),
                        ("on", models.DateField()),
                        ("reason", models.CharField(blank=True, max_length=120)),
                        ("organization", tenant()),
                        (
                            "site",
                            reference(
                                "clinic.site", on_delete=models.CASCADE, related_name="closures"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("site", "on"), name="closure_once_a_day"
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.Closure", hash="bc4e1250ce16", without="id,organization_id"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Room",
                    fields=[
                        ("id", key()),
                        ("name", models.CharField(max_length=60)),
                        (
                            "kinds",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.SlugField(max_length=30), size=None
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("is_active", models.BooleanField(default=True)),
                        ("organization", tenant()),
                        ("site", reference("clinic.site", related_name="rooms")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("site", "name"), name="room_name_once")
                        ],
                        "triggers": [
                            audit("clinic.Room", hash="1fbb850e693d", without="id,organization_id"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoomBlock",
                    fields=[
                        ("id", key()),
                        ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                        ("reason", models.CharField(blank=True, max_length=120)),
                        ("organization", tenant()),
                        (
                            "room",
                            reference(
                                "clinic.room", on_delete=models.CASCADE, related_name="blocks"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("during__isempty", False),
                                    ("during__endswith__isnull", False),
                                    ("during__startswith__isnull", False),
                                ),
                                name="roomblock_not_empty",
                                violation_error_message="A block has a start and a later end.",
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.RoomBlock",
                                hash="d3b8b962a09b",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        ("id", key()),
                        ("name", models.CharField(max_length=120)),
                        ("capacity", models.PositiveSmallIntegerField(default=1)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "user",
                            reference(
                                settings.AUTH_USER_MODEL,
                                blank=True,
                                null=True,
                                related_name="memberships",
                            ),
                        ),
                        ("organization", tenant()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("PERSON", "Person"), ("SERVICE", "Service")],
                                default="PERSON",
                                max_length=8,
                            ),
                        ),
                        ("deactivated_at", models.DateTimeField(blank=True, null=True)),
                        ("deactivation_reason", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "user"), name="membership_once_per_user"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "PERSON"), ("user__isnull", True), _connector="OR"
                                ),
                                name="service_has_no_account",
                                violation_error_message=(
                                    "A service calls with tokens; nobody signs in as one."
                                ),
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.Membership",
                                hash="92a890ed1b80",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoleAssignment",
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
                        (
                            "membership",
                            reference(
                                "clinic.membership",
                                on_delete=models.CASCADE,
                                related_name="assignments",
                            ),
                        ),
                        ("organization", tenant()),
                        (
                            "site",
                            reference(
                                "clinic.site", on_delete=models.CASCADE, related_name="assignments"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("membership", "site", "role"),
                                name="role_once_per_person_and_site",
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.RoleAssignment",
                                hash="a327a040f287",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shift",
                    fields=[
                        ("id", key()),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ]
                            ),
                        ),
                        ("starts", models.TimeField()),
                        ("ends", models.TimeField()),
                        (
                            "membership",
                            reference(
                                "clinic.membership", on_delete=models.CASCADE, related_name="shifts"
                            ),
                        ),
                        ("organization", tenant()),
                        (
                            "site",
                            reference(
                                "clinic.site", on_delete=models.CASCADE, related_name="shifts"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends__gt", models.F("starts"))),
                                name="clinic_shift_ends_after_start",
                                violation_error_message="The end must be later than the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weekday__lte", 6)),
                                name="clinic_shift_weekday",
                                violation_error_message=(
                                    "A weekday is a number from 0 (Monday) to 6 (Sunday)."
                                ),
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.Shift", hash="3a29503d8410", without="id,organization_id"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Leave",
                    fields=[
                        ("id", key()),
                        ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                        ("reason", models.CharField(blank=True, max_length=120)),
                        (
                            "membership",
                            reference(
                                "clinic.membership", on_delete=models.CASCADE, related_name="leaves"
                            ),
                        ),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("during__isempty", False),
                                    ("during__endswith__isnull", False),
                                    ("during__startswith__isnull", False),
                                ),
                                name="leave_not_empty",
                                violation_error_message="Leave has a start and a later end.",
                            )
                        ],
                        "indexes": [
                            django.contrib.postgres.indexes.GistIndex(
                                fields=["membership", "during"], name="leave_by_member"
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.Leave", hash="e40c94c27813", without="id,organization_id"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        ("id", key()),
                        ("email", models.EmailField(max_length=254)),
                        ("invited_at", models.DateTimeField()),
                        ("number", models.PositiveSmallIntegerField(default=1)),
                        ("expires_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("invited_by", reference("clinic.membership")),
                        (
                            "membership",
                            reference(
                                "clinic.membership",
                                on_delete=models.CASCADE,
                                related_name="invitations",
                            ),
                        ),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("accepted_at__isnull", True), ("withdrawn_at__isnull", True)
                                ),
                                fields=("membership",),
                                name="invitation_one_open_per_member",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("accepted_at__isnull", True), ("withdrawn_at__isnull", True)
                                ),
                                fields=("organization", "email"),
                                name="invitation_one_open_per_address",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.Invitation",
                                hash="fc60dd4f6527",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "digest",
                            models.CharField(max_length=128, primary_key=True, serialize=False),
                        ),
                        ("token_key", models.CharField(db_index=True, max_length=25)),
                        ("created", models.DateTimeField(auto_now_add=True)),
                        ("expiry", models.DateTimeField(blank=True, null=True)),
                        ("name", models.CharField(max_length=80)),
                        (
                            "user",
                            reference(
                                settings.AUTH_USER_MODEL,
                                blank=True,
                                null=True,
                                on_delete=models.CASCADE,
                                related_name="auth_token_set",
                            ),
                        ),
                        (
                            "membership",
                            reference(
                                "clinic.membership",
                                on_delete=models.CASCADE,
                                related_name="api_tokens",
                            ),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                default=clinic.identifiers.uuid7, editable=False, unique=True
                            ),
                        ),
                        ("organization", tenant()),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                blank=True,
                                null=True,
                                size=None,
                            ),
                        ),
                        ("created_by", reference("clinic.membership", blank=True, null=True)),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expiry__isnull", False)),
                                name="apitoken_expires",
                                violation_error_message="A token is in force for a time.",
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.ApiToken",
                                hash="aa625a1c1267",
                                without="digest,token_key,id,organization_id,last_used_at",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        ("id", key()),
                        ("key", models.CharField(max_length=200)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("body", models.JSONField(null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("membership", reference("clinic.membership", on_delete=models.CASCADE)),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("membership", "key"), name="idempotency_key_once"
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["created_at"], name="idempotency_key_by_age")
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(NAMED, NAMED_BACK),
        migrations.RunSQL(KEEPER, KEEPER_BACK),
    ]
