"""Courses go from state to state by one table; holds and doses stay as they were recorded.

A dose that was given here is never withdrawn: its visit tells of it, and withdrawn, it would be
missing from gaps and caps. A course is never born ended: what ends has begun.
"""

from django.db import migrations

# The same table as `courses.rules.NEXT`.
STATES = """
CREATE FUNCTION courses_course_goes_its_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM (VALUES
            ('DRAFT', 'ACTIVE'), ('DRAFT', 'STOPPED'),
            ('ACTIVE', 'PAUSED'), ('ACTIVE', 'INTERRUPTED'), ('ACTIVE', 'COMPLETED'),
            ('ACTIVE', 'STOPPED'),
            ('PAUSED', 'ACTIVE'), ('PAUSED', 'INTERRUPTED'), ('PAUSED', 'STOPPED'),
            ('INTERRUPTED', 'ACTIVE'), ('INTERRUPTED', 'STOPPED')
        ) AS way (before, after) WHERE before = OLD.status AND after = NEW.status
    ) THEN
        RAISE EXCEPTION 'a course does not come from % into %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_goes_its_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER course_goes_its_way
    BEFORE UPDATE OF status ON courses_course
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION courses_course_goes_its_way();

CREATE FUNCTION courses_course_is_not_born_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a course does not begin as %', NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'course_not_born_ended';
END $$;

CREATE TRIGGER course_not_born_ended
    BEFORE INSERT ON courses_course
    FOR EACH ROW WHEN (NEW.status::text IN ('COMPLETED', 'STOPPED'))
    EXECUTE FUNCTION courses_course_is_not_born_ended();

CREATE FUNCTION courses_course_is_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('COMPLETED', 'STOPPED') AND (
        OLD.patient_id, OLD.site_id, OLD.protocol_version_id, OLD.dose_count, OLD.stop_reason
    ) IS DISTINCT FROM (
        NEW.patient_id, NEW.site_id, NEW.protocol_version_id, NEW.dose_count, NEW.stop_reason
    ) THEN
        RAISE EXCEPTION 'a course that is over keeps its terms'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_is_over';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER course_is_over
    BEFORE UPDATE OF patient_id, site_id, protocol_version_id, dose_count, stop_reason
    ON courses_course FOR EACH ROW EXECUTE FUNCTION courses_course_is_over();

-- Released once, by whom and why; nothing else of a hold changes.
CREATE FUNCTION courses_hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL OR (
        OLD.organization_id, OLD.course_id, OLD.kind, OLD.source_id, OLD.opened_at,
        OLD.opened_by_id, OLD.reason
    ) IS DISTINCT FROM (
        NEW.organization_id, NEW.course_id, NEW.kind, NEW.source_id, NEW.opened_at,
        NEW.opened_by_id, NEW.reason
    ) THEN
        RAISE EXCEPTION 'a hold is released once and changes in nothing else'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER hold_stays BEFORE UPDATE ON courses_hold
    FOR EACH ROW EXECUTE FUNCTION courses_hold_stays();

-- Withdrawn once, where it was given elsewhere; the rest of a dose stays as it was recorded.
CREATE FUNCTION courses_dose_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER dose_stays BEFORE UPDATE ON courses_dose
    FOR EACH ROW EXECUTE FUNCTION courses_dose_stays();
"""
STATES_BACK = """
DROP TRIGGER course_not_born_ended ON courses_course;
DROP FUNCTION courses_course_is_not_born_ended();
DROP TRIGGER dose_stays ON courses_dose;
DROP FUNCTION courses_dose_stays();
DROP TRIGGER hold_stays ON courses_hold;
DROP FUNCTION courses_hold_stays();
DROP TRIGGER course_is_over ON courses_course;
DROP FUNCTION courses_course_is_over();
DROP TRIGGER course_goes_its_way ON courses_course;
DROP FUNCTION courses_course_goes_its_way();
"""


class Migration(migrations.Migration):
    replaces = [("courses", "0014_life_cycle"), ("courses", "0020_doses_here_stay")]
    dependencies = [("courses", "0006_what_was_recorded_stays")]

    operations = [
        migrations.RunSQL(STATES, STATES_BACK),
    ]
