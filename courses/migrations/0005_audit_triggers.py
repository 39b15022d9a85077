"""Every change of these tables is recorded from here on."""

from django.db import migrations
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from clinic.audit.triggers import AuditTriggerSql

TRIGGERS = [
    (
        "course",
        {
            "hash": "ccf572a36dc4",
            "label": "courses.Course",
            "patient": "subject.patient_id",
            "table": "courses_course",
            "without": "id,organization_id",
        },
    ),
    (
        "courseevent",
        {
            "hash": "2bafc90f954d",
            "label": "courses.CourseEvent",
            "patient": "(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
            "table": "courses_courseevent",
            "without": "id,organization_id",
        },
    ),
    (
        "protocol",
        {
            "hash": "63859f70fd32",
            "label": "courses.Protocol",
            "table": "courses_protocol",
            "without": "id,organization_id",
        },
    ),
    (
        "protocolversion",
        {
            "hash": "f27cdb8a0539",
            "label": "courses.ProtocolVersion",
            "table": "courses_protocolversion",
            "without": "id,organization_id",
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_walls"), ("clinic", "0009_audit")]

    operations = [
        AddTrigger(model_name=model, trigger=Trigger(name="audit", sql=AuditTriggerSql(**said)))
        for model, said in TRIGGERS
    ]
