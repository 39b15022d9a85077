"""What was published, signed, decided or recorded is not changed afterwards, whoever writes."""

from django.db import migrations

REFUSAL = """
CREATE FUNCTION courses_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER course_event_stays
    BEFORE UPDATE OR DELETE ON courses_courseevent
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();
"""
REFUSAL_BACK = """
DROP TRIGGER course_event_stays ON courses_courseevent;
DROP FUNCTION courses_refuse_change();
"""

# What may be added to a published version, each once: a signature, and that it is retired.
VERSIONS = """
CREATE TRIGGER protocol_version_stays
    BEFORE UPDATE ON courses_protocolversion
    FOR EACH ROW WHEN (
        OLD.published_at IS NOT NULL AND (
            to_jsonb(OLD) - ARRAY['signed_by_id', 'signed_at', 'signed_as', 'statement',
                'retired_at', 'retired_by_id', 'retired_reason']
            IS DISTINCT FROM
            to_jsonb(NEW) - ARRAY['signed_by_id', 'signed_at', 'signed_as', 'statement',
                'retired_at', 'retired_by_id', 'retired_reason']
            OR OLD.signed_at IS NOT NULL
                AND jsonb_build_array(OLD.signed_by_id, OLD.signed_at, OLD.signed_as, OLD.statement)
                <> jsonb_build_array(NEW.signed_by_id, NEW.signed_at, NEW.signed_as, NEW.statement)
            OR OLD.retired_at IS NOT NULL
                AND jsonb_build_array(OLD.retired_at, OLD.retired_by_id, OLD.retired_reason)
                <> jsonb_build_array(NEW.retired_at, NEW.retired_by_id, NEW.retired_reason)
        )
    )
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER protocol_version_is_kept
    BEFORE DELETE ON courses_protocolversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();

-- What a course goes by never changes under it; it moves to another version of the same protocol.
CREATE FUNCTION courses_version_is_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM courses_protocolversion
        WHERE id = NEW.protocol_version_id AND published_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a course goes by a published version of its protocol'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_version_is_published';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        SELECT count(DISTINCT protocol_id) FROM courses_protocolversion
        WHERE id IN (OLD.protocol_version_id, NEW.protocol_version_id)
    ) > 1 THEN
        RAISE EXCEPTION 'a course keeps its protocol'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_keeps_its_protocol';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER course_version_is_published
    BEFORE INSERT ON courses_course
    FOR EACH ROW EXECUTE FUNCTION courses_version_is_published();
CREATE TRIGGER course_keeps_its_protocol
    BEFORE UPDATE OF protocol_version_id ON courses_course
    FOR EACH ROW WHEN (OLD.protocol_version_id IS DISTINCT FROM NEW.protocol_version_id)
    EXECUTE FUNCTION courses_version_is_published();
"""
VERSIONS_BACK = """
DROP TRIGGER course_keeps_its_protocol ON courses_course;
DROP TRIGGER course_version_is_published ON courses_course;
DROP FUNCTION courses_version_is_published();
DROP TRIGGER protocol_version_is_kept ON courses_protocolversion;
DROP TRIGGER protocol_version_stays ON courses_protocolversion;
"""

ALERTS = """
CREATE FUNCTION courses_alert_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ranks constant text[] := ARRAY['ALERT', 'URGENT', 'HIGH'];
    risen boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        risen := array_position(ranks, NEW.level) > array_position(ranks, OLD.level);
        -- A higher level asks anew for somebody to take the alert on.
        IF OLD.closed_at IS NULL
            AND (NEW.id, NEW.organization_id, NEW.patient_id, NEW.course_id, NEW.site_id, NEW.rule,
                 NEW.source_id, NEW.raised_at, NEW.raised_by_id)
                IS NOT DISTINCT FROM
                (OLD.id, OLD.organization_id, OLD.patient_id, OLD.course_id, OLD.site_id, OLD.rule,
                 OLD.source_id, OLD.raised_at, OLD.raised_by_id)
            AND (risen OR NEW.level = OLD.level)
            AND (OLD.acknowledged_at IS NULL OR risen AND NEW.acknowledged_at IS NULL
                 OR (NEW.acknowledged_at, NEW.acknowledged_by_id)
                    IS NOT DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by_id))
            AND NEW.escalations >= OLD.escalations
            AND (OLD.escalated_at IS NULL OR coalesce(NEW.escalated_at >= OLD.escalated_at, false))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'safety alerts are never deleted, and only go forward'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER alert_goes_forward BEFORE UPDATE OR DELETE ON courses_safetyalert
    FOR EACH ROW EXECUTE FUNCTION courses_alert_goes_forward();

CREATE TRIGGER alert_event_stays BEFORE UPDATE OR DELETE ON courses_alertevent
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER alert_notice_stays
    BEFORE UPDATE OF id, organization_id, alert_id, to_id, round, written_at OR DELETE
    ON courses_alertnotice FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER alert_notice_sent_once BEFORE UPDATE ON courses_alertnotice
    FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER coverage_warning_stays BEFORE UPDATE OR DELETE ON courses_coveragewarning
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();
"""
ALERTS_BACK = """
DROP TRIGGER coverage_warning_stays ON courses_coveragewarning;
DROP TRIGGER alert_notice_sent_once ON courses_alertnotice;
DROP TRIGGER alert_notice_stays ON courses_alertnotice;
DROP TRIGGER alert_event_stays ON courses_alertevent;
DROP TRIGGER alert_goes_forward ON courses_safetyalert;
DROP FUNCTION courses_alert_goes_forward();
"""

