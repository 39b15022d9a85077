"""Every change of these tables is recorded from here on."""

from django.db import migrations
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from clinic.audit.triggers import AuditTriggerSql

TRIGGERS = [
    (
        "session",
        {
            "hash": "08cfb0ea6486",
            "label": "treatment_sessions.Session",
            "patient": "subject.patient_id",
            "table": "treatment_sessions_session",
            "without": "id,organization_id",
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [("treatment_sessions", "0002_walls"), ("clinic", "0009_audit")]

    operations = [
        AddTrigger(model_name=model, trigger=Trigger(name="audit", sql=AuditTriggerSql(**said)))
        for model, said in TRIGGERS
    ]
