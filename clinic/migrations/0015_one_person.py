"""Charts that are of one person, and charts that only look like it."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0014_availability"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChartLink",
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
                ("reason", models.CharField(max_length=500)),
                ("linked_at", models.DateTimeField()),
                ("unlinked_at", models.DateTimeField(blank=True, null=True)),
                ("unlink_reason", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="DistinctCharts",
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
                ("at", models.DateTimeField()),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="patient",
            name="audit",
        ),
        migrations.AddField(
            model_name="patient",
            name="principal",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="others",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="email_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower("email"),
                output_field=models.CharField(max_length=254),
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="person_id",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    models.F("principal_id"), models.F("id")
                ),
                output_field=models.UUIDField(),
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="phone_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Right(
                    models.Func(
                        models.F("phone"),
                        models.Value("[^0-9]"),
                        models.Value(""),
                        models.Value("g"),
                        function="regexp_replace",
                    ),
                    9,
                ),
                output_field=models.CharField(max_length=9),
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("principal__isnull", False)),
                fields=["principal"],
                name="patient_by_principal",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["person_id"], name="patient_by_person"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["organization", "birth_date"], name="patient_by_birth"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["organization", "email_key"], name="patient_by_email"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["organization", "phone_key"], name="patient_by_phone"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="3395a27be1a8",
                    label="clinic.Patient",
                    patient="subject.id",
                    table="clinic_patient",
                    without="id,organization_id,search,person_id,email_key,phone_key",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("principal", models.F("id")), _negated=True),
                name="patient_principal_is_another",
            ),
        ),
        migrations.AddField(
            model_name="chartlink",
            name="chart",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="chartlink",
            name="linked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="chartlink",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="chartlink",
            name="principal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links_here",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="chartlink",
            name="unlinked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="distinctcharts",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="distinctcharts",
            name="chart",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinic.patient"
            ),
        ),
        migrations.AddField(
            model_name="distinctcharts",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="distinctcharts",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinic.patient"
            ),
        ),
        migrations.AddIndex(
            model_name="chartlink",
            index=models.Index(
                condition=models.Q(("unlinked_at__isnull", True)),
                fields=["principal"],
                name="chartlink_here",
            ),
        ),
        migrations.AddConstraint(
            model_name="chartlink",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length(
                        django.db.models.functions.text.Trim("reason")
                    ),
                    20,
                ),
                name="chartlink_says_why",
                violation_error_message="Say why in at least 20 characters; it is kept.",
            ),
        ),
        migrations.AddConstraint(
            model_name="chartlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("chart", models.F("principal")), _negated=True),
                name="chartlink_of_two_charts",
            ),
        ),
        migrations.AddConstraint(
            model_name="chartlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("unlinked_at__isnull", True)),
                fields=("chart",),
                name="chartlink_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="chartlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("unlink_reason", ""),
                        ("unlinked_at__isnull", True),
                        ("unlinked_by__isnull", True),
                    ),
                    models.Q(
                        django.db.models.lookups.GreaterThanOrEqual(
                            django.db.models.functions.text.Length(
                                django.db.models.functions.text.Trim("unlink_reason")
                            ),
                            20,
                        ),
                        ("unlinked_at__gte", models.F("linked_at")),
                        ("unlinked_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="chartlink_undone_says_why",
                violation_error_message="Say why in at least 20 characters; it is kept.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="chartlink",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="c889f0b060ee",
                    label="clinic.ChartLink",
                    patient="subject.chart_id",
                    table="clinic_chartlink",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="distinctcharts",
            index=models.Index(fields=["other"], name="distinctcharts_by_other"),
        ),
        migrations.AddConstraint(
            model_name="distinctcharts",
            constraint=models.UniqueConstraint(
                fields=("chart", "other"), name="distinctcharts_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="distinctcharts",
            constraint=models.CheckConstraint(
                condition=models.Q(("chart__lt", models.F("other"))), name="distinctcharts_in_order"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="distinctcharts",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="a7762ffea421",
                    label="clinic.DistinctCharts",
                    patient="subject.chart_id",
                    table="clinic_distinctcharts",
                    without="id,organization_id",
                ),
            ),
        ),
    ]
