"""References stay within the organisation, whoever writes them."""

from django.db import migrations

from clinic.walls import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0009_found_by_when_they_start"),
        ("clinic", "0011_references_stay_within"),
    ]

    operations = [
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
