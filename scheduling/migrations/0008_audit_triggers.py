"""Every change of these tables is recorded from here on."""

from django.db import migrations
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from clinic.audit.triggers import AuditTriggerSql

TRIGGERS = [
    (
        "override",
        {
            "hash": "94a405010841",
            "label": "scheduling.Override",
            "patient": (
                "(SELECT patient_id FROM treatment_sessions_session WHERE id = subject.visit_id)"
            ),
            "table": "scheduling_override",
            "without": "id,organization_id",
        },
    ),
    (
        "proposal",
        {
            "hash": "d2c5b9854634",
            "label": "scheduling.Proposal",
            "patient": "(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
            "table": "scheduling_proposal",
            "without": "id,organization_id,claimed_until,attempts,stage,progress",
        },
    ),
    (
        "reservation",
        {
            "hash": "52e13623191e",
            "label": "scheduling.Reservation",
            "patient": "subject.patient_id",
            "table": "scheduling_reservation",
            "without": "id,organization_id",
        },
    ),
    (
        "staffclaim",
        {
            "hash": "b53abe755412",
            "label": "scheduling.StaffClaim",
            "patient": (
                "(SELECT patient_id FROM scheduling_reservation WHERE id = subject.reservation_id)"
            ),
            "table": "scheduling_staffclaim",
            "without": "id,organization_id",
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_guards_stay_whole"), ("clinic", "0009_audit")]

    operations = [
        AddTrigger(model_name=model, trigger=Trigger(name="audit", sql=AuditTriggerSql(**said)))
        for model, said in TRIGGERS
    ]
