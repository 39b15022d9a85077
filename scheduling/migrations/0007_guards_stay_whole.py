"""A guard is narrower than the minimum gap only by an override, and never below a day."""

import django.contrib.postgres.constraints
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_days_of_guards")]

    operations = [
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("gap_days__isnull", True),
                        ("guard__isnull", True),
                        ("guard_override__isnull", True),
                    ),
                    models.Q(
                        models.Q(
                            ("guard_override__isnull", False),
                            django.db.models.lookups.GreaterThanOrEqual(
                                models.Func(
                                    models.F("guard"),
                                    output_field=models.IntegerField(),
                                    template="(upper(%(expressions)s) - lower(%(expressions)s))",
                                ),
                                models.F("gap_days"),
                            ),
                            _connector="OR",
                        ),
                        ("gap_days__gte", 1),
                        ("gap_days__isnull", False),
                        ("guard__isempty", False),
                        ("guard__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="reservation_guard_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("gap_days__gte", 2)),
                expressions=[
                    ("patient", "="),
                    (models.Func(models.F("patient_during"), function="scheduling_day_from"), "&&"),
                ],
                name="reservation_dose_day",
            ),
        ),
    ]