REVIEWS = """
CREATE TRIGGER thresholds_stay
    BEFORE UPDATE OR DELETE ON courses_thresholdversion
    FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER baseline_stays
    BEFORE UPDATE ON courses_baseline
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER baseline_is_kept
    BEFORE DELETE ON courses_baseline
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

-- What is added once is the decision, and nothing else ever.
CREATE TRIGGER review_stays
    BEFORE UPDATE ON courses_review
    FOR EACH ROW WHEN (
        OLD.decided_at IS NOT NULL
        OR to_jsonb(OLD) - ARRAY['decision', 'decided_by_id', 'decided_at', 'reason',
            'keeps_hold', 'decided_numbers', 'decided_thresholds_number']
            IS DISTINCT FROM
            to_jsonb(NEW) - ARRAY['decision', 'decided_by_id', 'decided_at', 'reason',
            'keeps_hold', 'decided_numbers', 'decided_thresholds_number']
    )
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER review_is_kept
    BEFORE DELETE ON courses_review
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER maintenance_step_stays
    BEFORE UPDATE OR DELETE ON courses_maintenancestep
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();

-- A window is closed once, in one of three ways.
CREATE TRIGGER booster_window_stays
    BEFORE UPDATE ON courses_boosterwindow
    FOR EACH ROW WHEN (
        OLD.status <> 'OPEN'
        OR to_jsonb(OLD) - ARRAY['status', 'closed_at', 'dose_id']
            IS DISTINCT FROM to_jsonb(NEW) - ARRAY['status', 'closed_at', 'dose_id']
    )
    EXECUTE FUNCTION courses_refuse_change();
CREATE TRIGGER booster_window_is_kept
    BEFORE DELETE ON courses_boosterwindow
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();
"""
REVIEWS_BACK = """
DROP TRIGGER booster_window_is_kept ON courses_boosterwindow;
DROP TRIGGER booster_window_stays ON courses_boosterwindow;
DROP TRIGGER maintenance_step_stays ON courses_maintenancestep;
DROP TRIGGER review_is_kept ON courses_review;
DROP TRIGGER review_stays ON courses_review;
DROP TRIGGER baseline_is_kept ON courses_baseline;
DROP TRIGGER baseline_stays ON courses_baseline;
DROP TRIGGER thresholds_stay ON courses_thresholdversion;
"""

# A course's baselines are fixed together, with its first dose, from before it.
BASELINES = """
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
BASELINES_BACK = """
DROP TRIGGER baseline_is_fixed_once ON courses_baseline;
DROP FUNCTION courses_baseline_is_fixed_once();
"""

# A draft takes answers; afterwards a row can only be withdrawn, once.
ASSESSMENTS = """
CREATE FUNCTION courses_assessment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    withdrawal constant text[] := ARRAY['withdrawn_at', 'withdrawn_by_id', 'withdrawal_reason'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.organization_id, NEW.patient_id, NEW.instrument, NEW.instrument_version,
            NEW.started_at, NEW.amends_id)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.patient_id, OLD.instrument, OLD.instrument_version,
            OLD.started_at, OLD.amends_id)
           AND (OLD.status = 'DRAFT'
                OR OLD.withdrawn_at IS NULL
                AND to_jsonb(NEW) - withdrawal = to_jsonb(OLD) - withdrawal)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what was recorded of an assessment stays'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER assessment_stays BEFORE UPDATE OR DELETE ON courses_assessment
    FOR EACH ROW EXECUTE FUNCTION courses_assessment_stays();
"""
ASSESSMENTS_BACK = """
DROP TRIGGER assessment_stays ON courses_assessment;
DROP FUNCTION courses_assessment_stays();
"""


class Migration(migrations.Migration):
    replaces = [
        ("courses", "0002_history_stays"),
        ("courses", "0015_versions_are_signed"),
        ("courses", "0017_baseline_is_fixed_once"),
    ]
    dependencies = [("courses", "0005_walls")]

    operations = [
        migrations.RunSQL(REFUSAL, REFUSAL_BACK),
        migrations.RunSQL(VERSIONS, VERSIONS_BACK),
        migrations.RunSQL(ALERTS, ALERTS_BACK),
        migrations.RunSQL(REVIEWS, REVIEWS_BACK),
        migrations.RunSQL(BASELINES, BASELINES_BACK),
        migrations.RunSQL(ASSESSMENTS, ASSESSMENTS_BACK),
    ]
