"""What has ended names a moment too: no condition passes for want of one."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0013_deaths"),
        ("courses", "0015_versions_are_signed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="authorization",
            name="authorization_grants_something",
        ),
        migrations.RemoveConstraint(
            model_name="authorization",
            name="authorization_ended_for_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="safetyalert",
            name="safetyalert_taken_on_by_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="safetyalert",
            name="safetyalert_closed_with_an_assessment",
        ),
        migrations.RemoveConstraint(
            model_name="selfpayagreement",
            name="selfpay_ended_by_somebody",
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("visits_granted__gte", 1), ("visits_granted__isnull", False)),
                    models.Q(("units_granted__gte", 1), ("units_granted__isnull", False)),
                    _connector="OR",
                ),
                name="authorization_grants_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("end_reason", ""), ("ended_at__isnull", True), ("ended_by__isnull", True)
                    ),
                    models.Q(
                        ("ended_at__gte", models.F("recorded_at")),
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("end_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="authorization_ended_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                    models.Q(
                        ("acknowledged_at__gte", models.F("raised_at")),
                        ("acknowledged_at__isnull", False),
                        ("acknowledged_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="safetyalert_taken_on_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("assessed_at__isnull", True),
                        ("assessor__isnull", True),
                        ("closed_at__isnull", True),
                        ("closed_by__isnull", True),
                        ("plan", ""),
                        ("risk", ""),
                    ),
                    models.Q(
                        django.db.models.lookups.GreaterThanOrEqual(
                            django.db.models.functions.text.Length(
                                django.db.models.functions.text.Trim("plan")
                            ),
                            20,
                        ),
                        ("acknowledged_at__isnull", False),
                        ("assessed_at__gte", models.F("raised_at")),
                        ("assessed_at__isnull", False),
                        ("assessor__isnull", False),
                        ("closed_at__gte", models.F("assessed_at")),
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        ("risk__in", ["NONE", "LOW", "MODERATE", "HIGH"]),
                    ),
                    _connector="OR",
                ),
                name="safetyalert_closed_with_an_assessment",
                violation_error_message="Say what was agreed, in at least 20 characters.",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfpayagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(
                        ("ended_at__gte", models.F("recorded_at")),
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="selfpay_ended_by_somebody",
            ),
        ),
    ]
