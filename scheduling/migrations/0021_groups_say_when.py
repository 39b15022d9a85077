"""Groups say when they were last changed, as calendars tell of visits."""

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0020_waitlist")]

    operations = [
        migrations.AddField(
            model_name="groupvisit",
            name="scheduled_at",
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        )
    ]
