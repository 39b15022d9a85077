"""Charts that open only by break-glass, sites that share a patient, and the auditor's role."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

import clinic.identifiers
from clinic.walls import wall


class Migration(migrations.Migration):
    dependencies = [("clinic", "0007_consents")]

    operations = [
        migrations.CreateModel(
            name="BreakGlass",
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
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ChartRestriction",
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
                ("is_restricted", models.BooleanField()),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="GlassNotice",
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
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PatientSite",
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
            ],
        ),
        migrations.AddField(
            model_name="organization",
            name="break_glass_minutes",
            field=models.PositiveSmallIntegerField(default=60),
        ),
        migrations.AddField(
            model_name="patient",
            name="is_restricted",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="roleassignment",
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
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("break_glass_minutes__range", (5, 480))),
                name="organization_closes_charts_again",
                violation_error_message="A restricted chart stays open for 5 to 480 minutes.",
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="membership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="openings",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="openings",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="chartrestriction",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="chartrestriction",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="chartrestriction",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="restrictions",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="glassnotice",
            name="opening",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="clinic.breakglass",
            ),
        ),
        migrations.AddField(
            model_name="glassnotice",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="glassnotice",
            name="to",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="patientsite",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="patientsite",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="other_sites",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="patientsite",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinic.site"
            ),
        ),
        migrations.AddIndex(
            model_name="breakglass",
            index=models.Index(fields=["membership", "expires_at"], name="breakglass_in_force"),
        ),
        migrations.AddIndex(
            model_name="breakglass",
            index=models.Index(fields=["patient", "-opened_at"], name="breakglass_by_patient"),
        ),
        migrations.AddIndex(
            model_name="breakglass",
            index=models.Index(fields=["organization", "-opened_at"], name="breakglass_latest"),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length(
                        django.db.models.functions.text.Trim("reason")
                    ),
                    20,
                ),
                name="breakglass_says_why",
                violation_error_message="Say why in at least 20 characters; it is kept.",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("opened_at"))),
                name="breakglass_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="chartrestriction",
            index=models.Index(fields=["patient", "-at"], name="restriction_by_patient"),
        ),
        migrations.AddConstraint(
            model_name="chartrestriction",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length(
                        django.db.models.functions.text.Trim("reason")
                    ),
                    20,
                ),
                name="chartrestriction_says_why",
                violation_error_message="Say why in at least 20 characters; it is kept.",
            ),
        ),
        migrations.AddIndex(
            model_name="glassnotice",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", True)),
                fields=["organization"],
                name="glassnotice_unsent",
            ),
        ),
        migrations.AddConstraint(
            model_name="glassnotice",
            constraint=models.UniqueConstraint(
                fields=("opening", "to"), name="glassnotice_once_each"
            ),
        ),
        migrations.AddIndex(
            model_name="patientsite",
            index=models.Index(fields=["site", "patient"], name="patientsite_by_site"),
        ),
        migrations.AddConstraint(
            model_name="patientsite",
            constraint=models.UniqueConstraint(fields=("patient", "site"), name="patientsite_once"),
        ),
        wall("clinic_chartrestriction"),
        wall("clinic_breakglass"),
        wall("clinic_glassnotice"),
        wall("clinic_patientsite"),
    ]
