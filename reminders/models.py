"""What patients are told and when: rules, the outbox, and which visit asked for what."""

import uuid

from django.db import models
from django.db.models import Q

from clinic.audit.triggers import audited
from clinic.models import Patient, TenantModel
from sessions.models import Session


@audited(record="Reminder rule")
class Rule(TenantModel):
    """When an organisation writes to a patient about a visit."""

    class Kind(models.TextChoices):
        BOOKED = "BOOKED", "Confirmation on booking"
        MOVED = "MOVED", "Notice of a new time"
        CANCELLED = "CANCELLED", "Notice of a cancelled visit"
        BEFORE = "BEFORE", "Reminder before the visit"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Days before the visit, at the same wall-clock time (DOMAIN 8, case 14).
    days_before = models.PositiveSmallIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "days_before"],
                name="rule_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="rule_days_only_before",
                condition=Q(kind="BEFORE", days_before__gte=1)
                | (~Q(kind="BEFORE") & Q(days_before__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


@audited(without=["claimed_until", "next_attempt_at", "attempts"], record="E-mail")
class Message(TenantModel):
    """The outbox: one e-mail to one patient, written in the transaction that causes it."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "Waiting"
        SENT = "SENT", "Sent"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        SUPPRESSED = "SUPPRESSED", "Not sent: no e-mail wanted or known"
        FAILED = "FAILED", "Failed"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=10, choices=Rule.Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    send_at = models.DateTimeField()
    # When a worker may take it: `send_at` at first, later the next try.
    next_attempt_at = models.DateTimeField()
    # A worker's lease; when it lapses another worker may take the row.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    template_version = models.CharField(max_length=20, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="message_sent_says_when",
                condition=Q(status="SENT", sent_at__isnull=False)
                | (~Q(status="SENT") & Q(sent_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_attempt_at"],
                name="message_due",
                condition=Q(status="PENDING"),
            ),
            models.Index(fields=["patient", "-send_at"], name="message_by_patient"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def message_id(self) -> str:
        """The e-mail's Message-ID: the same on every try, so a duplicate is recognisable."""
        return f"<{self.pk}@{MESSAGE_DOMAIN}>"


@audited(patient="message.patient", record="Reason for an e-mail")
class Reminder(TenantModel):
    """That a rule asked for a message about one version of one visit: once, ever (G6)."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="reminders")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    visit_version = models.PositiveSmallIntegerField()
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="reminders")
    # The start that a notice of a new time replaces, so that the patient knows which visit moved.
    moved_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "rule", "visit_version"], name="reminder_once_per_visit_version"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


# Part of identifiers that mail programs keep for ever: never change it.
MESSAGE_DOMAIN = "visits.courseline.app"


def calendar_uid(session_id: uuid.UUID) -> str:
    """The iCalendar UID of a visit, the same through every move."""
    return f"{session_id}@{MESSAGE_DOMAIN}"
