"""What was changed, and which charts were opened: two tables to which rows are only added.

The application's role may read both, and add openings; events are written by triggers alone.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.identifiers
from clinic.walls import wall


def number(**options):
    return models.BigIntegerField(
        db_default=models.Func(
            models.Value("clinic_audit_numbers"),
            function="nextval",
            output_field=models.BigIntegerField(),
        ),
        editable=False,
        **options,
    )


def reference(to, **options):
    options = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", **options}
    return models.ForeignKey(to=to, **options)


def append_only(model, name, hash):
    sql = pgtrigger.compiler.UpsertTriggerSql(
        func=(
            "RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;"
        ),
        hash=hash,
        operation="UPDATE OR DELETE",
        pgid=name,
        table=f"clinic_{model}",
        when="BEFORE",
    )
    trigger = pgtrigger.compiler.Trigger(name="append_only", sql=sql)
    return pgtrigger.migrations.AddTrigger(model_name=model, trigger=trigger)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("clinic", "0008_restricted_charts"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE clinic_audit_numbers", "DROP SEQUENCE clinic_audit_numbers"
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", number(primary_key=True, serialize=False)),
                ("pgh_context", models.JSONField(null=True)),
                ("model", models.CharField(max_length=80)),
                ("object_id", models.CharField(max_length=64)),
                (
                    "organization",
                    reference(
                        "clinic.organization",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                    ),
                ),
                ("patient_id", models.UUIDField(null=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("database_role", models.CharField(max_length=63)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("patient_id__isnull", False)),
                        fields=["patient_id", "-pgh_id"],
                        name="auditevent_by_patient",
                    ),
                    models.Index(
                        condition=models.Q(("patient_id__isnull", True)),
                        fields=["organization", "-pgh_id"],
                        name="auditevent_of_configuration",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="ChartOpening",
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
                ("number", number(unique=True)),
                ("opened_at", models.DateTimeField()),
                (
                    "via",
                    models.CharField(
                        choices=[("page", "Page"), ("api", "API"), ("export", "Export")],
                        max_length=8,
                    ),
                ),
                ("route", models.CharField(max_length=200)),
                ("request_id", models.UUIDField(null=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("break_glass", reference("clinic.breakglass", null=True)),
                ("membership", reference("clinic.membership")),
                ("organization", reference("clinic.organization", editable=False)),
                ("patient", reference("clinic.patient", db_index=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["patient", "-number"], name="chartopening_by_patient"),
                    models.Index(
                        fields=["patient", "membership", "opened_at"],
                        name="chartopening_of_late",
                    ),
                ]
            },
        ),
        wall("clinic_auditevent"),
        wall("clinic_chartopening"),
        append_only(
            "auditevent", "pgtrigger_append_only_18ff7", "4ac410a328244cc337e58648a99e62435b86f4dd"
        ),
        append_only(
            "chartopening",
            "pgtrigger_append_only_62517",
            "049e9c547f9d76aa4319537635ba12d8098a4712",
        ),
        migrations.CreateModel(
            name="AccountAddress",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("account.emailaddress",),
        ),
        migrations.CreateModel(
            name="SecondStep",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("mfa.authenticator",),
        ),
    ]
