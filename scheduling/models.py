"""What visits claim of rooms, people and patients; and proposals of whole schedules.

The exclusion constraints and triggers here are the guarantees G1 to G4.
"""

from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import GreaterThanOrEqual
from psycopg.types.range import TimestamptzRange

from clinic.audit.triggers import audited
from clinic.models import Membership, Patient, Role, Room, Site, TenantModel
from clinic.reasons import reason_field, says_something
from courses.models import Course
from scheduling.capacity.models import CapacityForecast as CapacityForecast
from scheduling.feeds.models import CalendarFeed as CalendarFeed
from scheduling.groups.models import GroupVisit as GroupVisit
from scheduling.keeping.models import HeldLoad as HeldLoad
from scheduling.keeping.models import SlotHold as SlotHold
from scheduling.repairs.models import Repair as Repair
from scheduling.repairs.models import RepairVisit as RepairVisit
from scheduling.repairs.models import RepairWay as RepairWay
from scheduling.waitlist.models import FreedTime as FreedTime
from scheduling.waitlist.models import SlotOffer as SlotOffer
from scheduling.waitlist.models import WaitlistEntry as WaitlistEntry
from sessions.models import Session

# No visit and no duty lasts longer, so that whatever overlaps a stretch starts near it.
LONGEST = timedelta(days=1)


def overlapping(during: str, starts_at: str, begins: datetime, ends: datetime) -> Q:
    """Whether a range overlaps a stretch, told by where it starts first: an index finds that."""
    return Q(
        **{
            f"{starts_at}__gt": begins - LONGEST,
            f"{starts_at}__lt": ends,
            f"{during}__overlap": TimestamptzRange(begins, ends),
        }
    )


@audited(patient="visit.patient", clinical=True)
class Override(TenantModel):
    """A clinician's decision against a rule for one visit, and why; rows are only added."""

    application_may = ("SELECT", "INSERT")

    class Rule(models.TextChoices):
        MINIMUM_GAP = "MINIMUM_GAP", "Minimum gap between doses"
        HARD_MAXIMUM = "HARD_MAXIMUM", "Hard maximum between doses"

    rule = models.CharField(max_length=20, choices=Rule.choices)
    visit = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="overrides")
    # The time for which it was given; a later move asks again.
    starts_at = models.DateTimeField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = reason_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            says_something("override_says_why"),
            models.CheckConstraint(
                name="override_rule", condition=Q(rule__in=["MINIMUM_GAP", "HARD_MAXIMUM"])
            ),
        ]
        indexes = [models.Index(fields=["visit", "-at"], name="override_by_visit")]

    def __str__(self) -> str:
        return self.get_rule_display()


# Days that a guard covers.
GUARDED_DAYS = Func(
    F("guard"),
    template="(upper(%(expressions)s) - lower(%(expressions)s))",
    output_field=models.IntegerField(),
)


def of_one_person() -> list[ExclusionConstraint]:
    """The same promises (G2, G4) for the charts of one person together (DOMAIN 8.45)."""
    person = ("person", RangeOperators.EQUAL)
    day = Func(F("patient_during"), function="scheduling_day_from")
    return [
        ExclusionConstraint(
            name="reservation_person_free",
            expressions=[person, ("patient_during", RangeOperators.OVERLAPS)],
            condition=Q(person__isnull=False),
        ),
        ExclusionConstraint(
            name="reservation_person_gap",
            expressions=[person, ("guard", RangeOperators.OVERLAPS)],
            condition=Q(person__isnull=False, guard__isnull=False),
        ),
        ExclusionConstraint(
            name="reservation_person_day",
            expressions=[person, (day, RangeOperators.OVERLAPS)],
            condition=Q(person__isnull=False, gap_days__gte=2),
        ),
    ]


