"""Why visits did not take place: coded, with who called them off and whether that was late."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("treatment_sessions", "0002_doses_begin_when_cleared"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="cancel_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("PATIENT_ILL", "Patient unwell"),
                    ("PATIENT", "Patient cannot come then"),
                    ("TRANSPORT", "No transport or escort"),
                    ("FORGOTTEN", "Patient forgot"),
                    ("NO_WORD", "No word from the patient"),
                    ("STAFF", "Staff not available"),
                    ("ROOM", "Room or equipment not available"),
                    ("CLOSED", "Site closed"),
                    ("NOT_TREATED", "Clinic decided not to treat that day"),
                    ("WEATHER", "Weather or travel disruption"),
                    ("COURSE", "Course changed"),
                    ("OTHER", "Other reason"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="cancelled_by",
            field=models.CharField(
                blank=True,
                choices=[("PATIENT", "The patient"), ("CLINIC", "The clinic")],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="is_late_cancel",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cancel_code__in",
                        [
                            "",
                            "PATIENT_ILL",
                            "PATIENT",
                            "TRANSPORT",
                            "FORGOTTEN",
                            "NO_WORD",
                            "STAFF",
                            "ROOM",
                            "CLOSED",
                            "NOT_TREATED",
                            "WEATHER",
                            "COURSE",
                            "OTHER",
                        ],
                    )
                ),
                name="session_cancel_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_by", ""), ("is_late_cancel", False)),
                    models.Q(("cancelled_by", "PATIENT"), ("status", "CANCELLED")),
                    models.Q(
                        ("cancelled_by", "CLINIC"),
                        ("is_late_cancel", False),
                        ("status", "CANCELLED"),
                    ),
                    _connector="OR",
                ),
                name="session_only_cancelled_by_somebody",
            ),
        ),
    ]
