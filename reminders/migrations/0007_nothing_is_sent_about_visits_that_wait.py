"""Take back what was still to be sent about visits that wait for a screening since the upgrade.

They became provisional, with a version of their own, when screenings came; once a screening
confirms them they are told and their reminders are planned anew.
"""

from django.db import migrations

WITHDRAW = """
UPDATE reminders_message SET status = 'WITHDRAWN'
WHERE status = 'PENDING' AND kind IN ('BEFORE', 'MOVED') AND id IN (
    SELECT reminder.message_id FROM reminders_reminder AS reminder
    JOIN treatment_sessions_session AS visit ON visit.id = reminder.session_id
    WHERE visit.is_provisional AND visit.status = 'PLANNED')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0006_references_stay_within"),
        ("treatment_sessions", "0007_firm_only_when_cleared"),
    ]

    operations = [migrations.RunSQL(WITHDRAW, migrations.RunSQL.noop)]
