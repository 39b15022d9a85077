"""A prescriber's override, and which guards it narrows."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

import clinic.identifiers
from clinic.walls import wall

# A length in hours is the same in every zone, which PostgreSQL does not know of the operator.
FUNCTION = """
CREATE FUNCTION scheduling_day_from(period tstzrange) RETURNS tstzrange
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT tstzrange(lower(period), lower(period) + interval '24 hours')
$$;
"""
BACK = "DROP FUNCTION scheduling_day_from(tstzrange)"


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0008_restricted_charts"),
        ("scheduling", "0004_walls"),
        ("treatment_sessions", "0002_walls"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, BACK),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.identifiers.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[("MINIMUM_GAP", "Minimum gap between doses")], max_length=20
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="reservation",
            name="gap_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="staffclaim",
            name="role",
            field=models.CharField(
                choices=[
                    ("FRONT_DESK", "Front desk"),
                    ("NURSE", "Nurse"),
                    ("THERAPIST", "Therapist"),
                    ("PRESCRIBER", "Prescriber"),
                    ("MEDICAL_DIRECTOR", "Medical director"),
                    ("MANAGER", "Practice manager"),
                    ("AUDITOR", "Auditor (read-only)"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="overrides",
                to="treatment_sessions.session",
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="guard_override",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="guards",
                to="scheduling.override",
            ),
        ),
        migrations.AddIndex(
            model_name="override",
            index=models.Index(fields=["visit", "-at"], name="override_by_visit"),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length(
                        django.db.models.functions.text.Trim("reason")
                    ),
                    20,
                ),
                name="override_says_why",
                violation_error_message="Say why in at least 20 characters; it is kept.",
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("rule__in", ["MINIMUM_GAP"])), name="override_rule"
            ),
        ),
        wall("scheduling_override"),
    ]
