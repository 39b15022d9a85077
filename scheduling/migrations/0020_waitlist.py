"""The waitlist: who waits, the times that became free, and the offers of them."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinic.audit.triggers
import clinic.identifiers
from clinic.walls import same_organization, wall


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0018_links_are_kept"),
        ("courses", "0024_holds_of_the_patient"),
        ("scheduling", "0019_capacity_forecasts"),
        ("treatment_sessions", "0013_baselines_are_rated_before_the_drug"),
    ]

    operations = [
        migrations.CreateModel(
            name="FreedTime",
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
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("freed_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NEW", "To be looked at"),
                            ("OFFERED", "Offered"),
                            ("NOBODY", "Suits nobody who waits"),
                            ("TAKEN", "Taken"),
                            ("OVER", "Too near"),
                        ],
                        default="NEW",
                        max_length=8,
                    ),
                ),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("candidates", models.JSONField(default=list)),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatment_sessions.session",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WaitlistEntry",
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
                    "wish",
                    models.CharField(
                        choices=[
                            ("SOONER_VISIT", "An earlier time for a visit"),
                            ("SOONER_START", "An earlier start of the course"),
                            ("ANY_PLACE", "Any time: nothing fitted"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Before others"), (2, "Usual"), (3, "After others")], default=2
                    ),
                ),
                ("since", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("SERVED", "Has a better time"),
                            ("REMOVED", "Taken off the list"),
                            ("COURSE_OVER", "The course is over"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waits",
                        to="courses.course",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
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
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlotOffer",
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
                    "how",
                    models.CharField(
                        choices=[
                            ("MOVE", "One visit moves"),
                            ("REPLAN", "The course is planned anew"),
                            ("BOOK", "Open visits are booked"),
                        ],
                        max_length=6,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("instead_of", models.DateTimeField(blank=True, null=True)),
                ("benefit", models.PositiveIntegerField()),
                ("plan", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("OPEN", "Awaits an answer"),
                            ("ACCEPTED", "Accepted"),
                            ("DECLINED", "Declined"),
                            ("EXPIRED", "Lapsed without an answer"),
                            ("WITHDRAWN", "Somebody else took it"),
                            ("GONE", "The time was gone"),
                        ],
                        default="OPEN",
                        max_length=9,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_via",
                    models.CharField(
                        blank=True,
                        choices=[("LINK", "By the link in the e-mail"), ("DESK", "At the desk")],
                        max_length=4,
                    ),
                ),
                (
                    "mail",
                    models.CharField(
                        choices=[
                            ("PENDING", "E-mail on its way"),
                            ("SENT", "E-mail sent"),
                            ("NONE", "No e-mail: please call"),
                            ("FAILED", "E-mail failed: please call"),
                            ("UNNEEDED", "Answered before the e-mail left"),
                        ],
                        default="PENDING",
                        max_length=8,
                    ),
                ),
                ("next_attempt_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("content_sha256", models.CharField(blank=True, max_length=64)),
                ("failure", models.CharField(blank=True, max_length=80)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.membership",
                    ),
                ),
                (
                    "freed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="scheduling.freedtime",
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
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatment_sessions.session",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="scheduling.waitlistentry",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="freedtime",
            index=models.Index(
                condition=models.Q(("status__in", ["NEW", "OFFERED", "NOBODY"])),
                fields=["site", "starts_at"],
                name="freedtime_open",
            ),
        ),
        migrations.AddIndex(
            model_name="freedtime",
            index=models.Index(
                condition=models.Q(("status__in", ["NEW", "OFFERED", "NOBODY"])),
                fields=["organization", "starts_at"],
                name="freedtime_to_come",
            ),
        ),
        migrations.AddConstraint(
            model_name="freedtime",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="freedtime_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="freedtime",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["NEW", "OFFERED", "NOBODY", "TAKEN", "OVER"])),
                name="freedtime_status",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="freedtime",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="75d08475cf35",
                    label="scheduling.FreedTime",
                    patient="(SELECT patient_id FROM treatment_sessions_session"
                    " WHERE id = subject.visit_id)",
                    table="scheduling_freedtime",
                    without="id,organization_id,claimed_until,attempts",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["site", "priority", "since"],
                name="waitlistentry_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("course",),
                name="waitlistentry_one_per_course",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", ""), ("ended_at__isnull", True)),
                    models.Q(("ended_at__isnull", False), models.Q(("end", ""), _negated=True)),
                    _connector="OR",
                ),
                name="waitlistentry_ends_somehow",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("wish__in", ["SOONER_VISIT", "SOONER_START", "ANY_PLACE"])),
                name="waitlistentry_wish",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="waitlistentry",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="87a5e282c414",
                    label="scheduling.WaitlistEntry",
                    patient="(SELECT patient_id FROM courses_course WHERE id = subject.course_id)",
                    table="scheduling_waitlistentry",
                    without="id,organization_id",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="slotoffer",
            index=models.Index(
                condition=models.Q(("status", "OPEN")),
                fields=["organization", "expires_at"],
                name="slotoffer_to_lapse",
            ),
        ),
        migrations.AddIndex(
            model_name="slotoffer",
            index=models.Index(
                condition=models.Q(("mail", "PENDING")),
                fields=["organization", "next_attempt_at"],
                name="slotoffer_to_mail",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "ACCEPTED")),
                fields=("freed",),
                name="slotoffer_taken_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.UniqueConstraint(
                fields=("freed", "entry"), name="slotoffer_once_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "OPEN")),
                fields=("entry",),
                name="slotoffer_one_open_per_entry",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answered_at__isnull", False),
                        ("status__in", ["ACCEPTED", "DECLINED"]),
                        models.Q(("answered_via", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status__in", ["ACCEPTED", "DECLINED"]), _negated=True),
                        ("answered_via", ""),
                    ),
                    _connector="OR",
                ),
                name="slotoffer_answered_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("benefit__gte", 1)), name="slotoffer_gains"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="slotoffer",
            trigger=pgtrigger.compiler.Trigger(
                name="audit",
                sql=clinic.audit.triggers.AuditTriggerSql(
                    hash="86a3d26f70ee",
                    label="scheduling.SlotOffer",
                    patient="(SELECT patient_id FROM courses_course WHERE id = (SELECT course_id"
                    " FROM scheduling_waitlistentry WHERE id = subject.entry_id))",
                    table="scheduling_slotoffer",
                    without="id,organization_id,next_attempt_at,claimed_until,attempts",
                ),
            ),
        ),
        wall("scheduling_waitlistentry"),
        same_organization(
            "scheduling_waitlistentry",
            course_id="courses_course",
            site_id="clinic_site",
            entered_by_id="clinic_membership",
            ended_by_id="clinic_membership",
        ),
        wall("scheduling_freedtime"),
        same_organization(
            "scheduling_freedtime",
            visit_id="treatment_sessions_session",
            site_id="clinic_site",
        ),
        wall("scheduling_slotoffer"),
        same_organization(
            "scheduling_slotoffer",
            freed_id="scheduling_freedtime",
            entry_id="scheduling_waitlistentry",
            visit_id="treatment_sessions_session",
            answered_by_id="clinic_membership",
        ),
    ]
