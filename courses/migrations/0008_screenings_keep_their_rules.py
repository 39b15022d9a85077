"""Screenings keep to their life cycle, and findings to their class, whoever writes them."""

from django.db import migrations

# From one state to the next (DOMAIN 3.3); the facts of a decision do not change after it, and
# nobody becomes eligible over a finding that excludes (DOMAIN 3.2).
STEPS = """
CREATE FUNCTION courses_screening_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may_change text[] := '{status,ended_at,ended_why}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'IN_PROGRESS' THEN
            RAISE EXCEPTION 'a screening begins in progress'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'screening_begins_open';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'IN_PROGRESS'
        AND to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
        RAISE EXCEPTION 'what was decided stays as it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'screening_decision_stays';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        OLD.status = 'IN_PROGRESS' AND NEW.status IN (
            'DEFERRED', 'ELIGIBLE', 'ELIGIBLE_CONDITIONAL', 'NOT_ELIGIBLE')
        OR OLD.status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL')
            AND NEW.status IN ('EXPIRED', 'SUPERSEDED')
        OR OLD.status IN ('DEFERRED', 'NOT_ELIGIBLE') AND NEW.status = 'SUPERSEDED'
    ) THEN
        RAISE EXCEPTION 'a screening does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'screening_step';
    END IF;
    IF NEW.status IN ('ELIGIBLE', 'ELIGIBLE_CONDITIONAL') AND OLD.status = 'IN_PROGRESS'
        AND EXISTS (
            SELECT FROM (
                SELECT DISTINCT ON (code) answer, weight, override_by_id FROM courses_finding
                WHERE screening_id = NEW.id ORDER BY code, recorded_at DESC, id DESC
            ) AS latest
            WHERE answer = 'YES' AND (
                weight IN ('ABS', 'TEMP') OR weight = 'REL' AND override_by_id IS NULL)
        ) THEN
        RAISE EXCEPTION 'a finding stands against it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'screening_nothing_against_it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step BEFORE INSERT OR UPDATE ON courses_screening
    FOR EACH ROW EXECUTE FUNCTION courses_screening_step();
"""

# The screening is locked against a decision that is made at the same moment.
FINDINGS = """
CREATE FUNCTION courses_finding_fits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before record;
BEGIN
    PERFORM FROM courses_screening
        WHERE id = NEW.screening_id AND status = 'IN_PROGRESS' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this screening is decided'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_while_in_progress';
    END IF;
    IF NEW.override_by_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM clinic_roleassignment
        WHERE membership_id = NEW.override_by_id AND role = 'PRESCRIBER') THEN
        RAISE EXCEPTION 'only a prescriber overrides'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_override_by_prescriber';
    END IF;
    IF NEW.in_error_by_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM clinic_roleassignment
        WHERE membership_id = NEW.in_error_by_id AND role = 'MEDICAL_DIRECTOR') THEN
        RAISE EXCEPTION 'only a medical director finds it recorded in error'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_in_error_by_director';
    END IF;
    SELECT answer, weight INTO before FROM courses_finding
        WHERE screening_id = NEW.screening_id AND code = NEW.code
        ORDER BY recorded_at DESC, id DESC LIMIT 1;
    IF before.answer = 'YES' AND before.weight = 'ABS' AND NEW.in_error_by_id IS NULL
        AND (NEW.answer <> 'YES' OR NEW.weight <> 'ABS') THEN
        RAISE EXCEPTION 'an absolute contraindication stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_absolute_is_kept';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT ON courses_finding
    FOR EACH ROW EXECUTE FUNCTION courses_finding_fits();
"""

CONDITIONS = """
CREATE FUNCTION courses_condition_fits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may_change text[] := '{met_at,met_by_id,met_note}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM courses_screening
            WHERE id = NEW.screening_id AND status = 'IN_PROGRESS' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this screening is decided'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'condition_while_in_progress';
        END IF;
    ELSIF OLD.met_at IS NOT NULL
        OR to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
        RAISE EXCEPTION 'a condition is met once, and otherwise stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'condition_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT OR UPDATE ON courses_condition
    FOR EACH ROW EXECUTE FUNCTION courses_condition_fits();
"""

WITHOUT = """
DROP TRIGGER fits ON courses_condition; DROP FUNCTION courses_condition_fits();
DROP TRIGGER fits ON courses_finding; DROP FUNCTION courses_finding_fits();
DROP TRIGGER step ON courses_screening; DROP FUNCTION courses_screening_step();
"""


class Migration(migrations.Migration):
    replaces = [("courses", "0012_screening_by_its_rules")]
    dependencies = [("courses", "0007_courses_go_their_way")]

    operations = [
        migrations.RunSQL(STEPS + FINDINGS + CONDITIONS, WITHOUT),
    ]
