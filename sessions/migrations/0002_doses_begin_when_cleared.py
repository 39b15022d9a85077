"""No dose begins unless its course is under way, cleared and not held (G8, DOMAIN 3, 8.46).

What has begun may be observed and finished, whatever becomes of the course or its screening
meanwhile. That no provisional visit begins is kept by the check
`session_provisional_gives_no_dose`.
"""

from django.db import migrations

BEGINS = """
CREATE FUNCTION sessions_dose_may_begin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.kind = 'dosing'
        AND OLD.status IN ('IN_PROGRESS', 'OBSERVING', 'DONE')
        AND OLD.course_id = NEW.course_id
    THEN
        RETURN NEW;
    END IF;
    -- Whoever halts, ends or holds the course meanwhile comes first or waits.
    SELECT status INTO state FROM courses_course WHERE id = NEW.course_id FOR NO KEY UPDATE;
    IF state IS DISTINCT FROM 'ACTIVE' THEN
        RAISE EXCEPTION 'a dose does not begin in a course that is %', state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_dose_may_begin';
    END IF;
    IF EXISTS (
        SELECT FROM courses_hold WHERE course_id = NEW.course_id AND released_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a dose does not begin while its course is held'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_dose_may_begin';
    END IF;
    -- One that was known when the visit was booked has been judged then.
    IF EXISTS (
        SELECT FROM courses_dose dose
        JOIN courses_course course ON course.id = NEW.course_id
        JOIN courses_protocolversion version ON version.id = course.protocol_version_id
        JOIN clinic_site site ON site.id = NEW.site_id
        WHERE dose.patient_id = NEW.patient_id
            AND dose.source = 'OUTSIDE' AND dose.withdrawn_at IS NULL
            AND dose.recorded_at > NEW.scheduled_at
            AND abs((NEW.starts_at AT TIME ZONE site.timezone)::date - dose."on")
                < (version.definition ->> 'min_gap_days')::integer
    ) THEN
        RAISE EXCEPTION 'a dose elsewhere is too near'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_dose_may_begin';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER session_dose_may_begin
    BEFORE INSERT OR UPDATE OF status, kind, course_id ON treatment_sessions_session
    FOR EACH ROW
    WHEN (NEW.kind = 'dosing' AND NEW.status::text IN ('IN_PROGRESS', 'OBSERVING', 'DONE'))
    EXECUTE FUNCTION sessions_dose_may_begin();
"""
BEGINS_BACK = """
DROP TRIGGER session_dose_may_begin ON treatment_sessions_session;
DROP FUNCTION sessions_dose_may_begin();
"""

# The screening is locked against an end that comes at the same moment. Age is by the calendar:
# who was born on 29 February comes of age on 1 March (DOMAIN 8.48).
CLEARED = """
CREATE FUNCTION treatment_sessions_refuse_uncleared(visit treatment_sessions_session)
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

CREATE FUNCTION treatment_sessions_firm_when_cleared() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM treatment_sessions_refuse_uncleared(NEW);
    RETURN NULL;
END $$;
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
CLEARED_BACK = """
DROP TRIGGER begins_when_cleared ON treatment_sessions_session;
DROP FUNCTION treatment_sessions_begins_when_cleared();
DROP TRIGGER firm_when_cleared ON treatment_sessions_session;
DROP FUNCTION treatment_sessions_firm_when_cleared();
DROP FUNCTION treatment_sessions_refuse_uncleared(treatment_sessions_session);
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
SCREENINGS_BACK = """
DROP TRIGGER leaves_no_firm_dose ON courses_screening;
DROP FUNCTION treatment_sessions_none_firm_without();
"""


class Migration(migrations.Migration):
    replaces = [
        ("treatment_sessions", "0006_doses_begin_when_nothing_holds_them"),
        ("treatment_sessions", "0007_firm_only_when_cleared"),
        ("treatment_sessions", "0010_no_dose_begins_uncleared"),
    ]
    dependencies = [("treatment_sessions", "0001_visits")]

    operations = [
        migrations.RunSQL(BEGINS, BEGINS_BACK),
        migrations.RunSQL(CLEARED, CLEARED_BACK),
        migrations.RunSQL(SCREENINGS, SCREENINGS_BACK),
    ]
