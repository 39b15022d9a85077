"""A dose that was given here is never withdrawn; a course is never born ended.

Its visit tells of it: withdrawn, it would be missing from gaps and caps. What ends has begun.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION courses_dose_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(NEW) - 'withdrawn_at'
        OR OLD.withdrawn_at IS NOT NULL
        OR (NEW.withdrawn_at IS NOT NULL AND OLD.source <> 'OUTSIDE')
    THEN
        RAISE EXCEPTION 'a dose stays as it was recorded, or is withdrawn where given elsewhere'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dose_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION courses_course_is_not_born_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a course does not begin as %', NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'course_not_born_ended';
END $$;

CREATE TRIGGER course_not_born_ended
    BEFORE INSERT ON courses_course
    FOR EACH ROW WHEN (NEW.status::text IN ('COMPLETED', 'STOPPED'))
    EXECUTE FUNCTION courses_course_is_not_born_ended();
"""
BACK = """
DROP TRIGGER course_not_born_ended ON courses_course;
DROP FUNCTION courses_course_is_not_born_ended();
CREATE OR REPLACE FUNCTION courses_dose_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(NEW) - 'withdrawn_at'
        OR OLD.withdrawn_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a dose stays as it was recorded, or is withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dose_stays';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0019_preparation_may_be_waived")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
