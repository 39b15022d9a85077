"""Write down the doses that were given before doses were kept on their own."""

from django.db import migrations

FILL = """
INSERT INTO courses_dose (
    id, organization_id, patient_id, course_id, source, "on", given_at, seq, visit_id, drug, route,
    counts, recorded_at, recorded_by_id
)
SELECT gen_random_uuid(), visit.organization_id, visit.patient_id, visit.course_id, 'HERE',
    (visit.starts_at AT TIME ZONE site.timezone)::date, visit.starts_at, visit.seq, visit.id,
    version.definition ->> 'drug', version.definition ->> 'route', true, visit.ends_at,
    course.created_by_id
FROM treatment_sessions_session visit
JOIN clinic_site site ON site.id = visit.site_id
JOIN courses_course course ON course.id = visit.course_id
JOIN courses_protocolversion version ON version.id = course.protocol_version_id
WHERE visit.kind = 'dosing' AND visit.status = 'DONE'
ON CONFLICT (visit_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("treatment_sessions", "0007_firm_only_when_cleared")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
