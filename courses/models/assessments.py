"""Scores: what was answered when, what came of it, and which ones a course still asks for."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, TenantModel
from courses.models.courses import Course


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def complete(self) -> "AssessmentQuerySet":
        """Finished ones that stand, valid or not."""
        return self.filter(status=Assessment.Status.COMPLETE, withdrawn_at__isnull=True)

    def drafts(self) -> "AssessmentQuerySet":
        """Those that somebody is still answering."""
        return self.filter(status=Assessment.Status.DRAFT)


@audited(record="Assessment", clinical=True)
class Assessment(TenantModel):
    """One filling-in of an instrument; a draft takes answers, afterwards nothing of it changes.

    An error is mended by another row that `amends` this one, which is then withdrawn: both stay,
    each with its author and the reason. A trigger keeps it so.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Being answered"
        COMPLETE = "COMPLETE", "Finished"
        ABANDONED = "ABANDONED", "Broken off"

    class Mode(models.TextChoices):
        FULL = "FULL", "Answered on the screen"
        ITEMS = "ITEMS", "Items entered"
        TOTAL = "TOTAL", "Total entered"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="assessments")
    # Empty for one that was taken before any course began.
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="assessments", null=True, blank=True
    )
    # By code and version as `courses.instruments` ships them.
    instrument = models.CharField(max_length=20)
    instrument_version = models.CharField(max_length=8)
    # Another period than the usual one was asked about (MADRS of 24 hours, say).
    variant = models.CharField(max_length=12, blank=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    mode = models.CharField(max_length=5, choices=Mode.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    taken_at = models.DateTimeField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    # By item: a number, or "NA" where it does not apply.
    answers = models.JSONField(default=dict)
    total = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    band = models.CharField(max_length=20, blank=True)
    subscales = models.JSONField(default=dict)
    flags = models.JSONField(default=list)
    # Enough was answered for a result; without, the answers stay and there is no total.
    is_valid = models.BooleanField(default=False)
    # Doses of the course given before it, and the point of the plan that it was taken for.
    dose_seq = models.PositiveSmallIntegerField(null=True, blank=True)
    point = models.CharField(max_length=40, blank=True)
    amends = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="amended_by", null=True, blank=True
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    withdrawal_reason = models.CharField(max_length=240, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assessment_mode", condition=Q(mode__in=["FULL", "ITEMS", "TOTAL"])
            ),
            models.CheckConstraint(
                name="assessment_ends_once",
                condition=Q(status="DRAFT", ended_at__isnull=True)
                | Q(
                    status__in=["COMPLETE", "ABANDONED"],
                    ended_at__isnull=False,
                    ended_at__gte=F("started_at"),
                ),
            ),
            models.CheckConstraint(
                name="assessment_result_when_complete",
                condition=Q(status="COMPLETE", ended_at__isnull=False, taken_at__lte=F("ended_at"))
                | Q(total__isnull=True, band="", is_valid=False),
            ),
            models.CheckConstraint(
                name="assessment_no_total_when_invalid",
                condition=Q(is_valid=True) | Q(total__isnull=True, band=""),
            ),
            models.CheckConstraint(
                name="assessment_withdrawn_for_a_reason",
                condition=Q(
                    withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason=""
                )
                | Q(
                    status="COMPLETE",
                    ended_at__isnull=False,
                    withdrawn_at__isnull=False,
                    withdrawn_at__gte=F("ended_at"),
                    withdrawn_by__isnull=False,
                )
                & ~Q(withdrawal_reason=""),
            ),
            models.UniqueConstraint(
                name="assessment_one_draft",
                fields=["patient", "instrument"],
                condition=Q(status="DRAFT"),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-taken_at"], name="assessment_by_patient"),
            models.Index(
                fields=["course", "instrument", "-taken_at"],
                name="assessment_by_course",
                condition=Q(status="COMPLETE", withdrawn_at__isnull=True),
            ),
            models.Index(
                fields=["organization", "started_at"],
                name="assessment_drafts",
                condition=Q(status="DRAFT"),
            ),
        ]

    def __str__(self) -> str:
        return self.instrument


class DueQuerySet(models.QuerySet["AssessmentDue"]):
    def open(self) -> "DueQuerySet":
        """Those that are neither done, missed nor dropped."""
        return self.filter(status=AssessmentDue.Status.OPEN)


@audited(patient="course.patient", record="Assessment that is due", clinical=True)
class AssessmentDue(TenantModel):
    """What the protocol's plan asks for at one point of a course (DOMAIN 5.8), and how it ended."""

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Status(models.TextChoices):
        OPEN = "OPEN", "Open"
        DONE = "DONE", "Done"
        MISSED = "MISSED", "Not done"
        DROPPED = "DROPPED", "No longer asked for"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="assessments_due")
    # Name and label of the protocol's point.
    point = models.CharField(max_length=40)
    label = models.CharField(max_length=60)
    instrument = models.CharField(max_length=20)
    # The dose that it goes by, and the how-manieth repetition it is.
    anchor_seq = models.PositiveSmallIntegerField()
    repetition = models.PositiveSmallIntegerField(default=0)
    # Local dates of the course's site, both included.
    due_from = models.DateField()
    due_to = models.DateField()
    is_optional = models.BooleanField(default=False)
    # What belongs before a dose is of no use after it.
    may_be_late = models.BooleanField(default=False)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="dues", null=True, blank=True
    )
    is_late = models.BooleanField(default=False)
    # When it was first seen to be overdue, and when it ended.
    overdue_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "point", "instrument", "anchor_seq", "repetition"],
                name="assessmentdue_once",
            ),
            models.CheckConstraint(
                name="assessmentdue_window", condition=Q(due_to__gte=F("due_from"))
            ),
            models.CheckConstraint(
                name="assessmentdue_done_by_an_assessment",
                condition=Q(status="OPEN", assessment__isnull=True, ended_at__isnull=True)
                | Q(status="DONE", assessment__isnull=False, ended_at__isnull=False)
                | Q(
                    status__in=["MISSED", "DROPPED"],
                    assessment__isnull=True,
                    ended_at__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_to"],
                name="assessmentdue_open",
                condition=Q(status="OPEN"),
            )
        ]

    def __str__(self) -> str:
        return self.label
