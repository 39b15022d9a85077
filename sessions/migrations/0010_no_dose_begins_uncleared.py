"""No dose begins, or is written down as given, before its course is cleared, nor for a minor.

What has begun may be observed and finished, whatever becomes of the screening meanwhile.
"""

from django.db import migrations

# The screening is locked against an end that comes at the same moment. Age is by the calendar:
# who was born on 29 February comes of age on 1 March (DOMAIN 8.48).
ASKED = """
CREATE OR REPLACE FUNCTION treatment_sessions_refuse_uncleared(visit treatment_sessions_session)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM courses_screening WHERE course_id = visit.course_id
        AND status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL') FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no dose is firm before the course is cleared'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_firm_only_when_cleared';
    END IF;
    IF EXISTS (
        SELECT FROM clinic_patient AS patient, clinic_site AS site,
            LATERAL (SELECT visit.starts_at AT TIME ZONE site.timezone AS local) AS that
        WHERE patient.id = visit.patient_id AND site.id = visit.site_id
            AND extract(year FROM that.local) - extract(year FROM patient.birth_date)
                - (to_char(that.local, 'MMDD') < to_char(patient.birth_date, 'MMDD'))::int < 18
    ) THEN
        RAISE EXCEPTION 'no dose before the eighteenth birthday'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_no_dose_for_a_minor';
    END IF;
END $$;
-- Only the triggers below ask it; they do so as the owner.
REVOKE ALL ON FUNCTION treatment_sessions_refuse_uncleared(treatment_sessions_session)
    FROM PUBLIC;

CREATE OR REPLACE FUNCTION treatment_sessions_firm_when_cleared() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM treatment_sessions_refuse_uncleared(NEW);
    RETURN NULL;
END $$;
DROP TRIGGER firm_when_cleared ON treatment_sessions_session;
CREATE TRIGGER firm_when_cleared
    AFTER INSERT OR UPDATE OF kind, status, is_provisional, course_id, starts_at
    ON treatment_sessions_session FOR EACH ROW
    WHEN (NEW.kind = 'dosing' AND NEW.status::text IN ('PLANNED', 'ARRIVED')
        AND NOT NEW.is_provisional)
    EXECUTE FUNCTION treatment_sessions_firm_when_cleared();

CREATE FUNCTION treatment_sessions_begins_when_cleared() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.kind = 'dosing'
        AND OLD.status IN ('IN_PROGRESS', 'OBSERVING', 'DONE')
        AND (OLD.course_id, OLD.patient_id) = (NEW.course_id, NEW.patient_id)
    THEN
        RETURN NULL;
    END IF;
    PERFORM treatment_sessions_refuse_uncleared(NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER begins_when_cleared
    AFTER INSERT OR UPDATE OF kind, status, course_id, patient_id
    ON treatment_sessions_session FOR EACH ROW
    WHEN (NEW.kind = 'dosing' AND NEW.status::text IN ('IN_PROGRESS', 'OBSERVING', 'DONE'))
    EXECUTE FUNCTION treatment_sessions_begins_when_cleared();
"""

BEFORE = """
DROP TRIGGER begins_when_cleared ON treatment_sessions_session;
DROP FUNCTION treatment_sessions_begins_when_cleared();
DROP TRIGGER firm_when_cleared ON treatment_sessions_session;
CREATE TRIGGER firm_when_cleared
    AFTER INSERT OR UPDATE OF kind, status, is_provisional, course_id, starts_at
    ON treatment_sessions_session FOR EACH ROW
    WHEN (NEW.kind = 'dosing' AND NEW.status = 'PLANNED' AND NOT NEW.is_provisional)
    EXECUTE FUNCTION treatment_sessions_firm_when_cleared();
"""


class Migration(migrations.Migration):
    dependencies = [("treatment_sessions", "0009_doses_say_when_they_began")]

    operations = [migrations.RunSQL(ASKED, BEFORE)]
