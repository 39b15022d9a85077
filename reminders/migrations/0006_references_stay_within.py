"""References stay within the organisation, whoever writes them."""

from django.db import migrations

from clinic.walls import same_organization


class Migration(migrations.Migration):
    dependencies = [("reminders", "0005_audit_triggers"), ("clinic", "0011_references_stay_within")]

    operations = [
        same_organization("reminders_message", patient_id="clinic_patient"),
        same_organization(
            "reminders_reminder",
            session_id="treatment_sessions_session",
            rule_id="reminders_rule",
            message_id="reminders_message",
        ),
    ]
