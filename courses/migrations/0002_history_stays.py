"""Published protocol versions and course events cannot be changed afterwards."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION courses_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER protocol_version_stays
    BEFORE UPDATE OF definition, number, protocol_id, published_at OR DELETE
    ON courses_protocolversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION courses_refuse_change();

CREATE TRIGGER course_event_stays
    BEFORE UPDATE OR DELETE ON courses_courseevent
    FOR EACH ROW EXECUTE FUNCTION courses_refuse_change();
"""

BACK = """
DROP TRIGGER course_event_stays ON courses_courseevent;
DROP TRIGGER protocol_version_stays ON courses_protocolversion;
DROP FUNCTION courses_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
