"""Who waits for which times, the times that became free, and the offers of them."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from clinic.audit.triggers import audited
from clinic.models import Membership, Site, TenantModel
from courses.models import Course
from reminders.models import MESSAGE_DOMAIN
from sessions.models import Session


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def waiting(self) -> "WaitlistEntryQuerySet":
        """Those who still wait."""
        return self.filter(ended_at=None)


@audited(patient="course.patient", record="Place on the waitlist")
class WaitlistEntry(TenantModel):
    """That a course waits for a better time than it has, or for any."""

    class Wish(models.TextChoices):
        SOONER_VISIT = "SOONER_VISIT", "An earlier time for a visit"
        SOONER_START = "SOONER_START", "An earlier start of the course"
        ANY_PLACE = "ANY_PLACE", "Any time: nothing fitted"

    class Priority(models.IntegerChoices):
        FIRST = 1, "Before others"
        USUAL = 2, "Usual"
        LAST = 3, "After others"

    class End(models.TextChoices):
        SERVED = "SERVED", "Has a better time"
        REMOVED = "REMOVED", "Taken off the list"
        COURSE_OVER = "COURSE_OVER", "The course is over"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="waits")
    # The course's, so that a site's list is found by an index.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    wish = models.CharField(max_length=12, choices=Wish.choices)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.USUAL)
    since = models.DateTimeField()
    entered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    end = models.CharField(max_length=11, choices=End.choices, blank=True)

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course"],
                name="waitlistentry_one_per_course",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="waitlistentry_ends_somehow",
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False) & ~Q(end=""),
            ),
            models.CheckConstraint(
                name="waitlistentry_wish",
                condition=Q(wish__in=["SOONER_VISIT", "SOONER_START", "ANY_PLACE"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "priority", "since"],
                name="waitlistentry_waiting",
                condition=Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.get_wish_display()


class FreedTimeQuerySet(models.QuerySet["FreedTime"]):
    def open(self) -> "FreedTimeQuerySet":
        """Times that somebody may still get."""
        return self.filter(status__in=FreedTime.OPEN)


@audited(
    patient="visit.patient", without=["claimed_until", "attempts"], record="Time that became free"
)
class FreedTime(TenantModel):
    """The outbox: a stretch that a visit let go of, written in the transaction that freed it."""

    class Status(models.TextChoices):
        NEW = "NEW", "To be looked at"
        OFFERED = "OFFERED", "Offered"
        NOBODY = "NOBODY", "Suits nobody who waits"
        TAKEN = "TAKEN", "Taken"
        OVER = "OVER", "Too near"

    OPEN = (Status.NEW, Status.OFFERED, Status.NOBODY)

    # Whose place it was.
    visit = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    freed_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    # A worker's lease; when it lapses another worker may look.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    # Whom it suited when a worker looked last, the best first:
    # [{entry, starts_at, benefit, days, terms: {term of the objective: before − after}}]
    candidates = models.JSONField(default=list)

    objects = FreedTimeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="freedtime_ends_after_start", condition=Q(ends_at__gt=models.F("starts_at"))
            ),
            models.CheckConstraint(
                name="freedtime_status",
                condition=Q(status__in=["NEW", "OFFERED", "NOBODY", "TAKEN", "OVER"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "starts_at"],
                name="freedtime_open",
                condition=Q(status__in=["NEW", "OFFERED", "NOBODY"]),
            ),
            models.Index(
                fields=["organization", "starts_at"],
                name="freedtime_to_come",
                condition=Q(status__in=["NEW", "OFFERED", "NOBODY"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


class SlotOfferQuerySet(models.QuerySet["SlotOffer"]):
    def open(self) -> "SlotOfferQuerySet":
        """Offers that nobody has answered, and that nothing has ended."""
        return self.filter(status=SlotOffer.Status.OPEN)


@audited(
    patient="entry.course.patient",
    without=["claimed_until", "next_attempt_at", "attempts"],
    record="Offer of a time",
)
class SlotOffer(TenantModel):
    """A freed time offered to somebody who waits, and the outbox of the e-mail that says so."""

    class Status(models.TextChoices):
        OPEN = "OPEN", "Awaits an answer"
        ACCEPTED = "ACCEPTED", "Accepted"
        DECLINED = "DECLINED", "Declined"
        EXPIRED = "EXPIRED", "Lapsed without an answer"
        WITHDRAWN = "WITHDRAWN", "Somebody else took it"
        GONE = "GONE", "The time was gone"

    class How(models.TextChoices):
        MOVE = "MOVE", "One visit moves"
        REPLAN = "REPLAN", "The course is planned anew"
        BOOK = "BOOK", "Open visits are booked"

    class Via(models.TextChoices):
        LINK = "LINK", "By the link in the e-mail"
        DESK = "DESK", "At the desk"

    class Mail(models.TextChoices):
        PENDING = "PENDING", "E-mail on its way"
        SENT = "SENT", "E-mail sent"
        NONE = "NONE", "No e-mail: please call"
        FAILED = "FAILED", "E-mail failed: please call"
        UNNEEDED = "UNNEEDED", "Answered before the e-mail left"

    freed = models.ForeignKey(FreedTime, on_delete=models.PROTECT, related_name="offers")
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    how = models.CharField(max_length=6, choices=How.choices)
    # The visit that would come into the freed time; none where it is not booked yet.
    visit = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Where that visit is as long as nobody accepts.
    instead_of = models.DateTimeField(null=True, blank=True)
    benefit = models.PositiveIntegerField()
    # What is carried out, in ids and moments: `scheduling.waitlist.fits`.
    plan = models.JSONField(default=dict)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_via = models.CharField(max_length=4, choices=Via.choices, blank=True)
    answered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.PENDING)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=80, blank=True)

    objects = SlotOfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["freed"], name="slotoffer_taken_once", condition=Q(status="ACCEPTED")
            ),
            models.UniqueConstraint(fields=["freed", "entry"], name="slotoffer_once_each"),
            models.UniqueConstraint(
                fields=["entry"], name="slotoffer_one_open_per_entry", condition=Q(status="OPEN")
            ),
            models.CheckConstraint(
                name="slotoffer_answered_says_how",
                condition=Q(status__in=["ACCEPTED", "DECLINED"], answered_at__isnull=False)
                & ~Q(answered_via="")
                | ~Q(status__in=["ACCEPTED", "DECLINED"]) & Q(answered_via=""),
            ),
            models.CheckConstraint(name="slotoffer_gains", condition=Q(benefit__gte=1)),
        ]
        indexes = [
            models.Index(
                fields=["organization", "expires_at"],
                name="slotoffer_to_lapse",
                condition=Q(status="OPEN"),
            ),
            models.Index(
                fields=["organization", "next_attempt_at"],
                name="slotoffer_to_mail",
                condition=Q(mail="PENDING"),
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()

    @property
    def message_id(self) -> str:
        """The e-mail's Message-ID: the same on every try."""
        return f"<{self.pk}@{MESSAGE_DOMAIN}>"

    def is_open_at(self, now: datetime) -> bool:
        """Whether it can be accepted then."""
        return self.status == self.Status.OPEN and now < self.expires_at
