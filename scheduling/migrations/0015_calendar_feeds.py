"""Personal calendar feeds, and the door to them: whose organisation a feed's hash is of."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall

DOOR = """
CREATE FUNCTION scheduling_feed_tenant(feed_digest text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organization_id FROM scheduling_calendarfeed WHERE digest = feed_digest
$$;
"""
DOOR_BACK = "DROP FUNCTION scheduling_feed_tenant(text)"


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0016_one_chart_stands"),
        ("scheduling", "0014_clinicians_allow_long_gaps"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
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
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "membership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to="clinic.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.organization",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarfeed",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="9933085273ba",
                    label="scheduling.CalendarFeed",
                    table="scheduling_calendarfeed",
                    without="id,organization_id,digest,read_at",
                ),
            ),
        ),
        wall("scheduling_calendarfeed"),
        same_organization("scheduling_calendarfeed", membership_id="clinic_membership"),
        migrations.RunSQL(DOOR, DOOR_BACK),
    ]
