"""Group visits: one reservation of room and therapist, and places in it for members' visits.

`groupvisit_within_places`: never more members than places; whoever takes one queues for the group.
`groupvisit_is_whole`: at the end of the transaction a group that takes place has its room and its
therapist at its own time, and every member is there then; a cancelled one holds nothing.
"""

import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall

PLACES = """
CREATE FUNCTION scheduling_place_in_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    allowed integer;
    taken integer;
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        -- Its snapshot is older than the lock below and would miss a rival's place.
        RAISE EXCEPTION 'places need READ COMMITTED or SERIALIZABLE'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    -- Rivals for one group queue here; the next statement then sees what they committed.
    SELECT places INTO allowed FROM scheduling_groupvisit
        WHERE id = NEW.group_id FOR NO KEY UPDATE;
    SELECT count(*) INTO taken FROM scheduling_reservation
        WHERE group_id = NEW.group_id AND session_id IS NOT NULL;
    IF taken > allowed THEN
        RAISE EXCEPTION '% members are over the places of %', taken, allowed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'groupvisit_within_places';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER groupvisit_within_places AFTER INSERT OR UPDATE OF group_id, session_id
    ON scheduling_reservation FOR EACH ROW
    WHEN (NEW.group_id IS NOT NULL AND NEW.session_id IS NOT NULL)
    EXECUTE FUNCTION scheduling_place_in_group();
"""
PLACES_BACK = """
DROP TRIGGER groupvisit_within_places ON scheduling_reservation;
DROP FUNCTION scheduling_place_in_group();
"""

WHOLE = """
CREATE FUNCTION scheduling_group_is_whole(asked uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    own scheduling_groupvisit%ROWTYPE;
    its_time tstzrange;
    found_fault text;
BEGIN
    -- Who joins and who moves the group wait for one another, and see what the other did.
    SELECT * INTO own FROM scheduling_groupvisit WHERE id = asked FOR NO KEY UPDATE;
    IF own.id IS NULL THEN
        RETURN;
    END IF;
    its_time := tstzrange(own.starts_at, own.ends_at);
    IF own.status = 'CANCELLED' THEN
        IF EXISTS (SELECT FROM scheduling_reservation WHERE group_id = asked) THEN
            found_fault := 'it is cancelled and still holds places';
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM scheduling_reservation claim
        JOIN scheduling_staffclaim serves ON serves.reservation_id = claim.id
        WHERE claim.group_id = asked AND claim.session_id IS NULL
            AND claim.site_id = own.site_id AND claim.room_id = own.room_id
            AND claim.patient_during = its_time
            AND claim.room_during =
                tstzrange(own.starts_at, own.ends_at + make_interval(mins => own.turnover_minutes))
            AND serves.membership_id = own.therapist_id AND serves.during = its_time
    ) THEN
        found_fault := 'it does not hold its room and therapist at its time';
    ELSIF EXISTS (
        SELECT FROM scheduling_reservation claim
        JOIN treatment_sessions_session visit ON visit.id = claim.session_id
        WHERE claim.group_id = asked AND (
            claim.site_id <> own.site_id OR claim.room_id <> own.room_id
            OR claim.patient_during <> its_time
            OR visit.kind <> CASE own.kind WHEN 'prep' THEN 'prep' ELSE 'integration' END
            OR EXISTS (SELECT FROM scheduling_staffclaim WHERE reservation_id = claim.id)
        )
    ) THEN
        found_fault := 'a member is elsewhere';
    ELSIF own.places < (
        SELECT count(*) FROM scheduling_reservation
        WHERE group_id = asked AND session_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'group %: more members than places', asked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'groupvisit_within_places';
    END IF;
    IF found_fault IS NOT NULL THEN
        RAISE EXCEPTION 'group %: %', asked, found_fault
            USING ERRCODE = 'check_violation', CONSTRAINT = 'groupvisit_is_whole';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION scheduling_group_is_whole(uuid) FROM PUBLIC;

CREATE FUNCTION scheduling_after_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM scheduling_group_is_whole(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION scheduling_after_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.group_id IS NOT NULL THEN
        PERFORM scheduling_group_is_whole(OLD.group_id);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.group_id IS NOT NULL THEN
        PERFORM scheduling_group_is_whole(NEW.group_id);
    END IF;
    RETURN NULL;
END $$;

-- They wait for the end of the transaction: a group and its members change together. Visits of
-- their own, nearly all, are not asked at all.
CREATE CONSTRAINT TRIGGER groupvisit_is_whole AFTER INSERT OR UPDATE
    ON scheduling_groupvisit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION scheduling_after_group();
CREATE CONSTRAINT TRIGGER place_is_in_group AFTER INSERT
    ON scheduling_reservation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.group_id IS NOT NULL) EXECUTE FUNCTION scheduling_after_place();
CREATE CONSTRAINT TRIGGER place_stays_in_group AFTER UPDATE
    ON scheduling_reservation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.group_id IS NOT NULL OR OLD.group_id IS NOT NULL)
    EXECUTE FUNCTION scheduling_after_place();
CREATE CONSTRAINT TRIGGER place_leaves_group AFTER DELETE
    ON scheduling_reservation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.group_id IS NOT NULL) EXECUTE FUNCTION scheduling_after_place();
"""
WHOLE_BACK = """
DROP TRIGGER place_leaves_group ON scheduling_reservation;
DROP TRIGGER place_stays_in_group ON scheduling_reservation;
DROP TRIGGER place_is_in_group ON scheduling_reservation;
DROP TRIGGER groupvisit_is_whole ON scheduling_groupvisit;
DROP FUNCTION scheduling_after_place();
DROP FUNCTION scheduling_after_group();
DROP FUNCTION scheduling_group_is_whole(uuid);
"""

