"""Baselines that courses are judged against, and reviews that ask a clinician for a decision."""

from django.db import models
from django.db.models import F, Q

from clinic.audit.triggers import audited
from clinic.models import Membership, TenantModel
from courses.models.courses import Course


@audited(patient="course.patient", record="Baseline", clinical=True)
class Baseline(TenantModel):
    """The score that a course's later ones are compared with, for one instrument (DOMAIN 5.1).

    It comes from an assessment (`source_id`), or a clinician rated it on the day of the first
    dose and said why (8.36). With the first dose it is frozen, and never changes again.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="baselines")
    instrument = models.CharField(max_length=20)
    source_id = models.UUIDField(null=True, blank=True)
    taken_at = models.DateTimeField()
    total = models.DecimalField(max_digits=6, decimal_places=2)
    rated_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=240, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    # The version of the thresholds whose window it was found in; 0: defaults without authority.
    thresholds_number = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "instrument"], name="baseline_once_for_an_instrument"
            ),
            models.CheckConstraint(
                name="baseline_scored_or_rated",
                condition=Q(source_id__isnull=False, rated_by__isnull=True, reason="")
                | Q(source_id__isnull=True, rated_by__isnull=False) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="baseline_taken_before_frozen",
                condition=Q(frozen_at__isnull=True) | Q(frozen_at__gte=F("taken_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"Baseline by {self.instrument}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def open(self) -> "ReviewQuerySet":
        """Reviews that nobody has decided."""
        return self.filter(decided_at__isnull=True)


@audited(patient="course.patient", record="Review", clinical=True)
class Review(TenantModel):
    """A question to a clinician about a course, with the numbers of that day, and the answer.

    The software never answers it (DOMAIN 2.8). `holds`: doses wait for the answer.
    """

    application_may = ("SELECT", "INSERT", "UPDATE")

    class Kind(models.TextChoices):
        PLANNED = "PLANNED", "Planned review"
        END_OF_INDUCTION = "END_OF_INDUCTION", "End of induction"
        WORSENING = "WORSENING", "Worse than at baseline"
        SUICIDALITY = "SUICIDALITY", "New or more suicidal thoughts"
        BOOSTER = "BOOSTER", "Consider a booster"
        BOOSTER_USE = "BOOSTER_USE", "Appropriateness and misuse"
        INTERVAL = "INTERVAL", "Interval of maintenance"

    class Decision(models.TextChoices):
        CONTINUE = "CONTINUE", "Go on as planned"
        CHANGE = "CHANGE", "Go on with a change"
        EXTEND = "EXTEND", "Plan more doses"
        MAINTAIN = "MAINTAIN", "Go on to maintenance"
        OBSERVE = "OBSERVE", "Observe without doses"
        STOP = "STOP", "Stop the course"
        ACCEPT = "ACCEPT", "Take the proposed interval"
        KEEP = "KEEP", "Keep the interval"
        BOOST = "BOOST", "Offer a booster"
        WAIT = "WAIT", "No booster now"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # The point of the protocol that asked, and after which dose; a score that asked by its id.
    point = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=60)
    question = models.CharField(max_length=240)
    after_seq = models.PositiveSmallIntegerField(null=True, blank=True)
    source_id = models.UUIDField(null=True, blank=True)
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    holds = models.BooleanField(default=False)
    # What the numbers said then: baseline, latest, change, status; and by which thresholds.
    numbers = models.JSONField(default=dict)
    thresholds_number = models.PositiveSmallIntegerField(default=0)
    # For an interval: the move and the days that the rule proposes, and why.
    proposal = models.JSONField(default=dict)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=240, blank=True)
    keeps_hold = models.BooleanField(default=False)
    decided_numbers = models.JSONField(default=dict)
    decided_thresholds_number = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "kind", "point", "after_seq", "source_id"],
                name="review_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["course", "kind"],
                name="review_one_open_of_a_kind",
                condition=Q(
                    decided_at__isnull=True,
                    kind__in=["WORSENING", "SUICIDALITY", "BOOSTER", "BOOSTER_USE", "INTERVAL"],
                ),
            ),
            models.CheckConstraint(
                name="review_decided_by_somebody_for_a_reason",
                condition=Q(
                    decided_at__isnull=True, decided_by__isnull=True, decision="", reason=""
                )
                | Q(
                    decided_at__isnull=False,
                    decided_at__gte=F("raised_at"),
                    decided_by__isnull=False,
                )
                & ~Q(decision="")
                & ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["course", "due_on"],
                name="review_open_by_course",
                condition=Q(decided_at__isnull=True),
            ),
            models.Index(
                fields=["organization", "due_on"],
                name="review_open_by_day",
                condition=Q(decided_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.label
