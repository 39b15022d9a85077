"""References stay within the organisation, whoever writes them."""

from django.db import migrations

from clinic.walls import same_organization


class Migration(migrations.Migration):
    dependencies = [("clinic", "0010_audit_triggers")]

    operations = [
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
    ]
