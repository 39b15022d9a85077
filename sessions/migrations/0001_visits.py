"""Visits, some of them held until the patient is cleared for treatment."""

from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant
from clinic.walls import same_organization, wall


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("treatment_sessions", "0001_initial"),
        ("treatment_sessions", "0002_walls"),
        ("treatment_sessions", "0003_audit_triggers"),
        ("treatment_sessions", "0004_references_stay_within"),
        ("treatment_sessions", "0005_provisional_visits"),
        ("treatment_sessions", "0008_doses_given_until_now"),
        ("treatment_sessions", "0009_doses_say_when_they_began"),
    ]
    dependencies = [("courses", "0008_screenings_keep_their_rules")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Session",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("prep", "Preparation"),
                                    ("dosing", "Dosing"),
                                    ("integration", "Integration"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("seq", models.PositiveSmallIntegerField()),
                        ("visit_type", models.CharField(max_length=40)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PLANNED", "Planned"),
                                    ("ARRIVED", "Arrived"),
                                    ("IN_PROGRESS", "In progress"),
                                    ("OBSERVING", "Observing"),
                                    ("DONE", "Done"),
                                    ("MISSED", "Missed"),
                                    ("CANCELLED", "Cancelled"),
                                ],
                                default="PLANNED",
                                max_length=12,
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("version", models.PositiveSmallIntegerField(default=0)),
                        ("scheduled_at", models.DateTimeField()),
                        ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                        ("cancel_reason", models.CharField(blank=True, max_length=240)),
                        ("course", reference("courses.course", related_name="visits")),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="visits")),
                        ("site", reference("clinic.site", related_name="visits")),
                        ("is_provisional", models.BooleanField(default=False)),
                        ("begun_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="session_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("cancelled_at__isnull", False), ("status", "CANCELLED")
                                    ),
                                    models.Q(
                                        models.Q(("status", "CANCELLED"), _negated=True),
                                        ("cancelled_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="session_cancelled_says_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["prep", "dosing", "integration"])),
                                name="session_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "PLANNED",
                                            "ARRIVED",
                                            "IN_PROGRESS",
                                            "OBSERVING",
                                            "DONE",
                                            "MISSED",
                                            "CANCELLED",
                                        ],
                                    )
                                ),
                                name="session_status",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("status__in", ["CANCELLED", "MISSED"]), _negated=True
                                ),
                                fields=("course", "kind", "seq"),
                                name="session_one_live_per_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_provisional", False),
                                    models.Q(
                                        (
                                            "status__in",
                                            ["PLANNED", "ARRIVED", "MISSED", "CANCELLED"],
                                        ),
                                        models.Q(("kind", "prep"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="session_provisional_gives_no_dose",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("begun_at__isnull", False),
                                        ("kind", "dosing"),
                                        ("status__in", ["IN_PROGRESS", "OBSERVING", "DONE"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind", "dosing"),
                                            ("status__in", ["IN_PROGRESS", "OBSERVING", "DONE"]),
                                            _negated=True,
                                        ),
                                        ("begun_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="session_dose_says_when_it_began",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["site", "starts_at"], name="session_by_site_and_time"
                            ),
                            models.Index(
                                fields=["patient", "starts_at"], name="session_by_patient_and_time"
                            ),
                        ],
                        "triggers": [
                            audit(
                                "treatment_sessions.Session",
                                hash="08cfb0ea6486",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
            ]
        ),
        wall("treatment_sessions_session"),
        same_organization(
            "treatment_sessions_session",
            course_id="courses_course",
            patient_id="clinic_patient",
            site_id="clinic_site",
        ),
    ]
