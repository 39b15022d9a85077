"""Rows are found by plain columns: row-level security keeps readers from indexes on ranges."""

import datetime

import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0010_audit_triggers"),
        ("scheduling", "0008_audit_triggers"),
        ("treatment_sessions", "0003_audit_triggers"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="staffclaim",
            name="audit",
        ),
        migrations.RemoveIndex(
            model_name="reservation",
            name="reservation_by_site_and_time",
        ),
        migrations.AddField(
            model_name="staffclaim",
            name="starts_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.F("during__startswith"),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddIndex(
            model_name="staffclaim",
            index=models.Index(
                fields=["membership", "starts_at"], name="staffclaim_by_member_and_start"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffclaim",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="f9b46b15409b",
                    label="scheduling.StaffClaim",
                    patient=(
                        "(SELECT patient_id FROM scheduling_reservation"
                        " WHERE id = subject.reservation_id)"
                    ),
                    table="scheduling_staffclaim",
                    without="id,organization_id,starts_at",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "room_during__endswith__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("room_during__startswith"),
                            "+",
                            models.Value(datetime.timedelta(days=1)),
                        ),
                    )
                ),
                name="reservation_within_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "during__endswith__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("during__startswith"),
                            "+",
                            models.Value(datetime.timedelta(days=1)),
                        ),
                    )
                ),
                name="staffclaim_within_a_day",
            ),
        ),
    ]
