"""Forecasts of how many courses could start in each of the coming weeks."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0018_links_are_kept"),
        ("courses", "0024_holds_of_the_patient"),
        ("scheduling", "0018_group_visits"),
    ]

    operations = [
        migrations.CreateModel(
            name="CapacityForecast",
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
                    "status",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Waiting for a planner"),
                            ("RUNNING", "Counting"),
                            ("READY", "Counted"),
                            ("CANCELLED", "Cancelled"),
                            ("FAILED", "Counting failed"),
                        ],
                        default="QUEUED",
                        max_length=12,
                    ),
                ),
                ("begins_on", models.DateField()),
                ("requested_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("weeks_done", models.PositiveSmallIntegerField(default=0)),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("weeks", models.JSONField(default=list)),
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
                    "protocol_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.protocolversion",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("site"),
                        models.F("protocol_version"),
                        models.OrderBy(models.F("requested_at"), descending=True),
                        name="forecast_latest",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["QUEUED", "RUNNING"])),
                        fields=["requested_at"],
                        name="forecast_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["QUEUED", "RUNNING"])),
                        fields=("site", "protocol_version"),
                        name="forecast_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["QUEUED", "RUNNING", "READY", "CANCELLED", "FAILED"])
                        ),
                        name="forecast_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("progress__lte", 100)),
                        name="forecast_progress_is_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "READY"), _negated=True),
                            models.Q(("finished_at__isnull", False), ("weeks_done", 8)),
                            _connector="OR",
                        ),
                        name="forecast_ready_is_whole",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="capacityforecast",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="66a090d55420",
                    label="scheduling.CapacityForecast",
                    table="scheduling_capacityforecast",
                    without="id,organization_id,claimed_until,attempts,weeks_done,progress,weeks",
                ),
            ),
        ),
        wall("scheduling_capacityforecast"),
        same_organization(
            "scheduling_capacityforecast",
            site_id="clinic_site",
            protocol_version_id="courses_protocolversion",
            requested_by_id="clinic_membership",
        ),
    ]
