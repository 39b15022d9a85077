"""Courses, and what happened to them."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, Site, TenantModel
from courses.models.protocols import ProtocolVersion


@audited(reads=("protocol_version__protocol",))
class Course(TenantModel):
    """A patient's whole treatment as one object, under one version of one protocol."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ACTIVE = "ACTIVE", "Active"
        PAUSED = "PAUSED", "Paused"
        COMPLETED = "COMPLETED", "Completed"
        STOPPED = "STOPPED", "Stopped"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="courses")
    protocol_version = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, related_name="courses"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    # Nothing before `earliest_on`; the first dose not after `latest_first_on` (local dates).
    earliest_on = models.DateField()
    latest_first_on = models.DateField()
    # Doses planned so far: the protocol's number at first; an extension raises it.
    dose_count = models.PositiveSmallIntegerField()
    lead_therapist = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="led_courses", null=True, blank=True
    )
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
                condition=Q(status__in=["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "STOPPED"]),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "site", "status"], name="course_by_site"),
        ]

    def __str__(self) -> str:
        return f"{self.protocol_version.protocol.name} course"


@audited(patient="course.patient", record="Event of the course")
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

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=240, blank=True)
    # Ids and instants only: visit, from, to, number of visits.
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["course", "-at"], name="courseevent_by_course")]

    def __str__(self) -> str:
        return self.get_kind_display()