HEARD = """
CREATE FUNCTION scheduling_groupvisit_is_on_boards() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO scheduling_boardchange (id, organization_id, site_id, number)
        SELECT gen_random_uuid(), site.organization_id, site.id, 1 FROM clinic_site site
        WHERE site.id IN (SELECT site_id FROM changed) ORDER BY site.id
        ON CONFLICT (site_id) DO UPDATE SET number = scheduling_boardchange.number + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER is_on_boards_insert AFTER INSERT ON scheduling_groupvisit
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION scheduling_groupvisit_is_on_boards();
CREATE TRIGGER is_on_boards_update AFTER UPDATE ON scheduling_groupvisit
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION scheduling_groupvisit_is_on_boards();
"""
HEARD_BACK = "DROP FUNCTION scheduling_groupvisit_is_on_boards() CASCADE"

_BEFORE = {
    "session_id": "treatment_sessions_session",
    "site_id": "clinic_site",
    "room_id": "clinic_room",
    "patient_id": "clinic_patient",
    "guard_override_id": "scheduling_override",
    "person_id": "clinic_patient",
}
_ONCE = same_organization("scheduling_reservation", **_BEFORE)


def _key(to: str, *, related: str = "+", **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related, to=to, **more
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0018_links_are_kept"),
        ("scheduling", "0017_feeds_end_with_access"),
        ("treatment_sessions", "0013_baselines_are_rated_before_the_drug"),
    ]

    operations = [
        migrations.CreateModel(
            name="GroupVisit",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("prep", "Group preparation"),
                            ("integration", "Group integration"),
                            ("therapy", "Group therapy"),
                        ],
                        max_length=12,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("turnover_minutes", models.PositiveSmallIntegerField(default=0)),
                ("places", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[("PLANNED", "Planned"), ("CANCELLED", "Cancelled")],
                        default="PLANNED",
                        max_length=12,
                    ),
                ),
                ("series", models.UUIDField(blank=True, null=True)),
                ("version", models.PositiveSmallIntegerField(default=0)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("organization", _key("clinic.organization", editable=False)),
                ("room", _key("clinic.room")),
                ("site", _key("clinic.site", related="groups")),
                ("therapist", _key("clinic.membership", related="groups")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["site", "starts_at"], name="groupvisit_by_site_and_time")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="groupvisit_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("places__gte", 2)), name="groupvisit_is_of_several"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["prep", "integration", "therapy"])),
                        name="groupvisit_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", False), ("status", "CANCELLED")),
                            models.Q(("cancelled_at__isnull", True), ("status", "PLANNED")),
                            _connector="OR",
                        ),
                        name="groupvisit_cancelled_says_when",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="groupvisit",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="7f5d1e22aaf3",
                    label="scheduling.GroupVisit",
                    table="scheduling_groupvisit",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.RemoveConstraint(model_name="reservation", name="reservation_room_free"),
        migrations.AlterField(
            model_name="reservation",
            name="patient",
            field=_key("clinic.patient", blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="session",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reservation",
                to="treatment_sessions.session",
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="group",
            field=_key("scheduling.groupvisit", related="reservations", blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(
                    ("group__isnull", True), ("session__isnull", True), _connector="OR"
                ),
                expressions=[("room", "="), ("room_during", "&&")],
                name="reservation_room_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("patient__isnull", False),
                        ("session__isnull", False),
                        models.Q(("group__isnull", True), ("guard__isnull", True), _connector="OR"),
                    ),
                    models.Q(
                        ("group__isnull", False),
                        ("guard__isnull", True),
                        ("patient__isnull", True),
                        ("session__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="reservation_of_visit_or_group",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("session__isnull", True)),
                fields=("group",),
                name="reservation_one_of_a_group",
            ),
        ),
        wall("scheduling_groupvisit"),
        same_organization(
            "scheduling_groupvisit",
            site_id="clinic_site",
            room_id="clinic_room",
            therapist_id="clinic_membership",
        ),
        migrations.RunSQL(_ONCE.reverse_sql, _ONCE.sql),
        same_organization("scheduling_reservation", **_BEFORE, group_id="scheduling_groupvisit"),
        migrations.RunSQL(PLACES, PLACES_BACK),
        migrations.RunSQL(WHOLE, WHOLE_BACK),
        migrations.RunSQL(HEARD, HEARD_BACK),
    ]
