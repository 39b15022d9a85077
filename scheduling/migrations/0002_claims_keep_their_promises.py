"""Triggers behind promises that no constraint can state.

`staffclaim_within_capacity` (G3): the loads of one person's claims never add up to more than
that person's capacity at any instant. `session_matches_reservation`: a visit that holds its
place has exactly the reservation that its times, patient and dose date call for, so that the
exclusion constraints (G1, G2, G4) speak of the visits themselves.

They look at rows as the owner: what they promise holds for all rows, whoever writes, and they may
use indexes on ranges, which row-level security keeps from others.
"""

from django.db import migrations

CAPACITY = """
CREATE FUNCTION scheduling_claim_within_capacity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    allowed integer;
    peak bigint;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        -- Its snapshot is older than the lock below and would miss a rival's claim.
        RAISE EXCEPTION 'staff claims need READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    -- Rivals for one person queue here; the next statement then sees what they committed.
    SELECT capacity INTO allowed FROM clinic_membership
        WHERE id = NEW.membership_id FOR NO KEY UPDATE;
    WITH near AS (
        SELECT during, load FROM scheduling_staffclaim
        WHERE membership_id = NEW.membership_id AND during && NEW.during
    )
    SELECT max(total) INTO peak FROM (
        SELECT (SELECT sum(b.load) FROM near b
                WHERE b.during @> greatest(lower(a.during), lower(NEW.during))) AS total
        FROM near a
    ) AS sweep;
    IF peak > allowed THEN
        RAISE EXCEPTION 'load % is over the capacity of %', peak, allowed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'staffclaim_within_capacity';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER staffclaim_within_capacity
    AFTER INSERT OR UPDATE ON scheduling_staffclaim
    FOR EACH ROW EXECUTE FUNCTION scheduling_claim_within_capacity();

CREATE FUNCTION scheduling_capacity_covers_claims() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    peak bigint;
BEGIN
    SELECT max(load_now) INTO peak FROM (
        SELECT sum(delta) OVER (ORDER BY moment, delta) AS load_now FROM (
            SELECT lower(during) AS moment, load::integer AS delta
            FROM scheduling_staffclaim WHERE membership_id = NEW.id
            UNION ALL
            SELECT upper(during), -load::integer
            FROM scheduling_staffclaim WHERE membership_id = NEW.id
        ) AS edges
    ) AS sweep;
    IF peak > NEW.capacity THEN
        RAISE EXCEPTION 'booked load % is over the new capacity of %', peak, NEW.capacity
            USING ERRCODE = 'check_violation', CONSTRAINT = 'staffclaim_within_capacity';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER membership_capacity_covers_claims
    AFTER UPDATE OF capacity ON clinic_membership
    FOR EACH ROW WHEN (NEW.capacity < OLD.capacity)
    EXECUTE FUNCTION scheduling_capacity_covers_claims();
"""
CAPACITY_BACK = """
DROP TRIGGER membership_capacity_covers_claims ON clinic_membership;
DROP FUNCTION scheduling_capacity_covers_claims();
DROP TRIGGER staffclaim_within_capacity ON scheduling_staffclaim;
DROP FUNCTION scheduling_claim_within_capacity();
"""

CLAIM = """
CREATE FUNCTION scheduling_visit_matches_reservation(visit_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found_fault text;
BEGIN
    SELECT CASE
        WHEN visit.status IN ('CANCELLED', 'MISSED') THEN
            CASE WHEN claim.id IS NOT NULL THEN 'a released visit still holds its place' END
        WHEN claim.id IS NULL THEN 'a live visit holds no place'
        WHEN claim.patient_id <> visit.patient_id THEN 'its place is held for another patient'
        WHEN claim.patient_during <> tstzrange(visit.starts_at, visit.ends_at)
            THEN 'its place is held at another time'
        WHEN NOT claim.room_during @> claim.patient_during THEN 'its room is not held throughout'
        WHEN visit.kind = 'dosing' AND (
            claim.guard IS NULL OR lower(claim.guard)
                <> (visit.starts_at AT TIME ZONE site.timezone)::date
        ) THEN 'its dose date is not guarded'
    END INTO found_fault
    FROM treatment_sessions_session AS visit
    JOIN clinic_site AS site ON site.id = visit.site_id
    LEFT JOIN scheduling_reservation AS claim ON claim.session_id = visit.id
    WHERE visit.id = visit_id;
    IF found_fault IS NOT NULL THEN
        RAISE EXCEPTION 'visit %: %', visit_id, found_fault
            USING ERRCODE = 'check_violation', CONSTRAINT = 'session_matches_reservation';
    END IF;
END $$;

-- Only the triggers below ask it; they do so as the owner.
REVOKE EXECUTE ON FUNCTION scheduling_visit_matches_reservation(uuid) FROM PUBLIC;

CREATE FUNCTION scheduling_after_visit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM scheduling_visit_matches_reservation(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION scheduling_after_reservation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM scheduling_visit_matches_reservation(OLD.session_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM scheduling_visit_matches_reservation(NEW.session_id);
    END IF;
    RETURN NULL;
END $$;

-- Both wait for the end of the transaction: a visit and its reservation change together.
CREATE CONSTRAINT TRIGGER session_matches_reservation
    AFTER INSERT OR UPDATE OF status, kind, starts_at, ends_at, patient_id, site_id
    ON treatment_sessions_session DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_after_visit();
CREATE CONSTRAINT TRIGGER reservation_matches_session
    AFTER INSERT OR UPDATE OR DELETE
    ON scheduling_reservation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_after_reservation();
"""
CLAIM_BACK = """
DROP TRIGGER reservation_matches_session ON scheduling_reservation;
DROP TRIGGER session_matches_reservation ON treatment_sessions_session;
DROP FUNCTION scheduling_after_reservation();
DROP FUNCTION scheduling_after_visit();
DROP FUNCTION scheduling_visit_matches_reservation(uuid);
"""


class Migration(migrations.Migration):
    replaces = [("scheduling", "0002_capacity_and_claims"), ("scheduling", "0004_walls")]
    dependencies = [("scheduling", "0001_places")]

    operations = [
        migrations.RunSQL(CAPACITY, CAPACITY_BACK),
        migrations.RunSQL(CLAIM, CLAIM_BACK),
    ]
