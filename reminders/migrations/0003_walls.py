"""Row-level security around the tables of this app."""

from django.db import migrations

from clinic.walls import wall


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0002_notice_of_a_move_names_the_old_time"),
        ("clinic", "0004_walls"),
    ]

    operations = [
        wall("reminders_rule"),
        wall("reminders_message"),
        wall("reminders_reminder"),
    ]
