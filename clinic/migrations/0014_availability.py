"""Hours and shifts of single dates, kinds of leave, credentials; stretches of time stay apart."""

import datetime

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
import clinic.models.organizations
import clinic.models.tenancy
from clinic.stretches import merge_hours, merge_periods
from clinic.walls import same_organization, wall


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0006_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Credential",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("LICENSE", "Professional licence"),
                            ("CONTROLLED", "Controlled-substance registration"),
                            ("REMS", "REMS training"),
                            ("ACLS", "Advanced life support (ACLS)"),
                            ("BLS", "Basic life support (BLS)"),
                        ],
                        max_length=10,
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=60)),
                ("expires_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="ShiftChange",
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
                ("on", models.DateField()),
                ("starts", models.TimeField(blank=True, null=True)),
                ("ends", models.TimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="SpecialHours",
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
                ("on", models.DateField()),
                ("starts", models.TimeField()),
                ("ends", models.TimeField()),
                ("reason", models.CharField(blank=True, max_length=120)),
            ],
        ),
        migrations.AddField(
            model_name="leave",
            name="kind",
            field=models.CharField(
                choices=[
                    ("HOLIDAY", "Holiday"),
                    ("SICK", "Sick"),
                    ("TRAINING", "Training"),
                    ("PARENTAL", "Parental leave"),
                    ("OTHER", "Other"),
                ],
                default="OTHER",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="organization",
            name="credentials_required",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=clinic.models.organizations.usual_credentials,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="site",
            name="holiday_country",
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name="site",
            name="holiday_subdivision",
            field=models.CharField(blank=True, max_length=8),
        ),
        merge_periods("clinic_leave", ["membership_id"]),
        merge_periods("clinic_roomblock", ["room_id"]),
        merge_hours("clinic_openinghours", ["site_id", "weekday"]),
        merge_hours("clinic_shift", ["membership_id", "site_id", "weekday"]),
        migrations.AddConstraint(
            model_name="leave",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("membership", "="), ("during", "&&")],
                name="leave_apart",
                violation_error_message="There is leave in that time already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="openinghours",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("site", "="),
                    ("weekday", "="),
                    (clinic.models.tenancy.ClockRange("starts", "ends"), "&&"),
                ],
                name="openinghours_apart",
                violation_error_message="Two of these times overlap.",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomblock",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("room", "="), ("during", "&&")],
                name="roomblock_apart",
                violation_error_message="The room is out of use at that time already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("membership", "="),
                    ("site", "="),
                    ("weekday", "="),
                    (clinic.models.tenancy.ClockRange("starts", "ends"), "&&"),
                ],
                name="shift_apart",
                violation_error_message="Two of these times overlap.",
            ),
        ),
        migrations.AddField(
            model_name="credential",
            name="membership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="credentials",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="credential",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="shiftchange",
            name="membership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shift_changes",
                to="clinic.membership",
            ),
        ),
        migrations.AddField(
            model_name="shiftchange",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="shiftchange",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shift_changes",
                to="clinic.site",
            ),
        ),
        migrations.AddField(
            model_name="specialhours",
            name="organization",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.organization",
            ),
        ),
        migrations.AddField(
            model_name="specialhours",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="special_hours",
                to="clinic.site",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(
                fields=("membership", "kind"),
                name="credential_once_per_person",
                violation_error_message="This credential is on record already: renew it there.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="credential",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="645f4fe56a29",
                    label="clinic.Credential",
                    table="clinic_credential",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="shiftchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ends__isnull", True), ("starts__isnull", True)),
                    models.Q(
                        ("ends__gt", models.F("starts")),
                        ("ends__isnull", False),
                        ("starts__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="shiftchange_ends_after_start",
                violation_error_message="The end must be later than the start.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shiftchange",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("membership", "="),
                    ("site", "="),
                    ("on", "="),
                    (clinic.models.tenancy.ClockRange("starts", "ends"), "&&"),
                ],
                name="shiftchange_apart",
                violation_error_message="Two of these times overlap.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiftchange",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="6130fbb3d08c",
                    label="clinic.ShiftChange",
                    table="clinic_shiftchange",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="specialhours",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends__gt", models.F("starts")), ("starts__gte", datetime.time(4, 0))
                ),
                name="specialhours_by_day",
                violation_error_message="A site opens at 04:00 or later, and closes after that.",
            ),
        ),
        migrations.AddConstraint(
            model_name="specialhours",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("site", "="),
                    ("on", "="),
                    (clinic.models.tenancy.ClockRange("starts", "ends"), "&&"),
                ],
                name="specialhours_apart",
                violation_error_message="Two of these times overlap.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="specialhours",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="f851cdf45b84",
                    label="clinic.SpecialHours",
                    table="clinic_specialhours",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AlterConstraint(
            model_name="closure",
            name="closure_once_a_day",
            constraint=models.UniqueConstraint(
                fields=("site", "on"),
                name="closure_once_a_day",
                violation_error_message="The site is closed on that date already.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="room",
            name="room_name_once",
            constraint=models.UniqueConstraint(
                fields=("site", "name"),
                name="room_name_once",
                violation_error_message="The site has a room of that name already.",
            ),
        ),
        wall("clinic_credential"),
        wall("clinic_shiftchange"),
        wall("clinic_specialhours"),
        same_organization("clinic_credential", membership_id="clinic_membership"),
        same_organization(
            "clinic_shiftchange", membership_id="clinic_membership", site_id="clinic_site"
        ),
        same_organization("clinic_specialhours", site_id="clinic_site"),
    ]
