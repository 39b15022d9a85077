"""Places in the book know of which person they are, whose doses elsewhere count as well (G4).

What was given under another chart of the person counts as a dose elsewhere does: it lies in the
past, so that a link between charts never fails for what has happened, only for what is to come.
"""

from django.db import migrations

from clinic.walls import same_organization

FOLLOW = """
CREATE FUNCTION scheduling_claim_is_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing uuid := clinic_lock_person(NEW.patient_id);
BEGIN
    NEW.person_id := NULL;
    IF EXISTS (SELECT FROM clinic_patient WHERE person_id = standing AND id <> standing)
        AND EXISTS (
            SELECT FROM treatment_sessions_session WHERE id = NEW.session_id
                AND status IN ('PLANNED', 'ARRIVED', 'IN_PROGRESS', 'OBSERVING')
        )
    THEN
        NEW.person_id := standing;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_of_person BEFORE INSERT OR UPDATE OF patient_id, person_id
    ON scheduling_reservation FOR EACH ROW EXECUTE FUNCTION scheduling_claim_is_of_person();

-- What the rows are given is of no account: the trigger above writes it.
CREATE FUNCTION scheduling_claims_follow_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE scheduling_reservation claim SET person_id = NULL
        FROM treatment_sessions_session visit
        WHERE visit.id = claim.session_id
            AND claim.patient_id IN (NEW.id, NEW.principal_id, OLD.principal_id)
            AND (claim.person_id IS NOT NULL
                OR visit.status IN ('PLANNED', 'ARRIVED', 'IN_PROGRESS', 'OBSERVING'));
    RETURN NULL;
END $$;
CREATE TRIGGER claims_follow_person AFTER UPDATE OF principal_id ON clinic_patient
    FOR EACH ROW WHEN (OLD.principal_id IS DISTINCT FROM NEW.principal_id)
    EXECUTE FUNCTION scheduling_claims_follow_person();

CREATE OR REPLACE FUNCTION scheduling_claim_keeps_gap_elsewhere() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    standing uuid;
    -- A link of charts asks only for what it brings together.
    is_link boolean := TG_OP = 'UPDATE' AND (NEW.patient_id, NEW.guard, NEW.gap_days,
        NEW.guard_override_id) IS NOT DISTINCT FROM (OLD.patient_id, OLD.guard, OLD.gap_days,
        OLD.guard_override_id);
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'doses need READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    standing := clinic_lock_person(NEW.patient_id);
    IF EXISTS (
        SELECT FROM courses_dose dose
        JOIN clinic_patient chart ON chart.id = dose.patient_id
        JOIN treatment_sessions_session visit ON visit.id = NEW.session_id
        WHERE chart.person_id = standing
            AND (dose.patient_id <> NEW.patient_id OR dose.source = 'OUTSIDE' AND NOT is_link)
            AND dose.withdrawn_at IS NULL
            AND visit.status IN ('PLANNED', 'ARRIVED')
            AND scheduling_dose_elsewhere_is_near(NEW, dose."on")
    ) THEN
        RAISE EXCEPTION 'a dose elsewhere is too near'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'reservation_dose_elsewhere';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER reservation_dose_elsewhere ON scheduling_reservation;
CREATE CONSTRAINT TRIGGER reservation_dose_elsewhere
    AFTER INSERT OR UPDATE OF guard, gap_days, guard_override_id, patient_id, person_id
    ON scheduling_reservation FOR EACH ROW WHEN (NEW.guard IS NOT NULL)
    EXECUTE FUNCTION scheduling_claim_keeps_gap_elsewhere();

CREATE OR REPLACE FUNCTION scheduling_dose_keeps_gap_of_claims() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    standing uuid;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'doses need READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    standing := clinic_lock_person(NEW.patient_id);
    IF EXISTS (
        SELECT FROM scheduling_reservation claim
        JOIN clinic_patient chart ON chart.id = claim.patient_id
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        WHERE chart.person_id = standing AND claim.guard IS NOT NULL
            AND visit.status = 'PLANNED'
            AND scheduling_dose_elsewhere_is_near(claim, NEW."on")
    ) THEN
        RAISE EXCEPTION 'a booked dose is too near'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'dose_near_a_booked_one';
    END IF;
    RETURN NULL;
END $$;
"""
BACK = """
CREATE OR REPLACE FUNCTION scheduling_claim_keeps_gap_elsewhere() RETURNS trigger
LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION scheduling_dose_keeps_gap_of_claims() RETURNS trigger
LANGUAGE plpgsql AS $$
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
DROP TRIGGER reservation_dose_elsewhere ON scheduling_reservation;
CREATE CONSTRAINT TRIGGER reservation_dose_elsewhere
    AFTER INSERT OR UPDATE OF guard, gap_days, guard_override_id, patient_id
    ON scheduling_reservation FOR EACH ROW WHEN (NEW.guard IS NOT NULL)
    EXECUTE FUNCTION scheduling_claim_keeps_gap_elsewhere();
DROP TRIGGER claims_follow_person ON clinic_patient;
DROP FUNCTION scheduling_claims_follow_person();
DROP TRIGGER is_of_person ON scheduling_reservation;
DROP FUNCTION scheduling_claim_is_of_person();
"""

_WITHIN = {
    "session_id": "treatment_sessions_session",
    "site_id": "clinic_site",
    "room_id": "clinic_room",
    "patient_id": "clinic_patient",
    "guard_override_id": "scheduling_override",
}
_BEFORE = same_organization("scheduling_reservation", **_WITHIN)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0012_gaps_of_one_person")]

    operations = [
        migrations.RunSQL(_BEFORE.reverse_sql, _BEFORE.sql),
        same_organization("scheduling_reservation", **_WITHIN, person_id="clinic_patient"),
        migrations.RunSQL(FOLLOW, BACK),
    ]
