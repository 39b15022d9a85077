"""References stay within the organisation, whoever writes them."""

from django.db import migrations

from clinic.walls import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0006_share_patients_with_sites"),
        ("clinic", "0011_references_stay_within"),
    ]

    operations = [
        same_organization("courses_protocolversion", protocol_id="courses_protocol"),
        same_organization(
            "courses_course",
            patient_id="clinic_patient",
            site_id="clinic_site",
            protocol_version_id="courses_protocolversion",
            lead_therapist_id="clinic_membership",
            created_by_id="clinic_membership",
        ),
        same_organization(
            "courses_courseevent", course_id="courses_course", by_id="clinic_membership"
        ),
    ]
