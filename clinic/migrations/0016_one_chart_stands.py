"""Of the charts of one person one stands: which, the links in force say, and nothing else.

Links make trees: each leads from a chart that stood until then to one that stands. Whoever writes
a link locks the charts it is about, those that stand last, so that of two links at once the second
sees the first; a booking locks its chart, then the one that stands for it.
"""

from django.db import migrations

from clinic.walls import same_organization, wall

KEPT = """
CREATE FUNCTION clinic_standing_chart(chart uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above(id, steps) AS (
        SELECT chart, 0
        UNION ALL
        SELECT link.principal_id, above.steps + 1 FROM above
        JOIN clinic_chartlink link ON link.chart_id = above.id AND link.unlinked_at IS NULL
    )
    SELECT id FROM above ORDER BY steps DESC LIMIT 1
$$;

-- Locks the chart, whose links then stay as they are, and the chart that stands for it.
CREATE FUNCTION clinic_lock_person(chart uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    standing uuid;
BEGIN
    SELECT principal_id INTO standing FROM clinic_patient WHERE id = chart FOR NO KEY UPDATE;
    IF standing IS NULL THEN
        RETURN chart;
    END IF;
    PERFORM FROM clinic_patient WHERE id = standing FOR NO KEY UPDATE;
    RETURN standing;
END $$;

CREATE FUNCTION clinic_chartlink_joins() RETURNS trigger LANGUAGE plpgsql AS $$
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
    PERFORM FROM clinic_patient WHERE principal_id IN (NEW.chart_id, NEW.principal_id)
        ORDER BY id FOR NO KEY UPDATE;
    PERFORM FROM clinic_patient WHERE id IN (NEW.chart_id, NEW.principal_id)
        ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM clinic_chartlink
        WHERE chart_id IN (NEW.chart_id, NEW.principal_id) AND unlinked_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a link is between charts that stand'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'chartlink_between_principals';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER joins BEFORE INSERT OR UPDATE ON clinic_chartlink
    FOR EACH ROW EXECUTE FUNCTION clinic_chartlink_joins();

CREATE FUNCTION clinic_chartlink_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    below uuid[];
BEGIN
    WITH RECURSIVE under(id) AS (
        SELECT NEW.chart_id
        UNION
        SELECT link.chart_id FROM under
        JOIN clinic_chartlink link ON link.principal_id = under.id AND link.unlinked_at IS NULL
    )
    SELECT array_agg(id) INTO below FROM under;
    IF NEW.unlinked_at IS NOT NULL THEN
        PERFORM FROM clinic_patient WHERE id = ANY (below) ORDER BY id FOR NO KEY UPDATE;
        PERFORM FROM clinic_patient WHERE id = (
            SELECT principal_id FROM clinic_patient WHERE id = NEW.chart_id
        ) FOR NO KEY UPDATE;
    END IF;
    UPDATE clinic_patient
        SET principal_id = nullif(clinic_standing_chart(NEW.chart_id), id)
        WHERE id = ANY (below);
    RETURN NULL;
END $$;
CREATE TRIGGER places AFTER INSERT OR UPDATE OF unlinked_at ON clinic_chartlink
    FOR EACH ROW EXECUTE FUNCTION clinic_chartlink_places();

CREATE FUNCTION clinic_patient_stands_by_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.principal_id IS DISTINCT FROM nullif(clinic_standing_chart(NEW.id), NEW.id) THEN
        RAISE EXCEPTION 'which chart stands is said by links alone'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'patient_stands_by_links';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stands_by_links_new AFTER INSERT ON clinic_patient
    FOR EACH ROW WHEN (NEW.principal_id IS NOT NULL)
    EXECUTE FUNCTION clinic_patient_stands_by_links();
CREATE TRIGGER stands_by_links AFTER UPDATE OF principal_id ON clinic_patient
    FOR EACH ROW WHEN (OLD.principal_id IS DISTINCT FROM NEW.principal_id)
    EXECUTE FUNCTION clinic_patient_stands_by_links();
"""
BACK = """
DROP TRIGGER stands_by_links ON clinic_patient;
DROP TRIGGER stands_by_links_new ON clinic_patient;
DROP FUNCTION clinic_patient_stands_by_links();
DROP TRIGGER places ON clinic_chartlink;
DROP FUNCTION clinic_chartlink_places();
DROP TRIGGER joins ON clinic_chartlink;
DROP FUNCTION clinic_chartlink_joins();
DROP FUNCTION clinic_lock_person(uuid);
DROP FUNCTION clinic_standing_chart(uuid);
"""


_SITES_ALONE = same_organization("clinic_patient", site_id="clinic_site")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0015_one_person")]

    operations = [
        migrations.RunSQL(_SITES_ALONE.reverse_sql, _SITES_ALONE.sql),
        same_organization("clinic_patient", site_id="clinic_site", principal_id="clinic_patient"),
        wall("clinic_chartlink"),
        wall("clinic_distinctcharts"),
        same_organization(
            "clinic_chartlink",
            chart_id="clinic_patient",
            principal_id="clinic_patient",
            linked_by_id="clinic_membership",
            unlinked_by_id="clinic_membership",
        ),
        same_organization(
            "clinic_distinctcharts",
            chart_id="clinic_patient",
            other_id="clinic_patient",
            by_id="clinic_membership",
        ),
        migrations.RunSQL(KEPT, BACK),
    ]
