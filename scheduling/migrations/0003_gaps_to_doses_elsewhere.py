"""A dose elsewhere keeps booked doses at the minimum gap, and the other way round (DOMAIN 8.21).

Each side locks the patient, so that of two who write at once the second sees the first. A dose
elsewhere is recorded as the fact that it is while the patient is here or when a dose was given
here: that no dose begins too near to it is kept by `session_dose_may_begin`.
"""

from django.db import migrations

GAP = """
CREATE FUNCTION scheduling_dose_elsewhere_is_near(claim scheduling_reservation, day date)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        -- A prescriber decided on it: by dates, never on the same day.
        WHEN claim.guard_override_id IS NOT NULL THEN day = lower(claim.guard)
        ELSE day > lower(claim.guard) - claim.gap_days AND day < lower(claim.guard) + claim.gap_days
    END
$$;

CREATE FUNCTION scheduling_claim_keeps_gap_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'doses need READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    PERFORM FROM clinic_patient WHERE id = NEW.patient_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM courses_dose dose
        JOIN treatment_sessions_session visit ON visit.id = NEW.session_id
        WHERE dose.patient_id = NEW.patient_id
            AND dose.source = 'OUTSIDE' AND dose.withdrawn_at IS NULL
            AND visit.status IN ('PLANNED', 'ARRIVED')
            AND scheduling_dose_elsewhere_is_near(NEW, dose."on")
    ) THEN
        RAISE EXCEPTION 'a dose elsewhere is too near'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'reservation_dose_elsewhere';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER reservation_dose_elsewhere
    AFTER INSERT OR UPDATE OF guard, gap_days, guard_override_id, patient_id
    ON scheduling_reservation FOR EACH ROW WHEN (NEW.guard IS NOT NULL)
    EXECUTE FUNCTION scheduling_claim_keeps_gap_elsewhere();

CREATE FUNCTION scheduling_dose_keeps_gap_of_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'doses need READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    PERFORM FROM clinic_patient WHERE id = NEW.patient_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM scheduling_reservation claim
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        WHERE claim.patient_id = NEW.patient_id AND claim.guard IS NOT NULL
            AND visit.status = 'PLANNED'
            AND scheduling_dose_elsewhere_is_near(claim, NEW."on")
    ) THEN
        RAISE EXCEPTION 'a booked dose is too near'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'dose_near_a_booked_one';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER dose_near_a_booked_one
    AFTER INSERT ON courses_dose FOR EACH ROW WHEN (NEW.source = 'OUTSIDE')
    EXECUTE FUNCTION scheduling_dose_keeps_gap_of_claims();
"""
GAP_BACK = """
DROP TRIGGER dose_near_a_booked_one ON courses_dose;
DROP FUNCTION scheduling_dose_keeps_gap_of_claims();
DROP TRIGGER reservation_dose_elsewhere ON scheduling_reservation;
DROP FUNCTION scheduling_claim_keeps_gap_elsewhere();
DROP FUNCTION scheduling_dose_elsewhere_is_near(scheduling_reservation, date);
"""


class Migration(migrations.Migration):
    replaces = [("scheduling", "0011_doses_elsewhere_count")]
    dependencies = [("scheduling", "0002_claims_keep_their_promises")]

    operations = [
        migrations.RunSQL(GAP, GAP_BACK),
    ]
