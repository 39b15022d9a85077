"""No course begins on a chart in whose place another of the person stands (DOMAIN 8.45)."""

from django.db import migrations

BEGINS = """
CREATE FUNCTION courses_begins_on_standing_chart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF clinic_lock_person(NEW.patient_id) <> NEW.patient_id THEN
        RAISE EXCEPTION 'a course begins on the chart that stands for the person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'course_on_standing_chart';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER on_standing_chart BEFORE INSERT OR UPDATE OF patient_id ON courses_course
    FOR EACH ROW EXECUTE FUNCTION courses_begins_on_standing_chart();
"""
BACK = """
DROP TRIGGER on_standing_chart ON courses_course;
DROP FUNCTION courses_begins_on_standing_chart();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_one_chart_stands"),
        ("courses", "0008_screenings_keep_their_rules"),
    ]

    operations = [migrations.RunSQL(BEGINS, BACK)]
