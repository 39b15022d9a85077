"""No baseline is written down once the drug of a dose has begun: it would be one of nothing.

The dose is kept when it is over, and only what was rated before it becomes the baseline; a rating
in between would take the place of the one that let the dose begin.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION treatment_sessions_baseline_before_the_drug() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Whoever begins the dose meanwhile comes first or waits.
    PERFORM FROM courses_course WHERE id = NEW.course_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM treatment_sessions_session
        WHERE course_id = NEW.course_id AND kind = 'dosing'
            AND status IN ('IN_PROGRESS', 'OBSERVING') AND begun_at < NEW.taken_at
    ) THEN
        RAISE EXCEPTION 'a baseline is rated before the drug begins'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'baseline_before_the_drug';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER before_the_drug BEFORE INSERT OR UPDATE ON courses_baseline
    FOR EACH ROW EXECUTE FUNCTION treatment_sessions_baseline_before_the_drug();
"""
BACK = """
DROP TRIGGER before_the_drug ON courses_baseline;
DROP FUNCTION treatment_sessions_baseline_before_the_drug();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0008_screenings_keep_their_rules"),
        ("treatment_sessions", "0012_doses_of_the_person"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACK)]
