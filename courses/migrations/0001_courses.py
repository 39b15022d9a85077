"""Protocols, courses, what happens to a course, and the doses given in it."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from clinic.tables import Tables, audit, key, reference, tenant


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("courses", "0001_initial"),
        ("courses", "0003_more_events"),
        ("courses", "0008_clinical_core"),
        ("courses", "0018_holds_have_no_half_ends"),
        ("courses", "0019_preparation_may_be_waived"),
    ]
    dependencies = [("clinic", "0006_walls")]

    operations = [
        Tables(
            [
                migrations.CreateModel(
                    name="Protocol",
                    fields=[
                        ("id", key()),
                        ("code", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=120)),
                        ("organization", tenant()),
                        ("is_in_use", models.BooleanField(default=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organization", "code"), name="protocol_code_once"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.Protocol",
                                hash="63859f70fd32",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProtocolVersion",
                    fields=[
                        ("id", key()),
                        ("number", models.PositiveSmallIntegerField()),
                        ("definition", models.JSONField()),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                        ("organization", tenant()),
                        ("protocol", reference("courses.protocol", related_name="versions")),
                        ("is_shipped", models.BooleanField(default=False)),
                        ("note", models.CharField(blank=True, max_length=240)),
                        ("follows", reference("courses.protocolversion", blank=True, null=True)),
                        ("drafted_by", reference("clinic.membership", blank=True, null=True)),
                        ("drafted_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_by", reference("clinic.membership", blank=True, null=True)),
                        ("signed_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_as", models.CharField(blank=True, max_length=40)),
                        ("statement", models.CharField(blank=True, max_length=400)),
                        ("retired_by", reference("clinic.membership", blank=True, null=True)),
                        ("retired_reason", models.CharField(blank=True, max_length=240)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("protocol", "number"), name="protocol_version_number_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", True)),
                                fields=("protocol",),
                                name="protocol_version_one_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("signed_as", ""),
                                        ("signed_at__isnull", True),
                                        ("signed_by__isnull", True),
                                        ("statement", ""),
                                    ),
                                    models.Q(
                                        ("published_at__isnull", False),
                                        ("signed_at__isnull", False),
                                        ("signed_by__isnull", False),
                                        models.Q(("signed_as", ""), _negated=True),
                                        models.Q(("statement", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="protocol_version_signed_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_at__isnull", True),
                                    ("is_shipped", True),
                                    ("signed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="protocol_version_published_is_signed_or_shipped",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("retired_at__isnull", True),
                                        ("retired_by__isnull", True),
                                        ("retired_reason", ""),
                                    ),
                                    models.Q(
                                        ("published_at__isnull", False),
                                        ("retired_at__gte", models.F("published_at")),
                                        ("retired_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="protocol_version_retired_after_publishing",
                            ),
                        ],
                        "triggers": [
                            audit(
                                "courses.ProtocolVersion",
                                hash="f27cdb8a0539",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Course",
                    fields=[
                        ("id", key()),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "Draft"),
                                    ("ACTIVE", "Active"),
                                    ("PAUSED", "Paused"),
                                    ("INTERRUPTED", "Interrupted"),
                                    ("COMPLETED", "Completed"),
                                    ("STOPPED", "Stopped"),
                                ],
                                default="DRAFT",
                                max_length=12,
                            ),
                        ),
                        ("earliest_on", models.DateField()),
                        ("latest_first_on", models.DateField()),
                        ("created_at", models.DateTimeField()),
                        ("created_by", reference("clinic.membership")),
                        ("dose_count", models.PositiveSmallIntegerField()),
                        (
                            "lead_therapist",
                            reference(
                                "clinic.membership",
                                blank=True,
                                null=True,
                                related_name="led_courses",
                            ),
                        ),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="courses")),
                        ("site", reference("clinic.site", related_name="courses")),
                        (
                            "protocol_version",
                            reference("courses.protocolversion", related_name="courses"),
                        ),
                        (
                            "follows",
                            reference(
                                "courses.course", blank=True, null=True, related_name="followed_by"
                            ),
                        ),
                        ("goal", models.CharField(blank=True, max_length=240)),
                        ("indication", models.CharField(blank=True, max_length=20)),
                        ("lead_prescriber", reference("clinic.membership", blank=True, null=True)),
                        ("paused_until", models.DateField(blank=True, null=True)),
                        ("planned_end_on", models.DateField(blank=True, null=True)),
                        (
                            "relation",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("SWITCH", "Switch of drug or route"),
                                    ("REINDUCTION", "Re-induction"),
                                    ("MAINTENANCE", "Maintenance after induction"),
                                    ("TRANSFER", "Transfer from another clinic"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("review_on", models.DateField(blank=True, null=True)),
                        (
                            "stop_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("SWITCHED", "Switched to another course"),
                                    ("MEDICAL", "Medical reason"),
                                    ("ADVERSE_EVENT", "Adverse event"),
                                    ("NO_RESPONSE", "No response"),
                                    ("PATIENT_WISH", "Patient’s wish"),
                                    ("CONSENT_WITHDRAWN", "Consent withdrawn"),
                                    ("NOT_ELIGIBLE", "Not eligible"),
                                    ("LOST", "Lost to follow-up"),
                                    ("MOVED_AWAY", "Moved away or transferred out"),
                                    ("PAYER", "Not covered, cost"),
                                    ("DEATH", "Death"),
                                    ("NEVER_BEGUN", "Never begun"),
                                    ("OTHER", "Other"),
                                ],
                                max_length=20,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("latest_first_on__gte", models.F("earliest_on"))
                                ),
                                name="course_first_dose_span",
                                violation_error_message=(
                                    "The latest first dose is not before the earliest date."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "DRAFT",
                                            "ACTIVE",
                                            "PAUSED",
                                            "INTERRUPTED",
                                            "COMPLETED",
                                            "STOPPED",
                                        ],
                                    )
                                ),
                                name="course_status",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("paused_until__isnull", False), ("status", "PAUSED")),
                                    models.Q(
                                        models.Q(("status", "PAUSED"), _negated=True),
                                        ("paused_until__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="course_paused_until_a_day",
                                violation_error_message=(
                                    "A paused course, and no other, has a day until which."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("status", "STOPPED"),
                                        models.Q(("stop_reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("status", "STOPPED"), _negated=True),
                                        ("stop_reason", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="course_stopped_for_a_reason",
                                violation_error_message=(
                                    "A stopped course, and no other, has a reason for it."
                                ),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("follows__isnull", True),
                                        models.Q(
                                            ("relation", ""),
                                            ("relation", "TRANSFER"),
                                            _connector="OR",
                                        ),
                                    ),
                                    models.Q(
                                        ("follows__isnull", False),
                                        models.Q(("relation", ""), _negated=True),
                                        models.Q(("follows", models.F("id")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="course_follows_another_somehow",
                                violation_error_message="A course that follows another says how.",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["organization", "site", "status"], name="course_by_site"
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.Course",
                                hash="ccf572a36dc4",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CourseEvent",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("STARTED", "Course started"),
                                    ("ACTIVATED", "Treatment under way"),
                                    ("EXTENDED", "More doses planned"),
                                    ("SCHEDULED", "Visits booked"),
                                    ("VISIT_MOVED", "Visit moved"),
                                    ("VISIT_CANCELLED", "Visit cancelled"),
                                    ("VISIT_MISSED", "Visit missed"),
                                    ("PAUSED", "Course paused"),
                                    ("RESUMED", "Course resumed"),
                                    ("COMPLETED", "Course completed"),
                                    ("STOPPED", "Course stopped"),
                                    ("INTERRUPTED", "Course interrupted"),
                                    ("SWITCHED", "Switched to another course"),
                                    ("VERSION_CHANGED", "Moved to another version of the protocol"),
                                    ("TERMS_CHANGED", "Goal or dates changed"),
                                    ("DOSE_GIVEN", "Dose given"),
                                    ("OUTSIDE_DOSE", "Dose elsewhere recorded"),
                                    ("DOSE_WITHDRAWN", "Record of a dose withdrawn"),
                                    ("MISSED_DECIDED", "Decision after a lapse"),
                                    ("HELD", "Doses held"),
                                    ("RELEASED", "Hold released"),
                                    ("SCREENED", "Screening decided"),
                                    ("SCREENING_OVER", "Screening no longer valid"),
                                    ("CONFIRMED", "Provisional visits confirmed"),
                                    ("CALLED_OFF", "Visits called off"),
                                    ("BASELINE_SET", "Baseline fixed"),
                                    ("REVIEW_DUE", "Review due"),
                                    ("REVIEWED", "Review decided"),
                                    ("BOOSTER_DUE", "Booster window opened"),
                                    ("INTERVAL_CHANGED", "Maintenance interval changed"),
                                    ("RELAPSE_FLAGGED", "Relapse flagged"),
                                    ("ALERT_RAISED", "Safety alert raised"),
                                    ("ALERT_CLOSED", "Safety alert closed"),
                                    ("AUTHORIZED", "Payer’s authorisation recorded"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("reason", models.CharField(blank=True, max_length=240)),
                        ("detail", models.JSONField(default=dict)),
                        ("by", reference("clinic.membership", blank=True, null=True)),
                        ("course", reference("courses.course", related_name="events")),
                        ("organization", tenant()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["course", "-at"], name="courseevent_by_course")
                        ],
                        "triggers": [
                            audit(
                                "courses.CourseEvent",
                                hash="2bafc90f954d",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dose",
                    fields=[
                        ("id", key()),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("HERE", "Given here"),
                                    ("OUTSIDE", "Given at another clinic"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("on", models.DateField()),
                        ("given_at", models.DateTimeField(blank=True, null=True)),
                        ("seq", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("visit_id", models.UUIDField(blank=True, null=True, unique=True)),
                        ("drug", models.CharField(max_length=40)),
                        ("route", models.CharField(max_length=20)),
                        (
                            "amount_mg",
                            models.DecimalField(
                                blank=True, decimal_places=1, max_digits=6, null=True
                            ),
                        ),
                        ("counts", models.BooleanField(default=True)),
                        ("recorded_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "course",
                            reference(
                                "courses.course", blank=True, null=True, related_name="doses"
                            ),
                        ),
                        ("organization", tenant()),
                        ("patient", reference("clinic.patient", related_name="doses")),
                        ("recorded_by", reference("clinic.membership")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["HERE", "OUTSIDE"])),
                                name="dose_source",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("course__isnull", False),
                                        ("given_at__isnull", False),
                                        ("seq__isnull", False),
                                        ("source", "HERE"),
                                        ("visit_id__isnull", False),
                                    ),
                                    models.Q(("source", "OUTSIDE"), ("visit_id__isnull", True)),
                                    _connector="OR",
                                ),
                                name="dose_here_has_a_visit_of_a_course",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("given_at__isnull", True),
                                    ("recorded_at__gte", models.F("given_at")),
                                    _connector="OR",
                                ),
                                name="dose_recorded_after_given",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["patient", "-on"], name="dose_by_patient"),
                            models.Index(fields=["course", "seq"], name="dose_by_course"),
                        ],
                        "triggers": [
                            audit(
                                "courses.Dose",
                                hash="cdee6cb4b9a7",
                                patient="subject.patient_id",
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        ("id", key()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("SUICIDE_RISK", "High risk of suicide"),
                                    ("PREGNANCY", "Pregnancy"),
                                    ("DRUG_SCREEN", "Positive drug screen"),
                                    ("HOSPITAL", "Hospital admission"),
                                    ("URINARY", "Urinary symptoms"),
                                    ("PSYCHIATRIC", "Psychosis or mania"),
                                    ("REVIEW", "Review awaited"),
                                    ("MISSED_DOSE", "Decision after a lapse"),
                                    ("RESCREEN", "New screening needed"),
                                    ("BASELINE", "Baseline score missing"),
                                    ("INTEGRATION", "Integration missed"),
                                    ("CLINICIAN", "Held by a clinician"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("source_id", models.UUIDField(blank=True, null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("reason", models.CharField(blank=True, max_length=240)),
                        ("released_at", models.DateTimeField(blank=True, null=True)),
                        ("release_reason", models.CharField(blank=True, max_length=240)),
                        ("course", reference("courses.course", related_name="holds")),
                        ("opened_by", reference("clinic.membership", blank=True, null=True)),
                        ("organization", tenant()),
                        ("released_by", reference("clinic.membership", blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("released_at__isnull", True)),
                                fields=("course", "kind", "source_id"),
                                name="hold_open_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("release_reason", ""),
                                        ("released_at__isnull", True),
                                        ("released_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("released_at__gte", models.F("opened_at")),
                                        ("released_at__isnull", False),
                                        ("released_by__isnull", False),
                                        models.Q(("release_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="hold_released_for_a_reason",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("released_at__isnull", True)),
                                fields=["course"],
                                name="hold_open_by_course",
                            )
                        ],
                        "triggers": [
                            audit(
                                "courses.Hold",
                                hash="78e2370c5ec6",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CapOverride",
                    fields=[
                        ("id", key()),
                        ("on", models.DateField()),
                        ("reason", models.CharField(max_length=500)),
                        ("at", models.DateTimeField()),
                        ("by", reference("clinic.membership")),
                        ("course", reference("courses.course", related_name="cap_overrides")),
                        ("organization", tenant()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("CAP", "Beyond a cap"),
                                    ("PREPARATION", "Before preparation is complete"),
                                ],
                                default="CAP",
                                max_length=12,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.functions.text.Trim("reason")
                                    ),
                                    20,
                                ),
                                name="capoverride_says_why",
                                violation_error_message=(
                                    "Say why in at least 20 characters; it is kept."
                                ),
                            )
                        ],
                        "indexes": [
                            models.Index(fields=["course", "on"], name="capoverride_by_course")
                        ],
                        "triggers": [
                            audit(
                                "courses.CapOverride",
                                hash="7153cecf1237",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LapseDecision",
                    fields=[
                        ("id", key()),
                        ("days", models.PositiveSmallIntegerField()),
                        ("from_days", models.PositiveSmallIntegerField()),
                        ("to_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "option",
                            models.CharField(
                                choices=[
                                    ("CONTINUE", "Continue, number of doses unchanged"),
                                    ("ADD_1", "Continue and add one dose"),
                                    ("ADD_2", "Continue and add two doses"),
                                    ("RESTART", "Restart the block"),
                                    ("STEP_BACK", "Step back one frequency"),
                                    ("RESUME", "Resume at the frequency before"),
                                    ("REINDUCE", "Re-induce"),
                                    ("RESCREEN", "Screen again first"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("reason", models.CharField(max_length=240)),
                        ("at", models.DateTimeField()),
                        ("by", reference("clinic.membership")),
                        ("course", reference("courses.course", related_name="lapse_decisions")),
                        ("dose", reference("courses.dose")),
                        ("organization", tenant()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("days__gte", models.F("from_days")),
                                    models.Q(
                                        ("to_days__isnull", True),
                                        ("days__lte", models.F("to_days")),
                                        _connector="OR",
                                    ),
                                ),
                                name="lapsedecision_is_of_its_row",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="lapsedecision_says_why",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["course", "-at"], name="lapsedecision_by_course")
                        ],
                        "triggers": [
                            audit(
                                "courses.LapseDecision",
                                hash="e4c7b3fc1b36",
                                patient=(
                                    "(SELECT patient_id FROM courses_course WHERE id = "
                                    "subject.course_id)"
                                ),
                                without="id,organization_id",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
