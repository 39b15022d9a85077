"""Patients and what is known of them.

Some charts open only by break-glass; deaths are said by one person and confirmed by another.
"""

import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

import clinic.models.organizations
from clinic.tables import Tables, audit, key, reference, tenant


class Migration(migrations.Migration):
    replaces = [
        ("clinic", "0002_languages_of_letters"),
        ("clinic", "0003_letters_as_they_were_sent"),
        ("clinic", "0008_restricted_charts"),
        ("clinic", "0013_deaths"),
    ]
    dependencies = [("clinic", "0002_organizations_and_staff")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Patient",
                    fields=[
                        ("id", key()),
                        ("given_name", models.CharField(max_length=80)),
                        ("family_name", models.CharField(max_length=80)),
                        ("birth_date", models.DateField()),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("phone", models.CharField(blank=True, max_length=40)),
                        (
                            "timezone",
                            models.CharField(
                                blank=True,
                                max_length=64,
                                validators=[clinic.models.organizations.validate_timezone],
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("es", "Español")],
                                default="en",
                                max_length=8,
                            ),
                        ),
                        ("email_reminders", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "search",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.functions.text.Lower(
                                    django.db.models.functions.text.Concat(
                                        django.db.models.functions.comparison.Cast(
                                            "given_name", models.TextField()
                                        ),
                                        models.Value(" "),
                                        django.db.models.functions.comparison.Cast(
                                            "family_name", models.TextField()
                                        ),
                                        models.Value(" "),
                                        django.db.models.functions.comparison.Cast(
                                            "given_name", models.TextField()
                                        ),
                                        models.Value(" "),
                                        django.db.models.functions.comparison.Cast(
                                            "email", models.TextField()
                                        ),
                                        models.Value(" "),
                                        django.db.models.functions.comparison.Cast(
                                            "phone", models.TextField()
                                        ),
                                        models.Value(" "),
                                        output_field=models.TextField(),
                                    )
                                ),
                                output_field=models.TextField(),
                            ),
                        ),
                        ("organization", tenant()),
                        ("site", reference("clinic.site", related_name="patients")),
                        ("is_restricted", models.BooleanField(default=False)),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    "organization", name="uuid_ops"
                                ),
                                django.contrib.postgres.indexes.OpClass(
                                    "search", name="gin_trgm_ops"
                                ),
                                name="patient_search",
                            ),
                            models.Index(
                                fields=["organization", "family_name", "given_name", "id"],
                                name="patient_by_name",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.Patient",
                                hash="0a081552fa56",
                                patient="subject.id",
                                without="id,organization_id,search",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientContact",
                    fields=[
                        ("id", key()),
                        (
                            "relationship",
                            models.CharField(
                                choices=[
                                    ("ESCORT", "Escort home"),
                                    ("EMERGENCY", "Emergency contact"),
                                    ("REFERRER", "Referring clinician"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("phone", models.CharField(blank=True, max_length=40)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("organization", tenant()),
                        (
                            "patient",
                            reference(
                                "clinic.patient", on_delete=models.CASCADE, related_name="contacts"
                            ),
                        ),
                    ],
                    options={
                        "triggers": [
                            audit(
                                "clinic.PatientContact",
                                hash="fe851c6c1841",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientWindow",
                    fields=[
                        ("id", key()),
                        (
                            "weekday",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Monday"),
                                    (1, "Tuesday"),
                                    (2, "Wednesday"),
                                    (3, "Thursday"),
                                    (4, "Friday"),
                                    (5, "Saturday"),
                                    (6, "Sunday"),
                                ]
                            ),
                        ),
                        ("starts", models.TimeField()),
                        ("ends", models.TimeField()),
                        ("preferred", models.BooleanField(default=False)),
                        ("organization", tenant()),
                        (
                            "patient",
                            reference(
                                "clinic.patient", on_delete=models.CASCADE, related_name="windows"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends__gt", models.F("starts"))),
                                name="clinic_patientwindow_ends_after_start",
                                violation_error_message="The end must be later than the start.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weekday__lte", 6)),
                                name="clinic_patientwindow_weekday",
                                violation_error_message=(
                                    "A weekday is a number from 0 (Monday) to 6 (Sunday)."
                                ),
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.PatientWindow",
                                hash="2fd2f8da5de5",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientUnavailability",
                    fields=[
                        ("id", key()),
                        ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                        ("organization", tenant()),
                        (
                            "patient",
                            reference(
                                "clinic.patient",
                                on_delete=models.CASCADE,
                                related_name="unavailabilities",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("during__isempty", False),
                                    ("during__endswith__isnull", False),
                                    ("during__startswith__isnull", False),
                                ),
                                name="patientunavailability_not_empty",
                                violation_error_message="It has a start and a later end.",
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.PatientUnavailability",
                                hash="2670b394bbee",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientSite",
                    fields=[
                        ("id", key()),
                        ("organization", tenant()),
                        (
                            "patient",
                            reference(
                                "clinic.patient",
                                on_delete=models.CASCADE,
                                related_name="other_sites",
                            ),
                        ),
                        ("site", reference("clinic.site", on_delete=models.CASCADE)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("patient", "site"), name="patientsite_once"
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["site", "patient"], name="patientsite_by_site")
                        ],
                        "triggers": [
                            audit(
                                "clinic.PatientSite",
                                hash="20d384d2d414",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PatientDeath",
                    fields=[
                        ("id", key()),
                        ("died_on", models.DateField(blank=True, null=True)),
                        ("known_from", models.CharField(max_length=240)),
                        ("reported_at", models.DateTimeField()),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("confirmed_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="deaths")),
                        ("reported_by", reference("clinic.membership")),
                        ("withdrawn_by", reference("clinic.membership", blank=True, null=True)),
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
                                        ("confirmed_at__isnull", True),
                                        ("confirmed_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("confirmed_at__gte", models.F("reported_at")),
                                        ("confirmed_by__isnull", False),
                                        models.Q(
                                            ("confirmed_by", models.F("reported_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="patientdeath_confirmed_by_another",
                                violation_error_message=(
                                    "Somebody else than who reported it confirms it."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at__isnull", True),
                                        ("withdrawn_by__isnull", True),
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
                        "triggers": [
                            audit(
                                "clinic.PatientDeath",
                                hash="34332fb1b91c",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChartRestriction",
                    fields=[
                        ("id", key()),
                        ("is_restricted", models.BooleanField()),
                        ("reason", models.CharField(max_length=500)),
                        ("at", models.DateTimeField()),
                        ("by", reference("clinic.membership")),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="restrictions")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    20,
                                ),
                                name="chartrestriction_says_why",
                                violation_error_message=(
                                    "Say why in at least 20 characters; it is kept."
                                ),
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["patient", "-at"], name="restriction_by_patient")
                        ],
                        "triggers": [
                            audit(
                                "clinic.ChartRestriction",
                                hash="fcac40276b9c",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BreakGlass",
                    fields=[
                        ("id", key()),
                        ("reason", models.CharField(max_length=500)),
                        ("opened_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("membership", reference("clinic.membership", related_name="openings")),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="openings")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    20,
                                ),
                                name="breakglass_says_why",
                                violation_error_message=(
                                    "Say why in at least 20 characters; it is kept."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("opened_at"))),
                                name="breakglass_ends",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["membership", "expires_at"], name="breakglass_in_force"
                            ),
                            models.Index(
                                fields=["patient", "-opened_at"], name="breakglass_by_patient"
                            ),
                            models.Index(
                                fields=["organization", "-opened_at"], name="breakglass_latest"
                            ),
                        ],
                        "triggers": [
                            audit(
                                "clinic.BreakGlass",
                                hash="7f7c84294129",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GlassNotice",
                    fields=[
                        ("id", key()),
                        ("claimed_until", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "opening",
                            reference(
                                "clinic.breakglass",
                                on_delete=models.CASCADE,
                                related_name="notices",
                            ),
                        ),
                        ("organization", tenant()),
                        ("to", reference("clinic.membership")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("opening", "to"), name="glassnotice_once_each"
                            )
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True)),
                                fields=["organization"],
                                name="glassnotice_unsent",
                            )
                        ],
                        "triggers": [
                            audit(
                                "clinic.GlassNotice",
                                hash="8980a854939b",
                                patient=(
                                    "(SELECT patient_id FROM clinic_breakglass WHERE id = "
                                    "subject.opening_id)"
                                ),
                                without="id,organization_id,claimed_until,attempts",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
