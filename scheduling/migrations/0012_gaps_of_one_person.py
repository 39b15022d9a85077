"""The charts of one person are kept apart in the book together (DOMAIN 8.45)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_one_chart_stands"),
        ("scheduling", "0003_gaps_to_doses_elsewhere"),
        ("treatment_sessions", "0002_doses_begin_when_cleared"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="reservation",
            name="audit",
        ),
        migrations.AddField(
            model_name="reservation",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.patient",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reservation",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="59432b43603f",
                    label="scheduling.Reservation",
                    patient="subject.patient_id",
                    table="scheduling_reservation",
                    without="id,organization_id,person_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("person__isnull", False)),
                expressions=[("person", "="), ("patient_during", "&&")],
                name="reservation_person_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("guard__isnull", False), ("person__isnull", False)),
                expressions=[("person", "="), ("guard", "&&")],
                name="reservation_person_gap",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("gap_days__gte", 2), ("person__isnull", False)),
                expressions=[
                    ("person", "="),
                    (models.Func(models.F("patient_during"), function="scheduling_day_from"), "&&"),
                ],
                name="reservation_person_day",
            ),
        ),
    ]
