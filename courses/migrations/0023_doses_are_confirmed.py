"""A clinician's word may also be that a dose is given in spite of a check's result."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0022_courses_begin_on_the_chart_that_stands")]

    operations = [
        migrations.AlterField(
            model_name="capoverride",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CAP", "Beyond a cap"),
                    ("PREPARATION", "Before preparation is complete"),
                    ("CONFIRMED", "In spite of a check’s result"),
                ],
                default="CAP",
                max_length=12,
            ),
        ),
    ]
