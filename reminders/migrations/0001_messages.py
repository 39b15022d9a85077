"""Rules, messages, and of which visits a message reminds."""

from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant
from clinic.walls import same_organization, wall


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("reminders", "0001_initial"),
        ("reminders", "0002_notice_of_a_move_names_the_old_time"),
        ("reminders", "0003_walls"),
        ("reminders", "0004_due_messages_by_organization"),
        ("reminders", "0005_audit_triggers"),
        ("reminders", "0006_references_stay_within"),
        ("reminders", "0007_nothing_is_sent_about_visits_that_wait"),
    ]
    dependencies = [("treatment_sessions", "0002_doses_begin_when_cleared")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Rule",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("BOOKED", "Confirmation on booking"),
                                    ("MOVED", "Notice of a new time"),
                                    ("CANCELLED", "Notice of a cancelled visit"),
                                    ("BEFORE", "Reminder before the visit"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("days_before", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("is_active", models.BooleanField(default=True)),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "kind", "days_before"),
                                name="rule_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("days_before__gte", 1), ("kind", "BEFORE")),
                                    models.Q(
                                        models.Q(("kind", "BEFORE"), _negated=True),
                                        ("days_before__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="rule_days_only_before",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "reminders.Rule", hash="fbf5f89790b6", without="id,organization_id"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("BOOKED", "Confirmation on booking"),
                                    ("MOVED", "Notice of a new time"),
                                    ("CANCELLED", "Notice of a cancelled visit"),
                                    ("BEFORE", "Reminder before the visit"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "Waiting"),
                                    ("SENT", "Sent"),
                                    ("WITHDRAWN", "Withdrawn"),
                                    ("SUPPRESSED", "Not sent: no e-mail wanted or known"),
                                    ("FAILED", "Failed"),
                                ],
                                default="PENDING",
                                max_length=10,
                            ),
                        ),
                        ("send_at", models.DateTimeField()),
                        ("next_attempt_at", models.DateTimeField()),
                        ("claimed_until", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("template_version", models.CharField(blank=True, max_length=20)),
                        ("content_sha256", models.CharField(blank=True, max_length=64)),
                        ("failure", models.CharField(blank=True, max_length=80)),
                        ("created_at", models.DateTimeField()),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="messages")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("status", "SENT")),
                                    models.Q(
                                        models.Q(("status", "SENT"), _negated=True),
                                        ("sent_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="message_sent_says_when",
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["patient", "-send_at"], name="message_by_patient"),
                            models.Index(
                                condition=models.Q(("status", "PENDING")),
                                fields=["organization", "next_attempt_at"],
                                name="message_due",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "reminders.Message",
                                hash="d8b04acaa683",
                                patient="subject.patient_id",
                                without="id,organization_id,next_attempt_at,claimed_until,attempts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
                    fields=[
                        ("id", key()),
                        ("visit_version", models.PositiveSmallIntegerField()),
                        ("message", reference("reminders.message", related_name="reminders")),
                        ("organization", tenant()),
                        (
                            "session",
                            reference("treatment_sessions.session", related_name="reminders"),
                        ),
                        ("rule", reference("reminders.rule")),
                        ("moved_from", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("session", "rule", "visit_version"),
                                name="reminder_once_per_visit_version",
                            )
                        ],
                        "triggers": [
                            audit(
                                "reminders.Reminder",
                                hash="edea89536056",
                                patient=(
                                    "(SELECT patient_id FROM reminders_message WHERE id = "
                                    "subject.message_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
            ]
        ),
        wall("reminders_rule"),
        wall("reminders_message"),
        wall("reminders_reminder"),
        same_organization("reminders_message", patient_id="clinic_patient"),
        same_organization(
            "reminders_reminder",
            session_id="treatment_sessions_session",
            rule_id="reminders_rule",
            message_id="reminders_message",
        ),
    ]
