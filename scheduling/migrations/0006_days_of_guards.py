"""Note the minimum gap of every dose that is booked: its guard is whole so far."""

from django.db import migrations

FILL = """
UPDATE scheduling_reservation SET gap_days = upper(guard) - lower(guard) WHERE guard IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0005_overrides")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
