"""Row-level security around every tenant table, and the few doors through it.

A door answers without a tenant, and only with ids and organisations' names: who somebody may
work for, whose token this is, which organisations there are. References stay within the
organisation, whoever writes them.
"""

from django.db import migrations

from clinic.walls import same_organization, wall

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
    SELECT organization_id FROM clinic_apitoken WHERE digest = token_digest
$$;
"""

FUNCTIONS_BACK = """
DROP FUNCTION clinic_token_tenant(text);
DROP FUNCTION clinic_memberships_of(uuid);
DROP FUNCTION clinic_organization_ids();
DROP FUNCTION clinic_tenant();
"""

TABLES = (
    "apitoken",
    "auditevent",
    "breakglass",
    "chartopening",
    "chartrestriction",
    "closure",
    "consentrecord",
    "consenttext",
    "glassnotice",
    "idempotencykey",
    "invitation",
    "leave",
    "membership",
    "openinghours",
    "patient",
    "patientcontact",
    "patientdeath",
    "patientsite",
    "patientunavailability",
    "patientwindow",
    "roleassignment",
    "room",
    "roomblock",
    "shift",
    "site",
)


class Migration(migrations.Migration):
    replaces = [("clinic", "0004_walls"), ("clinic", "0011_references_stay_within")]
    dependencies = [("clinic", "0005_audit")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        wall("clinic_organization", column="id"),
        *(wall(f"clinic_{table}") for table in TABLES),
        same_organization("clinic_openinghours", site_id="clinic_site"),
        same_organization("clinic_closure", site_id="clinic_site"),
        same_organization("clinic_room", site_id="clinic_site"),
        same_organization("clinic_roomblock", room_id="clinic_room"),
        same_organization(
            "clinic_roleassignment", membership_id="clinic_membership", site_id="clinic_site"
        ),
        same_organization("clinic_shift", membership_id="clinic_membership", site_id="clinic_site"),
        same_organization("clinic_leave", membership_id="clinic_membership"),
        same_organization(
            "clinic_apitoken", membership_id="clinic_membership", created_by_id="clinic_membership"
        ),
        same_organization("clinic_idempotencykey", membership_id="clinic_membership"),
        same_organization("clinic_patient", site_id="clinic_site"),
        same_organization("clinic_patientsite", patient_id="clinic_patient", site_id="clinic_site"),
        same_organization("clinic_patientcontact", patient_id="clinic_patient"),
        same_organization("clinic_patientwindow", patient_id="clinic_patient"),
        same_organization("clinic_patientunavailability", patient_id="clinic_patient"),
        same_organization(
            "clinic_chartopening",
            patient_id="clinic_patient",
            membership_id="clinic_membership",
            break_glass_id="clinic_breakglass",
        ),
        same_organization(
            "clinic_chartrestriction", patient_id="clinic_patient", by_id="clinic_membership"
        ),
        same_organization(
            "clinic_breakglass", patient_id="clinic_patient", membership_id="clinic_membership"
        ),
        same_organization(
            "clinic_glassnotice", opening_id="clinic_breakglass", to_id="clinic_membership"
        ),
        same_organization(
            "clinic_consenttext",
            created_by_id="clinic_membership",
            published_by_id="clinic_membership",
        ),
        same_organization(
            "clinic_consentrecord",
            patient_id="clinic_patient",
            text_id="clinic_consenttext",
            witness_id="clinic_membership",
            recorded_by_id="clinic_membership",
            withdrawn_by_id="clinic_membership",
        ),
        same_organization(
            "clinic_invitation",
            membership_id="clinic_membership",
            invited_by_id="clinic_membership",
        ),
        same_organization(
            "clinic_patientdeath",
            patient_id="clinic_patient",
            reported_by_id="clinic_membership",
            confirmed_by_id="clinic_membership",
            withdrawn_by_id="clinic_membership",
        ),
    ]
