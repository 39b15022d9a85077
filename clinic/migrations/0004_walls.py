"""Row-level security around every tenant table, and the few doors through it.

A door answers without a tenant, and only with ids and organisations' names: who somebody may
work for, whose token this is, which organisations there are.
"""

from django.db import migrations

from clinic.walls import wall

FUNCTIONS = """
CREATE FUNCTION clinic_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('courseline.organization', true), '')::uuid
$$;

CREATE FUNCTION clinic_organization_ids() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM clinic_organization ORDER BY id
$$;

CREATE FUNCTION clinic_memberships_of(account uuid)
RETURNS TABLE (membership_id uuid, organization_id uuid, organization_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT membership.id, organization.id, organization.name
    FROM clinic_membership AS membership
    JOIN clinic_organization AS organization ON organization.id = membership.organization_id
    WHERE membership.user_id = account AND membership.is_active
    ORDER BY organization.name, membership.id
$$;

CREATE FUNCTION clinic_token_tenant(token_digest text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT membership.organization_id
    FROM clinic_apitoken AS token
    JOIN clinic_membership AS membership ON membership.id = token.membership_id
    WHERE token.digest = token_digest
$$;
"""

FUNCTIONS_BACK = """
DROP FUNCTION clinic_token_tenant(text);
DROP FUNCTION clinic_memberships_of(uuid);
DROP FUNCTION clinic_organization_ids();
DROP FUNCTION clinic_tenant();
"""

TABLES = (
    "closure", "idempotencykey", "leave", "membership", "openinghours", "patient",
    "patientcontact", "patientunavailability", "patientwindow", "roleassignment", "room",
    "roomblock", "shift", "site",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("clinic", "0003_letters_as_they_were_sent")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        wall("clinic_organization", column="id"),
        *(wall(f"clinic_{table}") for table in TABLES),
    ]
