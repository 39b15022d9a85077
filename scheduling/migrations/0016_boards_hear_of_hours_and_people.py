"""How often what lies behind a site's board has changed: hours, rooms, shifts, absences, people.

Triggers count, once a statement, so that nothing that writes has to know of open pages. Visits are
not counted: bookings at one site would queue for the row (`scheduling.selectors.marks`).
"""

import django.db.models.deletion
from django.db import migrations, models

import clinic.identifiers
from clinic.walls import same_organization, wall

# How the rows of a table lead to sites.
BY_SITE = "SELECT site_id FROM changed"
BY_ROOM = "SELECT room.site_id FROM changed JOIN clinic_room room ON room.id = changed.room_id"
BY_MEMBER = (
    "SELECT post.site_id FROM changed"
    " JOIN clinic_roleassignment post ON post.membership_id = changed.{member}"
)
TABLES = {
    "clinic_room": BY_SITE,
    "clinic_openinghours": BY_SITE,
    "clinic_specialhours": BY_SITE,
    "clinic_closure": BY_SITE,
    "clinic_shift": BY_SITE,
    "clinic_shiftchange": BY_SITE,
    "clinic_roleassignment": BY_SITE,
    "clinic_roomblock": BY_ROOM,
    "clinic_leave": BY_MEMBER.format(member="membership_id"),
    "clinic_credential": BY_MEMBER.format(member="membership_id"),
    "clinic_membership": BY_MEMBER.format(member="id"),
}
FUNCTION = """
CREATE FUNCTION {table}_is_on_boards() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO scheduling_boardchange (id, organization_id, site_id, number)
        SELECT gen_random_uuid(), site.organization_id, site.id, 1 FROM clinic_site site
        WHERE site.id IN ({sites}) ORDER BY site.id
        ON CONFLICT (site_id) DO UPDATE SET number = scheduling_boardchange.number + 1;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER is_on_boards_{event} AFTER {event} ON {table}
    REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION {table}_is_on_boards();
"""
EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def listened_to(table: str, sites: str) -> migrations.RunSQL:
    """Counting the changes of one table."""
    triggers = [
        TRIGGER.format(table=table, event=event, rows=rows) for event, rows in EVENTS.items()
    ]
    return migrations.RunSQL(
        [FUNCTION.format(table=table, sites=sites), *triggers],
        [f"DROP FUNCTION {table}_is_on_boards() CASCADE"],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_one_chart_stands"),
        ("scheduling", "0015_calendar_feeds"),
    ]

    operations = [
        migrations.CreateModel(
            name="BoardChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=clinic.identifiers.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        wall("scheduling_boardchange"),
        same_organization("scheduling_boardchange", site_id="clinic_site"),
        *(listened_to(table, sites) for table, sites in TABLES.items()),
    ]
