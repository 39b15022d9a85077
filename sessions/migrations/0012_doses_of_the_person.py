"""Doses of the person's other charts count, as doses elsewhere do, before a dose begins."""

from django.db import migrations

BEGINS = """
CREATE OR REPLACE FUNCTION sessions_dose_may_begin() RETURNS trigger LANGUAGE plpgsql AS $$
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
    -- One that was known when the visit was booked has been judged then; one of another chart
    -- of the person counts as one elsewhere does.
    IF EXISTS (
        SELECT FROM courses_dose dose
        JOIN courses_course course ON course.id = NEW.course_id
        JOIN courses_protocolversion version ON version.id = course.protocol_version_id
        JOIN clinic_site site ON site.id = NEW.site_id
        JOIN clinic_patient chart ON chart.id = dose.patient_id
        JOIN clinic_patient own ON own.id = NEW.patient_id
        WHERE chart.person_id = own.person_id
            AND (dose.source = 'OUTSIDE' OR dose.patient_id <> NEW.patient_id)
            AND dose.withdrawn_at IS NULL
            AND dose.recorded_at > NEW.scheduled_at
            AND abs((NEW.starts_at AT TIME ZONE site.timezone)::date - dose."on")
                < (version.definition ->> 'min_gap_days')::integer
    ) THEN
        RAISE EXCEPTION 'a dose elsewhere is too near'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_dose_may_begin';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION sessions_dose_may_begin() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_one_chart_stands"),
        ("treatment_sessions", "0011_why_visits_fell_through"),
    ]

    operations = [migrations.RunSQL(BEGINS, BEFORE)]
