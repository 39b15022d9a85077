"""No dose is firm before its course is cleared, whoever writes it (DOMAIN 3, 8.46)."""

from django.db import migrations

# Courses that nobody screened by these rules yet: their doses wait for it.
WAITING = """
UPDATE treatment_sessions_session AS visit SET is_provisional = true, version = version + 1
WHERE status = 'PLANNED' AND kind <> 'prep' AND NOT EXISTS (
    SELECT FROM courses_screening AS screening WHERE screening.course_id = visit.course_id
        AND screening.status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL'))
"""

# The screening is locked against an end that comes at the same moment. Age is by the calendar:
# who was born on 29 February comes of age on 1 March (DOMAIN 8.48).
VISITS = """
CREATE FUNCTION treatment_sessions_firm_when_cleared() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM courses_screening WHERE course_id = NEW.course_id
        AND status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL') FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no dose is firm before the course is cleared'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_firm_only_when_cleared';
    END IF;
    IF EXISTS (
        SELECT FROM clinic_patient AS patient, clinic_site AS site,
            LATERAL (SELECT NEW.starts_at AT TIME ZONE site.timezone AS local) AS visit
        WHERE patient.id = NEW.patient_id AND site.id = NEW.site_id
            AND extract(year FROM visit.local) - extract(year FROM patient.birth_date)
                - (to_char(visit.local, 'MMDD') < to_char(patient.birth_date, 'MMDD'))::int < 18
    ) THEN
        RAISE EXCEPTION 'no dose before the eighteenth birthday'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_no_dose_for_a_minor';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER firm_when_cleared
    AFTER INSERT OR UPDATE OF kind, status, is_provisional, course_id, starts_at
    ON treatment_sessions_session FOR EACH ROW
    WHEN (NEW.kind = 'dosing' AND NEW.status = 'PLANNED' AND NOT NEW.is_provisional)
    EXECUTE FUNCTION treatment_sessions_firm_when_cleared();
"""

# Looked at when the transaction ends, because a newer decision may take the place of an older.
SCREENINGS = """
CREATE FUNCTION treatment_sessions_none_firm_without() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM treatment_sessions_session WHERE course_id = NEW.course_id
            AND kind = 'dosing' AND status = 'PLANNED' AND NOT is_provisional
    ) AND NOT EXISTS (
        SELECT FROM courses_screening WHERE course_id = NEW.course_id
            AND status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL')
    ) THEN
        RAISE EXCEPTION 'doses are still booked as firm'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'screening_leaves_no_firm_dose';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER leaves_no_firm_dose AFTER UPDATE OF status ON courses_screening
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL')
        AND NEW.status NOT IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL'))
    EXECUTE FUNCTION treatment_sessions_none_firm_without();
"""

WITHOUT = """
DROP TRIGGER leaves_no_firm_dose ON courses_screening;
DROP FUNCTION treatment_sessions_none_firm_without();
DROP TRIGGER firm_when_cleared ON treatment_sessions_session;
DROP FUNCTION treatment_sessions_firm_when_cleared();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0012_screening_by_its_rules"),
        ("treatment_sessions", "0006_doses_begin_when_nothing_holds_them"),
    ]

    operations = [
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
        migrations.RunSQL(VISITS + SCREENINGS, WITHOUT),
    ]
