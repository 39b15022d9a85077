"""What ended, was decided, met, signed or retired names a moment: no half passes as NULL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0013_deaths"),
        ("courses", "0020_doses_here_stay"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_ends_once",
        ),
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_result_when_complete",
        ),
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_withdrawn_for_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="condition",
            name="condition_met_by_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="protocolversion",
            name="protocol_version_retired_after_publishing",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_decided_by_somebody_for_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="screening",
            name="screening_decided_by_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="thresholdversion",
            name="thresholdversion_signed_by_somebody",
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("status", "DRAFT")),
                    models.Q(
                        ("ended_at__gte", models.F("started_at")),
                        ("ended_at__isnull", False),
                        ("status__in", ["COMPLETE", "ABANDONED"]),
                    ),
                    _connector="OR",
                ),
                name="assessment_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("status", "COMPLETE"),
                        ("taken_at__lte", models.F("ended_at")),
                    ),
                    models.Q(("band", ""), ("is_valid", False), ("total__isnull", True)),
                    _connector="OR",
                ),
                name="assessment_result_when_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("withdrawal_reason", ""),
                        ("withdrawn_at__isnull", True),
                        ("withdrawn_by__isnull", True),
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("status", "COMPLETE"),
                        ("withdrawn_at__gte", models.F("ended_at")),
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawal_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="assessment_withdrawn_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="condition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("met_at", None), ("met_by", None), ("met_note", "")),
                    models.Q(
                        ("met_at__gte", models.F("recorded_at")),
                        ("met_at__isnull", False),
                        ("met_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="condition_met_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("retired_at__isnull", True),
                        ("retired_by__isnull", True),
                        ("retired_reason", ""),
                    ),
                    models.Q(
                        ("published_at__isnull", False),
                        ("retired_at__gte", models.F("published_at")),
                        ("retired_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="protocol_version_retired_after_publishing",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("decision", ""),
                        ("reason", ""),
                    ),
                    models.Q(
                        ("decided_at__gte", models.F("raised_at")),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("decision", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_decided_by_somebody_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="screening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None),
                        ("evaluator", None),
                        ("evaluator_role", ""),
                        ("status", "IN_PROGRESS"),
                    ),
                    models.Q(
                        models.Q(("status", "IN_PROGRESS"), _negated=True),
                        ("decided_at__gte", models.F("started_at")),
                        ("decided_at__isnull", False),
                        ("evaluator__isnull", False),
                        models.Q(("evaluator_role", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="screening_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("effective_from__isnull", True),
                        ("signed_at__isnull", True),
                        ("signed_by__isnull", True),
                    ),
                    models.Q(
                        ("effective_from__gte", models.F("signed_at")),
                        ("effective_from__isnull", False),
                        ("signed_at__gte", models.F("drafted_at")),
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="thresholdversion_signed_by_somebody",
            ),
        ),
    ]
