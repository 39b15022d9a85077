"""Deaths of patients, said by one person and confirmed by another."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_accounts_between_organizations"),
    ]

    operations = [
        migrations.CreateModel(
            name="PatientDeath",
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
                ("died_on", models.DateField(blank=True, null=True)),
                ("known_from", models.CharField(max_length=240)),
                ("reported_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deaths",
                        to="clinic.patient",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("patient",),
                        name="patientdeath_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("confirmed_at__isnull", True), ("confirmed_by__isnull", True)
                            ),
                            models.Q(
                                ("confirmed_at__gte", models.F("reported_at")),
                                ("confirmed_by__isnull", False),
                                models.Q(("confirmed_by", models.F("reported_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="patientdeath_confirmed_by_another",
                        violation_error_message="Somebody else than who reported it confirms it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)
                            ),
                            models.Q(
                                ("confirmed_at__isnull", True),
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="patientdeath_withdrawn_unconfirmed",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientdeath",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="34332fb1b91c",
                    label="clinic.PatientDeath",
                    patient="subject.patient_id",
                    table="clinic_patientdeath",
                    without="id,organization_id",
                ),
            ),
        ),
        wall("clinic_patientdeath"),
        same_organization(
            "clinic_patientdeath",
            patient_id="clinic_patient",
            reported_by_id="clinic_membership",
            confirmed_by_id="clinic_membership",
            withdrawn_by_id="clinic_membership",
        ),
    ]
