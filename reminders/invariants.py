"""Proofs of G6 and G7 over a whole database: each query returns the rows that break one promise."""

# ruff: noqa: S608 # every query here is made of constants

from clinic.invariants import Invariant
from reminders.services.delivery import LEASE

# The first instant at which a zone's clock shows at least a time: the definition behind
# `reminders.rules.clock_shows`. PostgreSQL reads a time that exists twice as the second one, and
# one that is skipped as if it were not, so near a change of the clock every minute is looked at.
CLOCK_SHOWS = """
CASE WHEN ({local} AT TIME ZONE {zone} - interval '1 day') AT TIME ZONE {zone}
              = {local} - interval '1 day'
      AND ({local} AT TIME ZONE {zone} + interval '1 day') AT TIME ZONE {zone}
              = {local} + interval '1 day'
     THEN {local} AT TIME ZONE {zone}
     ELSE (SELECT min(instant) FROM generate_series(
               {local} AT TIME ZONE {zone} - interval '1 day',
               {local} AT TIME ZONE {zone} + interval '1 day', interval '1 minute') AS instant
           WHERE instant AT TIME ZONE {zone} >= {local})
END"""

DUE = CLOCK_SHOWS.format(
    local="(visit.starts_at AT TIME ZONE site.timezone - make_interval(days => rule.days_before))",
    zone="site.timezone",
)

# A visit that was provisional is told as booked whatever its version.
CONFIRMED = """EXISTS (
    SELECT FROM reminders_reminder AS told JOIN reminders_rule AS why ON why.id = told.rule_id
    WHERE told.session_id = planned.session_id AND told.visit_version = planned.version
      AND why.kind = 'BOOKED')"""

# What active rules ask for, of every visit that is still to come.
ASKED = f"""
WITH planned AS (
    SELECT visit.id AS session_id, visit.version, visit.scheduled_at, rule.id AS rule_id,
           rule.kind, CASE WHEN rule.kind = 'BEFORE' THEN {DUE} END AS due
    FROM treatment_sessions_session AS visit
    JOIN clinic_site AS site ON site.id = visit.site_id
    JOIN reminders_rule AS rule ON rule.organization_id = visit.organization_id AND rule.is_active
    WHERE visit.status = 'PLANNED' AND visit.starts_at > now() AND NOT visit.is_provisional
), asked AS (
    SELECT * FROM planned
    WHERE (kind = 'BEFORE' AND due > scheduled_at)
       OR (kind = 'BOOKED' AND version = 0) OR (kind = 'MOVED' AND version > 0 AND NOT {CONFIRMED})
)"""

INVARIANTS = (
    Invariant(
        "visit_has_its_reminders",
        "Every planned visit to come has each message that an active rule asks for, for its"
        " present time.",
        f"""{ASKED}
SELECT DISTINCT asked.session_id FROM asked
LEFT JOIN reminders_reminder AS reminder
       ON reminder.session_id = asked.session_id AND reminder.rule_id = asked.rule_id
      AND reminder.visit_version = asked.version
LEFT JOIN reminders_message AS message ON message.id = reminder.message_id
WHERE message.id IS NULL
   OR (asked.kind = 'BEFORE' AND (message.send_at <> asked.due
       OR (message.send_at > now() AND message.status <> 'PENDING')))""",
    ),
    Invariant(
        "no_reminder_is_left_behind",
        "No reminder waits for a visit that was cancelled, missed or moved, or without a rule.",
        f"""{ASKED}
SELECT DISTINCT message.id FROM reminders_message AS message
JOIN reminders_reminder AS reminder ON reminder.message_id = message.id
JOIN treatment_sessions_session AS visit ON visit.id = reminder.session_id
WHERE message.status = 'PENDING' AND message.kind = 'BEFORE'
  AND (visit.status IN ('CANCELLED', 'MISSED') OR visit.version <> reminder.visit_version
       OR (visit.status = 'PLANNED' AND visit.starts_at > now() AND NOT EXISTS (
           SELECT FROM asked WHERE asked.session_id = reminder.session_id
             AND asked.rule_id = reminder.rule_id)))""",
    ),
    Invariant(
        "message_is_about_its_patient",
        "Every message is about at least one visit, and only about visits of its patient.",
        """
SELECT message.id FROM reminders_message AS message
LEFT JOIN reminders_reminder AS reminder ON reminder.message_id = message.id
LEFT JOIN treatment_sessions_session AS visit ON visit.id = reminder.session_id
GROUP BY message.id
HAVING count(reminder.id) = 0
    OR bool_or(visit.patient_id <> message.patient_id
               OR visit.organization_id <> message.organization_id
               OR reminder.organization_id <> message.organization_id)""",
    ),
    Invariant(
        "no_message_is_held_for_good",
        "A worker's hold on a message lapses, so that none is lost with the worker.",
        f"""
SELECT id FROM reminders_message
WHERE status = 'PENDING' AND claimed_until > now() + interval '{LEASE.total_seconds():.0f} s'
""",
    ),
)
