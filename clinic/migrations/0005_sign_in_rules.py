"""Who needs a second step, when a screen locks, and how an account's sessions end at once."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("clinic", "0004_walls")]

    operations = [
        migrations.AddField(
            "organization",
            "mfa_required",
            models.CharField(
                choices=[
                    ("NOBODY", "Nobody"),
                    ("CLINICAL", "Clinical roles"),
                    ("EVERYBODY", "Everybody"),
                ],
                default="CLINICAL",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "organization", "idle_lock_minutes", models.PositiveSmallIntegerField(default=15)
        ),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                name="organization_locks_within_hours",
                condition=Q(idle_lock_minutes__range=(1, 240)),
                violation_error_message="A screen locks after 1 to 240 idle minutes.",
            ),
        ),
        migrations.AddField("user", "session_generation", models.PositiveIntegerField(default=0)),
    ]
