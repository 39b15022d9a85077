"""What was changed, and which charts were opened: two tables to which rows are only added.

The application's role may read both, and add openings; events are written by triggers alone.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from clinic.tables import Tables, audit_of_accounts, key, reference, tenant


class Migration(migrations.Migration):
    replaces = [
        ("clinic", "0009_audit"),
        ("clinic", "0010_audit_triggers"),
        ("clinic", "0012_accounts_between_organizations"),
    ]
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("clinic", "0004_consents"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE clinic_audit_numbers", "DROP SEQUENCE clinic_audit_numbers"
        ),
        Tables(
            [
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        (
                            "pgh_id",
                            models.BigIntegerField(
                                db_default=models.Func(
                                    models.Value("clinic_audit_numbers"),
                                    function="nextval",
                                    output_field=models.BigIntegerField(),
                                ),
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pgh_context", models.JSONField(null=True)),
                        ("model", models.CharField(max_length=80)),
                        ("object_id", models.CharField(max_length=64)),
                        (
                            "organization",
                            reference(
                                "clinic.organization",
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
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
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func=(
                                        "RAISE EXCEPTION 'pgtrigger: Cannot update or delete "
                                        "rows from % table', TG_TABLE_NAME;"
                                    ),
                                    hash="4ac410a328244cc337e58648a99e62435b86f4dd",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_18ff7",
                                    table="clinic_auditevent",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChartOpening",
                    fields=[
                        ("id", key()),
                        (
                            "number",
                            models.BigIntegerField(
                                db_default=models.Func(
                                    models.Value("clinic_audit_numbers"),
                                    function="nextval",
                                    output_field=models.BigIntegerField(),
                                ),
                                editable=False,
                                unique=True,
                            ),
                        ),
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
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", db_index=False)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["patient", "-number"], name="chartopening_by_patient"
                            ),
                            models.Index(
                                fields=["patient", "membership", "opened_at"],
                                name="chartopening_of_late",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="append_only",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func=(
                                        "RAISE EXCEPTION 'pgtrigger: Cannot update or delete "
                                        "rows from % table', TG_TABLE_NAME;"
                                    ),
                                    hash="049e9c547f9d76aa4319537635ba12d8098a4712",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_append_only_62517",
                                    table="clinic_chartopening",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccountAddress",
                    fields=[],
                    options={
                        "proxy": True,
                        "constraints": [],
                        "indexes": [],
                    },
                    bases=("account.emailaddress",),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accountaddress",
                    trigger=audit_of_accounts(
                        "clinic.AccountAddress",
                        hash="7f8b8bbedc4a",
                        account="subject.user_id",
                        table="account_emailaddress",
                        without="id",
                    ),
                ),
                migrations.CreateModel(
                    name="SecondStep",
                    fields=[],
                    options={
                        "proxy": True,
                        "constraints": [],
                        "indexes": [],
                    },
                    bases=("mfa.authenticator",),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="secondstep",
                    trigger=audit_of_accounts(
                        "clinic.SecondStep",
                        hash="9a564c42317b",
                        account="subject.user_id",
                        table="mfa_authenticator",
                        without="id,data,last_used_at",
                    ),
                ),
            ]
        ),
    ]
