"""Courses, and what happened to them."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, Site, TenantModel
from courses.models.protocols import ProtocolVersion


@audited(reads=("protocol_version__protocol",), clinical=True)
class Course(TenantModel):
    """A patient's whole treatment as one object, under one version of one protocol."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ACTIVE = "ACTIVE", "Active"
        PAUSED = "PAUSED", "Paused"
        INTERRUPTED = "INTERRUPTED", "Interrupted"
        COMPLETED = "COMPLETED", "Completed"
        STOPPED = "STOPPED", "Stopped"

    class StopReason(models.TextChoices):
        SWITCHED = "SWITCHED", "Switched to another course"
        MEDICAL = "MEDICAL", "Medical reason"
        ADVERSE_EVENT = "ADVERSE_EVENT", "Adverse event"
        NO_RESPONSE = "NO_RESPONSE", "No response"
        PATIENT_WISH = "PATIENT_WISH", "Patient’s wish"
        CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN", "Consent withdrawn"
        NOT_ELIGIBLE = "NOT_ELIGIBLE", "Not eligible"
        LOST = "LOST", "Lost to follow-up"
        MOVED_AWAY = "MOVED_AWAY", "Moved away or transferred out"
        PAYER = "PAYER", "Not covered, cost"
        DEATH = "DEATH", "Death"
        NEVER_BEGUN = "NEVER_BEGUN", "Never begun"
        OTHER = "OTHER", "Other"

    class Relation(models.TextChoices):
        SWITCH = "SWITCH", "Switch of drug or route"
        REINDUCTION = "REINDUCTION", "Re-induction"
        MAINTENANCE = "MAINTENANCE", "Maintenance after induction"
        TRANSFER = "TRANSFER", "Transfer from another clinic"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="courses")
    protocol_version = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, related_name="courses"
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    # Nothing before `earliest_on`; the first dose not after `latest_first_on` (local dates).
    earliest_on = models.DateField()
    latest_first_on = models.DateField()
    # Doses planned so far: the protocol's number at first; an extension raises it.
    dose_count = models.PositiveSmallIntegerField()
    lead_therapist = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="led_courses", null=True, blank=True
    )
    lead_prescriber = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # What is treated, by its code in DOMAIN 3.1: IN_TRD, IN_PTSD …
    indication = models.CharField(max_length=20, blank=True)
    # The smallest dose that works, with a defined endpoint and course (DOMAIN 2.3, W22).
    goal = models.CharField(max_length=240, blank=True)
    planned_end_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True)
    stop_reason = models.CharField(max_length=20, choices=StopReason.choices, blank=True)
    # The course that this one goes on from, and how.
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="followed_by", null=True, blank=True
    )
    relation = models.CharField(max_length=12, choices=Relation.choices, blank=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="course_first_dose_span",
                condition=Q(latest_first_on__gte=F("earliest_on")),
                violation_error_message="The latest first dose is not before the earliest date.",
            ),
            models.CheckConstraint(
                name="course_status",
                condition=Q(
                    status__in=["DRAFT", "ACTIVE", "PAUSED", "INTERRUPTED", "COMPLETED", "STOPPED"]
                ),
            ),
            models.CheckConstraint(
                name="course_paused_until_a_day",
                condition=Q(status="PAUSED", paused_until__isnull=False)
                | ~Q(status="PAUSED") & Q(paused_until__isnull=True),
                violation_error_message="A paused course, and no other, has a day until which.",
            ),
            models.CheckConstraint(
                name="course_stopped_for_a_reason",
                condition=Q(status="STOPPED") & ~Q(stop_reason="")
                | ~Q(status="STOPPED") & Q(stop_reason=""),
                violation_error_message="A stopped course, and no other, has a reason for it.",
            ),
            models.CheckConstraint(
                name="course_follows_another_somehow",
                condition=Q(follows__isnull=True) & (Q(relation="") | Q(relation="TRANSFER"))
                | Q(follows__isnull=False) & ~Q(relation="") & ~Q(follows=F("id")),
                violation_error_message="A course that follows another says how.",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "site", "status"], name="course_by_site"),
        ]

    def __str__(self) -> str:
        return f"{self.protocol_version.protocol.name} course"


@audited(patient="course.patient", record="Event of the course", clinical=True)
class CourseEvent(TenantModel):
    """What happened to a course, by whom and why; rows are only ever added."""

    application_may = ("SELECT", "INSERT")

    class Kind(models.TextChoices):
        STARTED = "STARTED", "Course started"
        ACTIVATED = "ACTIVATED", "Treatment under way"
        EXTENDED = "EXTENDED", "More doses planned"
        SCHEDULED = "SCHEDULED", "Visits booked"
        VISIT_MOVED = "VISIT_MOVED", "Visit moved"
        VISIT_CANCELLED = "VISIT_CANCELLED", "Visit cancelled"
        VISIT_MISSED = "VISIT_MISSED", "Visit missed"
        PAUSED = "PAUSED", "Course paused"
        RESUMED = "RESUMED", "Course resumed"
        COMPLETED = "COMPLETED", "Course completed"
        STOPPED = "STOPPED", "Course stopped"
        INTERRUPTED = "INTERRUPTED", "Course interrupted"
        SWITCHED = "SWITCHED", "Switched to another course"
        VERSION_CHANGED = "VERSION_CHANGED", "Moved to another version of the protocol"
        TERMS_CHANGED = "TERMS_CHANGED", "Goal or dates changed"
        DOSE_GIVEN = "DOSE_GIVEN", "Dose given"
        OUTSIDE_DOSE = "OUTSIDE_DOSE", "Dose elsewhere recorded"
        DOSE_WITHDRAWN = "DOSE_WITHDRAWN", "Record of a dose withdrawn"
        MISSED_DECIDED = "MISSED_DECIDED", "Decision after a lapse"
        HELD = "HELD", "Doses held"
        RELEASED = "RELEASED", "Hold released"
        SCREENED = "SCREENED", "Screening decided"
        SCREENING_OVER = "SCREENING_OVER", "Screening no longer valid"
        CONFIRMED = "CONFIRMED", "Provisional visits confirmed"
        CALLED_OFF = "CALLED_OFF", "Visits called off"
        BASELINE_SET = "BASELINE_SET", "Baseline fixed"
        REVIEW_DUE = "REVIEW_DUE", "Review due"
        REVIEWED = "REVIEWED", "Review decided"
        BOOSTER_DUE = "BOOSTER_DUE", "Booster window opened"
        INTERVAL_CHANGED = "INTERVAL_CHANGED", "Maintenance interval changed"
        RELAPSE_FLAGGED = "RELAPSE_FLAGGED", "Relapse flagged"
        ALERT_RAISED = "ALERT_RAISED", "Safety alert raised"
        ALERT_CLOSED = "ALERT_CLOSED", "Safety alert closed"
        AUTHORIZED = "AUTHORIZED", "Payer’s authorisation recorded"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    # Empty where a rule did it by itself.
    by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=240, blank=True)
    # Ids and instants only: visit, from, to, number of visits.
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["course", "-at"], name="courseevent_by_course")]

    def __str__(self) -> str:
        return self.get_kind_display()
