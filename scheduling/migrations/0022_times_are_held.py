"""Times that a proposal keeps from others for some minutes.

Triggers let go of them once the proposal cannot be accepted any more, whoever wrote that.
"""

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import clinic.identifiers
from clinic.walls import same_organization, wall

ENDS = """
CREATE FUNCTION scheduling_let_go(holds uuid[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM scheduling_heldload WHERE hold_id = ANY(holds);
    DELETE FROM scheduling_slothold WHERE id = ANY(holds);
$$;
CREATE FUNCTION scheduling_proposal_lets_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_let_go(ARRAY(
        SELECT id FROM scheduling_slothold WHERE proposal_id = NEW.id ORDER BY id
    ));
    RETURN NULL;
END $$;
CREATE TRIGGER lets_go AFTER UPDATE OF status ON scheduling_proposal
    FOR EACH ROW WHEN (OLD.status = 'READY' AND NEW.status <> 'READY')
    EXECUTE FUNCTION scheduling_proposal_lets_go();
CREATE FUNCTION scheduling_course_lets_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scheduling_let_go(ARRAY(
        SELECT id FROM scheduling_slothold WHERE course_id = NEW.id ORDER BY id
    ));
    RETURN NULL;
END $$;
CREATE TRIGGER lets_go AFTER UPDATE OF status ON courses_course
    FOR EACH ROW WHEN (NEW.status NOT IN ('DRAFT', 'ACTIVE'))
    EXECUTE FUNCTION scheduling_course_lets_go();
"""
BACK = """
DROP TRIGGER lets_go ON courses_course;
DROP TRIGGER lets_go ON scheduling_proposal;
DROP FUNCTION scheduling_course_lets_go();
DROP FUNCTION scheduling_proposal_lets_go();
DROP FUNCTION scheduling_let_go(uuid[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0018_links_are_kept"),
        ("courses", "0024_holds_of_the_patient"),
        ("scheduling", "0021_groups_say_when"),
    ]

    operations = [
        migrations.CreateModel(
            name="SlotHold",
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
                ("visit_type", models.CharField(max_length=40)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("room_during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("held_since", models.DateTimeField()),
                ("held_until", models.DateTimeField()),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="scheduling.proposal",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinic.room",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HeldLoad",
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
                    "role",
                    models.CharField(
                        choices=[
                            ("FRONT_DESK", "Front desk"),
                            ("NURSE", "Nurse"),
                            ("THERAPIST", "Therapist"),
                            ("PRESCRIBER", "Prescriber"),
                            ("MEDICAL_DIRECTOR", "Medical director"),
                            ("MANAGER", "Practice manager"),
                            ("AUDITOR", "Auditor (read-only)"),
                        ],
                        max_length=20,
                    ),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("load", models.PositiveSmallIntegerField()),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="loads",
                        to="scheduling.slothold",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="slothold",
            index=models.Index(fields=["organization", "starts_at"], name="slothold_by_start"),
        ),
        migrations.AddIndex(
            model_name="slothold",
            index=models.Index(fields=["organization", "held_until"], name="slothold_by_end"),
        ),
        migrations.AddConstraint(
            model_name="slothold",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="slothold_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="slothold",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_until__gt", models.F("held_since"))),
                name="slothold_is_for_a_while",
            ),
        ),
        migrations.AddConstraint(
            model_name="heldload",
            constraint=models.CheckConstraint(
                condition=models.Q(("load__gte", 1)), name="heldload_positive"
            ),
        ),
        wall("scheduling_slothold"),
        same_organization(
            "scheduling_slothold",
            proposal_id="scheduling_proposal",
            course_id="courses_course",
            site_id="clinic_site",
            room_id="clinic_room",
            held_by_id="clinic_membership",
        ),
        wall("scheduling_heldload"),
        same_organization(
            "scheduling_heldload",
            hold_id="scheduling_slothold",
            membership_id="clinic_membership",
        ),
        migrations.RunSQL(ENDS, BACK),
    ]
