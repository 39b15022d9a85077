"""Repairs: what was asked for, the ways found, every visit before and after."""

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
        ("scheduling", "0022_times_are_held"),
        ("treatment_sessions", "0013_baselines_are_rated_before_the_drug"),
    ]

    operations = [
        migrations.CreateModel(
            name="Repair",
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
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Waiting for a planner"),
                            ("RUNNING", "Planning"),
                            ("READY", "Ready to accept"),
                            ("NOTHING", "Nothing to mend"),
                            ("FAILED", "Planning failed"),
                            ("CANCELLED", "Cancelled"),
                            ("ACCEPTED", "Accepted"),
                            ("DISCARDED", "Discarded"),
                        ],
                        default="QUEUED",
                        max_length=12,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Waiting for a planner"),
                            ("READING", "Reading the book"),
                            ("FEWEST", "Looking for the fewest moves"),
                            ("HIT_ONLY", "Looking for a way in which nobody else moves"),
                            ("LONGER", "Looking at longer shifts"),
                        ],
                        max_length=12,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="repairs",
                        to="clinic.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RepairWay",
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
                    "how",
                    models.CharField(
                        choices=[
                            ("FEWEST", "As few visits moved as possible"),
                            ("HIT_ONLY", "Nobody else is moved"),
                            ("LONGER", "Somebody works longer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("least", models.PositiveIntegerField()),
                ("longer", models.JSONField(default=list)),
                ("milliseconds", models.PositiveIntegerField(default=0)),
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
                    "repair",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ways",
                        to="scheduling.repair",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RepairVisit",
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
                ("part", models.PositiveSmallIntegerField()),
                ("causes", models.JSONField(default=list)),
                ("version", models.PositiveSmallIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("staff", models.JSONField(default=dict)),
                ("new_starts_at", models.DateTimeField(blank=True, null=True)),
                ("new_staff", models.JSONField(default=dict)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NO_PLACE", "No time fits within the course’s rules"),
                            ("BY_HAND", "It hangs on something that only a person can settle"),
                        ],
                        max_length=12,
                    ),
                ),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
                (
                    "new_room",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.room",
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
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.room",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatment_sessions.session",
                    ),
                ),
                (
                    "way",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="scheduling.repairway",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="repair",
            index=models.Index(fields=["site", "-requested_at"], name="repair_by_site"),
        ),
        migrations.AddIndex(
            model_name="repair",
            index=models.Index(
                condition=models.Q(("status__in", ["QUEUED", "RUNNING"])),
                fields=["requested_at"],
                name="repair_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="repair",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("first_on"))),
                name="repair_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="repair",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__lte", 100)), name="repair_progress_is_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="repair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "QUEUED",
                            "RUNNING",
                            "READY",
                            "NOTHING",
                            "FAILED",
                            "CANCELLED",
                            "ACCEPTED",
                            "DISCARDED",
                        ],
                    )
                ),
                name="repair_status",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="repair",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="b7b5a604e0c7",
                    label="scheduling.Repair",
                    table="scheduling_repair",
                    without="id,organization_id,claimed_until,attempts,stage,progress",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="repairway",
            constraint=models.UniqueConstraint(fields=("repair", "how"), name="repair_way_once"),
        ),
        migrations.AddConstraint(
            model_name="repairway",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["FEWEST", "HIT_ONLY", "LONGER"])),
                name="repair_way_how",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="repairway",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="f47bfe240afa",
                    label="scheduling.RepairWay",
                    table="scheduling_repairway",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="repairvisit",
            constraint=models.UniqueConstraint(fields=("way", "visit"), name="repair_visit_once"),
        ),
        migrations.AddConstraint(
            model_name="repairvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("new_room__isnull", False),
                        ("new_starts_at__isnull", False),
                        ("reason", ""),
                    ),
                    models.Q(
                        ("accepted_at__isnull", True),
                        ("new_room__isnull", True),
                        ("new_starts_at__isnull", True),
                        ("reason__in", ["NO_PLACE", "BY_HAND"]),
                    ),
                    _connector="OR",
                ),
                name="repair_visit_has_place_or_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="repairvisit",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="6dd11d73aa91",
                    label="scheduling.RepairVisit",
                    patient=(
                        "(SELECT patient_id FROM treatment_sessions_session"
                        " WHERE id = subject.visit_id)"
                    ),
                    table="scheduling_repairvisit",
                    without="id,organization_id",
                ),
            ),
        ),
        wall("scheduling_repair"),
        same_organization(
            "scheduling_repair", site_id="clinic_site", requested_by_id="clinic_membership"
        ),
        wall("scheduling_repairway"),
        same_organization("scheduling_repairway", repair_id="scheduling_repair"),
        wall("scheduling_repairvisit"),
        same_organization(
            "scheduling_repairvisit",
            way_id="scheduling_repairway",
            visit_id="treatment_sessions_session",
            course_id="courses_course",
            room_id="clinic_room",
            new_room_id="clinic_room",
        ),
    ]
