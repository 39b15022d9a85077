"""Workers look for what is due in one organisation after the other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reminders", "0003_walls")]

    operations = [
        migrations.RemoveIndex("message", "message_due"),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["organization", "next_attempt_at"],
                name="message_due",
                condition=models.Q(status="PENDING"),
            ),
        ),
    ]
