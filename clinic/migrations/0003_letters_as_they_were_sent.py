from django.db import migrations


def name_the_language_of_letters(apps, schema_editor):
    """Whoever was down for another language was written to in English."""
    patients = apps.get_model("clinic", "Patient").objects
    patients.exclude(language__in=["en", "es"]).update(language="en")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0002_languages_of_letters")]

    operations = [
        migrations.RunPython(name_the_language_of_letters, migrations.RunPython.noop),
    ]
