"""A course's baselines are fixed together, with its first dose, from before it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION courses_baseline_is_fixed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM courses_baseline AS other
        WHERE other.course_id = NEW.course_id AND other.id <> NEW.id
        AND other.frozen_at IS NOT NULL AND other.frozen_at IS DISTINCT FROM NEW.frozen_at
    ) OR EXISTS (
        SELECT FROM courses_dose AS dose
        WHERE dose.course_id = NEW.course_id AND dose.withdrawn_at IS NULL
        AND (dose.given_at < NEW.taken_at
            OR (NEW.frozen_at IS NULL AND dose.given_at IS NOT NULL))
    ) THEN
        RAISE EXCEPTION 'the baseline of this course is fixed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER baseline_is_fixed_once
    BEFORE INSERT OR UPDATE ON courses_baseline
    FOR EACH ROW EXECUTE FUNCTION courses_baseline_is_fixed_once();
"""
BACK = """
DROP TRIGGER baseline_is_fixed_once ON courses_baseline;
DROP FUNCTION courses_baseline_is_fixed_once();
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0016_no_half_ends")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
