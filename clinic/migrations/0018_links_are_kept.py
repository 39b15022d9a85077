"""A link between charts is ended, never deleted: it says which chart stands (DOMAIN 8.45)."""

from django.db import migrations

KEPT = """
CREATE FUNCTION clinic_chartlink_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a link between charts is ended, never deleted'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'chartlink_is_kept';
END $$;
CREATE TRIGGER is_kept BEFORE DELETE ON clinic_chartlink
    FOR EACH ROW EXECUTE FUNCTION clinic_chartlink_is_kept();
"""
BACK = """
DROP TRIGGER is_kept ON clinic_chartlink;
DROP FUNCTION clinic_chartlink_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0017_charts_restricted_alike")]

    operations = [migrations.RunSQL(KEPT, BACK)]
