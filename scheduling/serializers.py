"""Shapes of what the API takes and gives about planning, booking and visits."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Day, Id, Input, Moment, Text, WallTime
from clinic.reasons import LEAST, MOST
from courses.serializers import CourseOutput
from scheduling.forms import CANCEL_CODES
from scheduling.models import Proposal
from scheduling.selectors import TimelineVisit
from sessions.models import Session

UNBOOKED = ("UNBOOKED", "Not booked")
STATUSES = [*Session.Status.choices, UNBOOKED]
LONGEST_REASON = 240


class CourseInput(Input):
    """A course to start; every date is by the site's calendar."""

    patient = Id()
    site = Id(required=False, help_text="The patient's own site unless given")
    protocol_version = Id(help_text="From the list of protocols")
    earliest_on = Day(help_text="No visit before this date")
    latest_first_on = Day(help_text="The first dose not after this date")
    lead_therapist = Id(required=False, allow_null=True, help_text="Member id, or null for anyone")
    goal = serializers.CharField(required=False, allow_blank=True, max_length=240)
    planned_end_on = Day(required=False, allow_null=True)
    review_on = Day(required=False, allow_null=True)
    indication = serializers.RegexField(
        r"^IN_[A-Z]+$",
        required=False,
        allow_blank=True,
        max_length=20,
        help_text="What is treated: a code that the protocol is for, as IN_TRD",
    )
    lead_prescriber = Id(required=False, allow_null=True, help_text="Member id, or null")


class ProposedVisit(serializers.Serializer[Any]):
    """A visit as it would be booked."""

    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    seq = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    starts_at = Moment()
    ends_at = Moment()
    room = serializers.CharField(source="room_name")
    staff = serializers.ListField(child=serializers.CharField())
    gap_days = serializers.IntegerField(allow_null=True, help_text="Days since the dose before")
    is_kept = serializers.BooleanField(help_text="Booked already, and left as it is")


class ProposalOutput(serializers.Serializer[Any]):
    """A schedule that a worker found for a course, or the reason why there is none."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    course = serializers.UUIDField(source="course_id")
    course_url = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=Proposal.Status.choices)
    stage = serializers.CharField(allow_blank=True)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    requested_at = Moment()
    finished_at = Moment(allow_null=True)
    timezone = serializers.CharField(source="course.site.timezone")

    def get_url(self, proposal: Proposal) -> str:
        """Where the proposal is read and waited for."""
        return reverse("api:proposal", args=[proposal.pk])

    def get_course_url(self, proposal: Proposal) -> str:
        """Where its course is read."""
        return reverse("api:course", args=[proposal.course_id])


class ProposalStoryOutput(ProposalOutput):
    """A proposal with its visits, and what it costs or why nothing fits, in words."""

    visits = ProposedVisit(many=True, source="story.visits")
    sentences = serializers.ListField(source="story.sentences", child=serializers.CharField())
    reason = serializers.CharField(source="story.reason", allow_blank=True)
    relief = serializers.ListField(source="story.relief", child=serializers.CharField())
    held_until = Moment(
        source="hold.until",
        allow_null=True,
        help_text="Till then nobody else can book its times; null once they are not held",
    )
    held_by = serializers.CharField(source="hold.by", allow_null=True)
    uncovered = serializers.ListField(
        source="story.uncovered",
        child=serializers.CharField(),
        help_text="New doses that no payer covers; they can be booked all the same",
    )


class TimelineVisitOutput(serializers.Serializer[Any]):
    """A visit of a course, or a place for one (`UNBOOKED`, without id)."""

    id = serializers.UUIDField(allow_null=True)
    url = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    seq = serializers.IntegerField(help_text="Among its kind; for integration: after which dose")
    label = serializers.CharField()  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=STATUSES)
    starts_at = Moment(allow_null=True)
    ends_at = Moment(allow_null=True)
    room = serializers.CharField(source="room_name", allow_blank=True)
    staff = serializers.ListField(child=serializers.CharField())
    gap_days = serializers.IntegerField(allow_null=True, help_text="Days since the dose before")
    reason = serializers.SerializerMethodField(
        help_text="What was noted of why it fell through; empty without VIEW_CLINICAL"
    )
    is_provisional = serializers.BooleanField(
        help_text="Held until the patient is cleared; nobody has been told to come"
    )

    def get_url(self, visit: TimelineVisit) -> str | None:
        """Where the visit is read."""
        return reverse("api:visit", args=[visit.id]) if visit.id else None

    def get_reason(self, visit: TimelineVisit) -> str:
        """The note, for who reads clinical words."""
        return visit.reason if self.context.get("reads_notes") else ""


class CourseTimelineOutput(CourseOutput):
    """A course with its visits."""

    next_step = serializers.CharField(source="timeline.next_step")
    visits = TimelineVisitOutput(many=True, source="timeline.visits")


class VisitOutput(TimelineVisitOutput):
    """One visit."""

    cancel_code = serializers.ChoiceField(
        choices=Session.CancelCode.choices,
        allow_blank=True,
        source="session.cancel_code",
        help_text="Why it was cancelled or missed",
    )
    cancelled_by = serializers.ChoiceField(
        choices=Session.Party.choices, allow_blank=True, source="session.cancelled_by"
    )
    cancelled_at = Moment(allow_null=True, source="session.cancelled_at")
    is_late_cancel = serializers.BooleanField(
        source="session.is_late_cancel",
        help_text="Cancelled by the patient with less notice than asked for",
    )

    course = serializers.UUIDField(source="session.course_id")
    patient = serializers.UUIDField(source="session.patient_id")
    site = serializers.UUIDField(source="session.site_id")
    timezone = serializers.CharField(source="session.site.timezone")
    version = serializers.IntegerField(
        source="session.version", help_text="Grows with every change of time"
    )


class DayQuery(Input):
    """A site's day."""

    site = Id()
    day = Day()


