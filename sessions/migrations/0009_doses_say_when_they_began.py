"""When the drug began is kept: for doses that are recorded, as they were recorded."""

from django.db import migrations, models

FILL = """
UPDATE treatment_sessions_session AS visit
SET begun_at = coalesce(
    (SELECT given_at FROM courses_dose WHERE visit_id = visit.id), visit.starts_at
)
WHERE kind = 'dosing' AND status IN ('IN_PROGRESS', 'OBSERVING', 'DONE');
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0018_holds_have_no_half_ends"),
        ("treatment_sessions", "0008_doses_given_until_now"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="begun_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("begun_at__isnull", False),
                        ("kind", "dosing"),
                        ("status__in", ["IN_PROGRESS", "OBSERVING", "DONE"]),
                    ),
                    models.Q(
                        models.Q(
                            ("kind", "dosing"),
                            ("status__in", ["IN_PROGRESS", "OBSERVING", "DONE"]),
                            _negated=True,
                        ),
                        ("begun_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="session_dose_says_when_it_began",
            ),
        ),
    ]
