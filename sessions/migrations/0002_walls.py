"""Row-level security around the tables of this app."""

from django.db import migrations

from clinic.walls import wall


class Migration(migrations.Migration):
    dependencies = [("treatment_sessions", "0001_initial"), ("clinic", "0004_walls")]

    operations = [
        wall("treatment_sessions_session"),
    ]
