"""Invitations; services; why somebody left; whose token it is, what for, and when it was used.

`organization_keeps_a_manager`: an organisation with somebody who can manage it never loses the
last such person, by whatever way. Rivals queue for the organisation's row.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import clinic.identifiers
from clinic.walls import wall

OPEN = Q(accepted_at__isnull=True, withdrawn_at__isnull=True)

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

# Deferred checks of the new references would stand in the way of what follows.
FILL = """
UPDATE clinic_apitoken AS token
    SET id = gen_random_uuid(), organization_id = membership.organization_id
    FROM clinic_membership AS membership WHERE membership.id = token.membership_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""

BY_DIGEST = """
CREATE OR REPLACE FUNCTION clinic_token_tenant(token_digest text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM clinic_apitoken WHERE digest = token_digest
$$;
"""

BY_DIGEST_BACK = """
CREATE OR REPLACE FUNCTION clinic_token_tenant(token_digest text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT membership.organization_id
    FROM clinic_apitoken AS token
    JOIN clinic_membership AS membership ON membership.id = token.membership_id
    WHERE token.digest = token_digest
$$;
"""


def uuid7_key():
    return models.UUIDField(
        default=clinic.identifiers.uuid7, editable=False, primary_key=True, serialize=False
    )


def organization(**options):
    return models.ForeignKey(
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="clinic.organization",
        **options,
    )


def member(related_name, **options):
    return models.ForeignKey(related_name=related_name, to="clinic.membership", **options)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0005_sign_in_rules")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="kind",
            field=models.CharField(
                choices=[("PERSON", "Person"), ("SERVICE", "Service")],
                default="PERSON",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="deactivated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="deactivation_reason",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=Q(("kind", "PERSON"), ("user__isnull", True), _connector="OR"),
                name="service_has_no_account",
                violation_error_message="A service calls with tokens; nobody signs in as one.",
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", uuid7_key()),
                ("email", models.EmailField(max_length=254)),
                ("invited_at", models.DateTimeField()),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("invited_by", member("+", on_delete=django.db.models.deletion.PROTECT)),
                ("membership", member("invitations", on_delete=django.db.models.deletion.CASCADE)),
                ("organization", organization()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=OPEN,
                        fields=("membership",),
                        name="invitation_one_open_per_member",
                    ),
                    models.UniqueConstraint(
                        condition=OPEN,
                        fields=("organization", "email"),
                        name="invitation_one_open_per_address",
                    ),
                ],
            },
        ),
        wall("clinic_invitation"),
        migrations.AddField("apitoken", "id", models.UUIDField(null=True)),
        migrations.AddField("apitoken", "organization", organization(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            "apitoken",
            "id",
            models.UUIDField(default=clinic.identifiers.uuid7, editable=False, unique=True),
        ),
        migrations.AlterField("apitoken", "organization", organization()),
        migrations.AddField(
            "apitoken",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            "apitoken",
            "created_by",
            member("+", blank=True, null=True, on_delete=django.db.models.deletion.PROTECT),
        ),
        migrations.AddField(
            "apitoken", "last_used_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AlterField(
            "apitoken",
            "user",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="auth_token_set",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "apitoken",
            models.CheckConstraint(
                condition=Q(("expiry__isnull", False)),
                name="apitoken_expires",
                violation_error_message="A token is in force for a time.",
            ),
        ),
        migrations.RunSQL(BY_DIGEST, BY_DIGEST_BACK),
        wall("clinic_apitoken"),
        migrations.RunSQL(KEEPER, KEEPER_BACK),
    ]
