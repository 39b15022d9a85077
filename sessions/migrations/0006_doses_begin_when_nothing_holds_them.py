"""No dose begins unless its course is under way and nothing holds it (G8).

What has begun may be observed and finished whatever happens to the course meanwhile. That no
provisional visit begins is kept by the check `session_provisional_gives_no_dose`.
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


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0014_life_cycle"),
        ("treatment_sessions", "0005_provisional_visits"),
    ]

    operations = [migrations.RunSQL(BEGINS, BEGINS_BACK)]
