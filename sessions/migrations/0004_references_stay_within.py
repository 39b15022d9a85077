"""References stay within the organisation, whoever writes them."""

from django.db import migrations

from clinic.walls import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("treatment_sessions", "0003_audit_triggers"),
        ("clinic", "0011_references_stay_within"),
    ]

    operations = [
        same_organization(
            "treatment_sessions_session",
            course_id="courses_course",
            patient_id="clinic_patient",
            site_id="clinic_site",
        ),
    ]
