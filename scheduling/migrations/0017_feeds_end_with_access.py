"""A calendar feed ends with its owner's access for good: its address may be on a lost phone."""

from django.db import migrations

ENDS = """
CREATE FUNCTION scheduling_feed_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM scheduling_calendarfeed WHERE membership_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_ends AFTER UPDATE OF is_active ON clinic_membership
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
    EXECUTE FUNCTION scheduling_feed_ends();
"""
BACK = """
DROP TRIGGER feed_ends ON clinic_membership;
DROP FUNCTION scheduling_feed_ends();
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0016_boards_hear_of_hours_and_people")]

    operations = [migrations.RunSQL(ENDS, BACK)]