class BoardVisitOutput(serializers.Serializer[Any]):
    """A visit of a site's day."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    course = serializers.UUIDField(source="course_id", allow_null=True)
    patient = serializers.UUIDField(source="patient_id", allow_null=True)
    patient_name = serializers.CharField(
        help_text="“Booked” for callers without VIEW_PATIENTS, “Restricted chart” for one"
    )
    kind = serializers.ChoiceField(
        choices=Session.Kind.choices, allow_blank=True, help_text="Empty for a restricted chart"
    )
    seq = serializers.IntegerField(allow_null=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=Session.Status.choices)
    room = serializers.UUIDField(source="room_id")
    starts_at = Moment()
    ends_at = Moment()
    staff = serializers.ListField(child=serializers.CharField())
    is_provisional = serializers.BooleanField()

    def get_url(self, visit: Any) -> str:
        """Where the visit is read."""
        return reverse("api:visit", args=[visit.id])


class DayOutput(serializers.Serializer[Any]):
    """A site's day with its visits, all at once."""

    site = serializers.UUIDField(source="site.id")
    day = serializers.DateField()
    timezone = serializers.CharField(source="site.timezone")
    opens = WallTime(allow_null=True)
    closes = WallTime(allow_null=True)
    closure = serializers.CharField(allow_null=True, help_text="Why it is closed all day")
    results = BoardVisitOutput(many=True, source="visits")


class SlotsQuery(Input):
    """Which of a visit's free times."""

    day = Day(required=False, help_text="This date alone, by the site's calendar")


class PlaceInput(Input):
    """A visit that a course calls for: the next one that is not booked, unless it is named."""

    kind = serializers.ChoiceField(choices=Session.Kind.choices, required=False)
    seq = serializers.IntegerField(
        required=False, min_value=1, help_text="Among its kind; for integration: after which dose"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both name it, or neither."""
        if ("kind" in attrs) != ("seq" in attrs):
            raise serializers.ValidationError({"seq": ["Give both kind and seq, or neither."]})
        return attrs


class PlaceQuery(PlaceInput, SlotsQuery):
    """Whose free times, and which of them."""


class BookingInput(PlaceInput):
    """One visit to book."""

    course = Id()
    starts_at = Moment()


class SlotOutput(serializers.Serializer[Any]):
    """A time to which a visit can move, with the room and people that it would get."""

    starts_at = Moment()
    ends_at = Moment()
    room = serializers.CharField(source="room_name")
    staff = serializers.ListField(child=serializers.CharField())
    is_best = serializers.BooleanField()


class GroupChoiceOutput(SlotOutput):
    """A group with a free place; it is taken with `group` in the consequences and the change."""

    group = serializers.UUIDField(source="group_id")
    free = serializers.IntegerField(help_text="Places that nobody has")
    places = serializers.IntegerField()


class SlotDayOutput(serializers.Serializer[Any]):
    """One day's free times."""

    day = serializers.DateField()
    slots = SlotOutput(many=True)
    groups = GroupChoiceOutput(many=True)


class SlotsOutput(serializers.Serializer[Any]):
    """All free times of a visit, day by day."""

    timezone = serializers.CharField()
    days = SlotDayOutput(many=True)


class FitQuery(Input):
    """A time to try."""

    starts_at = Moment()


class FitOutput(serializers.Serializer[Any]):
    """Whether a visit can start then, and if not, why."""

    starts_at = Moment()
    fits = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    may_be_overridden = serializers.BooleanField(
        help_text="Only the minimum gap is in the way, which a prescriber may override"
    )
    uncovered = serializers.ListField(
        child=serializers.CharField(), help_text="Why no payer covers it then; it fits all the same"
    )


class MoveInput(Input):
    """A new start, and why."""

    starts_at = Moment()
    reason = Text(max_length=LONGEST_REASON, allow_blank=True, default="")
    override_reason = Text(
        max_length=MOST,
        allow_blank=True,
        default="",
        help_text="A prescriber's decision to put a dose inside the minimum gap: why, in at least "
        f"{LEAST} characters. Kept where the gap stood in the way.",
    )


class CancelInput(Input):
    """Why a visit is cancelled, coded or in words."""

    reason = Text(
        max_length=LONGEST_REASON,
        required=False,
        help_text="Shown to who may see clinical words; others see the code",
    )
    code = serializers.ChoiceField(choices=CANCEL_CODES, required=False)
    cancelled_by = serializers.ChoiceField(choices=Session.Party.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two says why."""
        if not attrs.get("reason") and not attrs.get("code"):
            raise serializers.ValidationError({"reason": ["Say why: a code, or in words."]})
        return {"reason": "", **attrs}


class NothingInput(Input):
    """An empty object, or no body at all."""
