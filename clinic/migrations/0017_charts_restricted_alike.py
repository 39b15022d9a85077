"""The charts of one person are restricted alike, whoever writes (DOMAIN 8.45, 8.66).

A chart that was linked to one of the two while a link waited for them is not locked by it, and
cannot be any more without a deadlock: that link is refused.
"""

from django.db import migrations

JOINS = """
CREATE OR REPLACE FUNCTION clinic_chartlink_joins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    below uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.unlinked_at IS NOT NULL OR (OLD.chart_id, OLD.principal_id, OLD.organization_id,
            OLD.reason, OLD.linked_at, OLD.linked_by_id) IS DISTINCT FROM (NEW.chart_id,
            NEW.principal_id, NEW.organization_id, NEW.reason, NEW.linked_at, NEW.linked_by_id)
        THEN
            RAISE EXCEPTION 'of a link only its end is written, once'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'chartlink_stays';
        END IF;
        RETURN NEW;
    END IF;
    SELECT array_agg(id) INTO below FROM (
        SELECT id FROM clinic_patient WHERE principal_id IN (NEW.chart_id, NEW.principal_id)
        ORDER BY id FOR NO KEY UPDATE
    ) locked;
    PERFORM FROM clinic_patient WHERE id IN (NEW.chart_id, NEW.principal_id)
        ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM clinic_chartlink
        WHERE chart_id IN (NEW.chart_id, NEW.principal_id) AND unlinked_at IS NULL
    ) %sTHEN
        RAISE EXCEPTION 'a link is between charts that stand'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'chartlink_between_principals';
    END IF;%s
    RETURN NEW;
END $$;
"""
JUST_LINKED = """OR EXISTS (
        SELECT FROM clinic_patient WHERE principal_id IN (NEW.chart_id, NEW.principal_id)
        AND id <> ALL (coalesce(below, '{}'))
    ) """
ALIKE = """
    IF (
        SELECT count(DISTINCT is_restricted) > 1 FROM clinic_patient
        WHERE id IN (NEW.chart_id, NEW.principal_id)
    ) THEN
        RAISE EXCEPTION 'a link is between charts that are restricted alike'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'chartlink_restricted_alike';
    END IF;"""

# At the end of the statement, which may write several charts of the person.
KEPT = """
CREATE FUNCTION clinic_patient_restricted_alike() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM clinic_patient other JOIN clinic_patient own USING (person_id)
        WHERE own.id = NEW.id AND other.is_restricted <> own.is_restricted
    ) THEN
        RAISE EXCEPTION 'the charts of one person are restricted alike'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'patient_restricted_alike';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER restricted_alike AFTER UPDATE OF is_restricted, principal_id ON clinic_patient
    FOR EACH ROW WHEN (
        OLD.is_restricted <> NEW.is_restricted OR OLD.principal_id IS DISTINCT FROM NEW.principal_id
    )
    EXECUTE FUNCTION clinic_patient_restricted_alike();
"""
BACK = """
DROP TRIGGER restricted_alike ON clinic_patient;
DROP FUNCTION clinic_patient_restricted_alike();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0016_one_chart_stands")]

    operations = [
        migrations.RunSQL(JOINS % (JUST_LINKED, ALIKE), JOINS % ("", "")),
        migrations.RunSQL(KEPT, BACK),
    ]
