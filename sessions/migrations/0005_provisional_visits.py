"""Visits that are held until the patient is cleared for treatment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_accounts_between_organizations"),
        ("courses", "0011_screening"),
        ("treatment_sessions", "0004_references_stay_within"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="is_provisional",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_provisional", False),
                    models.Q(
                        ("status__in", ["PLANNED", "ARRIVED", "MISSED", "CANCELLED"]),
                        models.Q(("kind", "prep"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="session_provisional_gives_no_dose",
            ),
        ),
    ]
