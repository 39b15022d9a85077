"""Share patients with the sites at which they have a course and that are not their own."""

from django.db import migrations

SHARE = """
INSERT INTO clinic_patientsite (id, organization_id, patient_id, site_id)
SELECT gen_random_uuid(), course.organization_id, course.patient_id, course.site_id
FROM courses_course AS course
JOIN clinic_patient AS patient ON patient.id = course.patient_id
WHERE course.site_id <> patient.site_id
GROUP BY course.organization_id, course.patient_id, course.site_id
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0010_audit_triggers"),
        ("courses", "0005_audit_triggers"),
    ]

    operations = [migrations.RunSQL(SHARE, migrations.RunSQL.noop)]
