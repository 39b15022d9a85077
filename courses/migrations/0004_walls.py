"""Row-level security around the tables of this app."""

from django.db import migrations

from clinic.walls import wall


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_more_events"), ("clinic", "0004_walls")]

    operations = [
        wall("courses_protocol"),
        wall("courses_protocolversion"),
        wall("courses_course"),
        wall("courses_courseevent"),
    ]
