"""Row-level security around the tables of this app.

The triggers that guard capacity and places look at rows as the owner: what they promise holds for
all rows, whoever writes, and they may use indexes on ranges, which row-level security keeps from
others.
"""

from django.db import migrations

from clinic.walls import wall

GUARDS = (
    "scheduling_claim_within_capacity",
    "scheduling_capacity_covers_claims",
    "scheduling_after_visit",
    "scheduling_after_reservation",
)
AS_OWNER = "ALTER FUNCTION {}() SECURITY DEFINER SET search_path = public, pg_temp"
AS_ANYBODY = "ALTER FUNCTION {}() SECURITY INVOKER RESET search_path"
FOR_GUARDS = "REVOKE EXECUTE ON FUNCTION scheduling_visit_matches_reservation(uuid) FROM PUBLIC"
FOR_ALL = "GRANT EXECUTE ON FUNCTION scheduling_visit_matches_reservation(uuid) TO PUBLIC"


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_proposal_extra_doses"), ("clinic", "0004_walls")]

    operations = [
        wall("scheduling_reservation"),
        wall("scheduling_staffclaim"),
        wall("scheduling_proposal"),
        migrations.RunSQL(
            [*map(AS_OWNER.format, GUARDS), FOR_GUARDS],
            [FOR_ALL, *map(AS_ANYBODY.format, GUARDS)],
        ),
    ]