@audited(record="Place in the book", without=["person"])
class Reservation(TenantModel):
    """A live visit's claim on a room and on the patient; it goes when the visit is cancelled.

    Of a group there is one without a visit, which takes room and therapist; its members' visits
    have theirs beside it (`group`), which take a place in that room and nobody's time.
    """

    session = models.OneToOneField(
        Session, on_delete=models.PROTECT, related_name="reservation", null=True, blank=True
    )
    group = models.ForeignKey(
        GroupVisit, on_delete=models.PROTECT, related_name="reservations", null=True, blank=True
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="reservations")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # The chart that stands where several are of one person; else empty, as it is for a visit that
    # was over before they were linked. A trigger writes it.
    person = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
    )
    # The room stays taken through turnover, the patient only until the visit ends.
    room_during = DateTimeRangeField()
    patient_during = DateTimeRangeField()
    # A dose's local date and the days after it on which no other dose may be given:
    # `gap_days` in all; fewer only by a prescriber's recorded override.
    guard = DateRangeField(null=True, blank=True)
    gap_days = models.PositiveSmallIntegerField(null=True, blank=True)
    guard_override = models.ForeignKey(
        Override, on_delete=models.PROTECT, related_name="guards", null=True, blank=True
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="reservation_room_free",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    ("room_during", RangeOperators.OVERLAPS),
                ],
                condition=Q(group__isnull=True) | Q(session__isnull=True),
            ),
            models.CheckConstraint(
                name="reservation_of_visit_or_group",
                condition=Q(session__isnull=False, patient__isnull=False)
                & (Q(group__isnull=True) | Q(guard__isnull=True))
                | Q(
                    session__isnull=True,
                    patient__isnull=True,
                    guard__isnull=True,
                    group__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["group"],
                name="reservation_one_of_a_group",
                condition=Q(session__isnull=True),
            ),
            ExclusionConstraint(
                name="reservation_patient_free",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("patient_during", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="reservation_dose_gap",
                expressions=[("patient", RangeOperators.EQUAL), ("guard", RangeOperators.OVERLAPS)],
                condition=Q(guard__isnull=False),
            ),
            *of_one_person(),
            models.CheckConstraint(
                name="reservation_within_a_day",
                condition=Q(room_during__endswith__lte=F("room_during__startswith") + LONGEST),
            ),
            models.CheckConstraint(
                name="reservation_guard_is_whole",
                condition=Q(guard__isnull=True, gap_days__isnull=True, guard_override__isnull=True)
                | Q(
                    Q(guard_override__isnull=False)
                    | Q(GreaterThanOrEqual(GUARDED_DAYS, F("gap_days"))),
                    guard__isnull=False,
                    guard__isempty=False,
                    gap_days__isnull=False,
                    gap_days__gte=1,
                ),
            ),
            # No override goes below a day (DOMAIN 8.9); protocols with doses on following days
            # have a minimum gap of 1 and count by dates alone.
            ExclusionConstraint(
                name="reservation_dose_day",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (
                        Func(F("patient_during"), function="scheduling_day_from"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(gap_days__gte=2),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def visit(self) -> Session:
        """The visit whose it is; a group's own reservation is of none, and has no such."""
        if self.session is None:
            raise AttributeError("This is the reservation of a group.")
        return self.session


@audited(patient="reservation.patient", record="Staff in the book")
class StaffClaim(TenantModel):
    """Load that a visit puts on one person during one stretch; a trigger keeps capacity (G3)."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="claims")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="claims")
    role = models.CharField(max_length=20, choices=Role.choices)
    during = DateTimeRangeField()
    # Where `during` begins, for reading: row-level security keeps readers from indexes on ranges.
    starts_at = models.GeneratedField(
        expression=F("during__startswith"),  # type: ignore[arg-type]  # the stubs know no plain F
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    load = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="staffclaim_load_positive", condition=Q(load__gte=1)),
            models.CheckConstraint(
                name="staffclaim_within_a_day",
                condition=Q(during__endswith__lte=F("during__startswith") + LONGEST),
            ),
        ]
        indexes = [
            GistIndex(fields=["membership", "during"], name="staffclaim_by_member"),
            models.Index(fields=["membership", "starts_at"], name="staffclaim_by_member_and_start"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def waiting(self) -> "ProposalQuerySet":
        """Proposals that a worker still has to finish."""
        return self.filter(status__in=[Proposal.Status.QUEUED, Proposal.Status.RUNNING])


@audited(
    patient="course.patient",
    without=["claimed_until", "attempts", "stage", "progress"],
    record="Proposed schedule",
)
class Proposal(TenantModel):
    """A schedule that a worker found for a course, or the reason why there is none."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "Waiting for a planner"
        RUNNING = "RUNNING", "Planning"
        READY = "READY", "Ready to accept"
        IMPOSSIBLE = "IMPOSSIBLE", "Nothing fits"
        FAILED = "FAILED", "Planning failed"
        ACCEPTED = "ACCEPTED", "Accepted"
        DISCARDED = "DISCARDED", "Discarded"

    OPEN = (Status.QUEUED, Status.RUNNING, Status.READY)

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="proposals")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    # Doses past those of the course; accepting the proposal extends it by them.
    extra_doses = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    # A worker's lease; when it lapses another worker takes the proposal up.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    # [{kind, seq, visit_type, starts_at, ends_at, room_id, staff: {role: membership id}}]
    visits = models.JSONField(default=list)
    lead_therapist = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    cost = models.JSONField(default=dict)
    # Counts behind the cost, for the words on the page: scheduling.wording.
    explanation = models.JSONField(default=dict)
    # Why nothing fits (scheduling.planner.Reason), and what single change would help.
    reason = models.CharField(max_length=20, blank=True)
    relief = models.JSONField(default=dict)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                name="proposal_one_open_per_course",
                condition=Q(status__in=["QUEUED", "RUNNING", "READY"]),
            ),
            models.CheckConstraint(
                name="proposal_progress_is_percent", condition=Q(progress__lte=100)
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                name="proposal_waiting",
                condition=Q(status__in=["QUEUED", "RUNNING"]),
            )
        ]

    def __str__(self) -> str:
        return self.get_status_display()


class BoardChange(TenantModel):
    """How often what lies behind a site's board has changed; triggers alone write it."""

    application_may = ("SELECT",)

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return str(self.number)
