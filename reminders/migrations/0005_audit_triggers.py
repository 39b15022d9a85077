"""Every change of these tables is recorded from here on."""

from django.db import migrations
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from clinic.audit.triggers import AuditTriggerSql

TRIGGERS = [
    (
        "message",
        {
            "hash": "d8b04acaa683",
            "label": "reminders.Message",
            "patient": "subject.patient_id",
            "table": "reminders_message",
            "without": "id,organization_id,next_attempt_at,claimed_until,attempts",
        },
    ),
    (
        "reminder",
        {
            "hash": "edea89536056",
            "label": "reminders.Reminder",
            "patient": "(SELECT patient_id FROM reminders_message WHERE id = subject.message_id)",
            "table": "reminders_reminder",
            "without": "id,organization_id",
        },
    ),
    (
        "rule",
        {
            "hash": "fbf5f89790b6",
            "label": "reminders.Rule",
            "table": "reminders_rule",
            "without": "id,organization_id",
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [("reminders", "0004_due_messages_by_organization"), ("clinic", "0009_audit")]

    operations = [
        AddTrigger(model_name=model, trigger=Trigger(name="audit", sql=AuditTriggerSql(**said)))
        for model, said in TRIGGERS
    ]
