"""Shapes of what the API takes and gives about groups."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment, Text, Truth
from scheduling.cascade.serializers import BeforeAfterOutput, ForetoldOutput
from scheduling.forms import CANCEL_CODES
from scheduling.groups.forms import LONGEST_MINUTES, LONGEST_TURNOVER
from scheduling.groups.models import GroupVisit
from scheduling.groups.service import MOST_WEEKS
from scheduling.serializers import BoardVisitOutput
from sessions.models import Session

LONGEST_GROUP_ANSWER = 400_000


class GroupsQuery(Input):
    """Whose groups."""

    site = Id()
    since = Moment(required=False, help_text="From then on; now, unless given")


class GroupInput(Input):
    """A group, or one a week."""

    site = Id()
    kind = serializers.ChoiceField(choices=GroupVisit.Kind.choices)
    room = Id(help_text="A room for talks: of the kind consulting or group")
    therapist = Id(help_text="A member with the role of therapist at the site")
    starts_at = Moment()
    minutes = serializers.IntegerField(min_value=15, max_value=LONGEST_MINUTES)
    places = serializers.IntegerField(
        min_value=2, max_value=100, help_text="No more than the organisation’s most"
    )
    turnover_minutes = serializers.IntegerField(
        min_value=0, max_value=LONGEST_TURNOVER, default=0, help_text="Until the room is free"
    )
    weeks = serializers.IntegerField(
        min_value=1, max_value=MOST_WEEKS, default=1, help_text="In a row, on the same weekday"
    )


class GroupWishQuery(Input):
    """What is wanted: other terms, or `cancel`."""

    cancel = serializers.BooleanField(required=False)
    room = Id(required=False)
    therapist = Id(required=False)
    starts_at = Moment(required=False)
    minutes = serializers.IntegerField(required=False, min_value=15, max_value=LONGEST_MINUTES)
    places = serializers.IntegerField(required=False, min_value=2, max_value=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One or the other, and something."""
        if bool(attrs.get("cancel")) == (len(attrs) > bool("cancel" in attrs)):
            raise serializers.ValidationError({"cancel": ["Give cancel, or what is to change."]})
        return attrs


class GroupOutput(serializers.Serializer[Any]):
    """A group of several patients with one therapist in one room."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    site = serializers.UUIDField(source="site_id")
    kind = serializers.ChoiceField(choices=GroupVisit.Kind.choices)
    label = serializers.CharField(source="get_kind_display")  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=GroupVisit.Status.choices)
    room = serializers.UUIDField(source="room_id")
    therapist = serializers.UUIDField(source="therapist_id")
    starts_at = Moment()
    ends_at = Moment()
    turnover_minutes = serializers.IntegerField()
    places = serializers.IntegerField()
    taken = serializers.IntegerField(help_text="Places that are taken")
    series = serializers.UUIDField(allow_null=True, help_text="The same for a weekly series")
    version = serializers.IntegerField(help_text="Grows with every change")

    def get_url(self, group: Any) -> str:
        """Where the group is read."""
        return reverse("api:group", args=[group.pk])


class GroupDetailOutput(GroupOutput):
    """A group with the visits that have a place in it."""

    members = BoardVisitOutput(many=True)


class GroupLeftOutOutput(serializers.Serializer[Any]):
    """A date of a weekly series on which the group cannot be."""

    on = serializers.DateField()
    reasons = serializers.ListField(child=serializers.CharField())


class GroupsMadeOutput(serializers.Serializer[Any]):
    """The groups that were made, and the dates that were left out."""

    groups = GroupOutput(many=True)
    left_out = GroupLeftOutOutput(many=True)


class GroupMemberStoryOutput(serializers.Serializer[Any]):
    """What becomes of one member's course; of a restricted chart that is shut only the visit."""

    visit = serializers.UUIDField(source="visit.pk")
    outcome = serializers.SerializerMethodField(
        help_text="ALONG: keeps a place in the group; OWN: gets a time of their own; OPEN: the"
        " place in the course is left open"
    )
    visits = serializers.SerializerMethodField()
    amber = serializers.SerializerMethodField()
    letters = serializers.SerializerMethodField()

    def get_outcome(self, member: Any) -> str:
        """In a word."""
        return "ALONG" if member.comes_along else "OPEN" if member.is_left_open else "OWN"

    def _told(self, member: Any) -> bool:
        return member.visit.pk in self.context["told_ids"]

    def get_visits(self, member: Any) -> list[dict[str, Any]]:
        """Every visit of the course before and after."""
        lines = member.way.lines if self._told(member) else []
        return list(BeforeAfterOutput(lines, many=True, context=self.context).data)

    def get_amber(self, member: Any) -> list[str]:
        """The usual maxima that are left."""
        return list(member.way.amber) if self._told(member) else []

    def get_letters(self, member: Any) -> list[dict[str, Any]]:
        """What the patient would get."""
        letters = member.way.letters if self._told(member) else []
        return list(ForetoldOutput(letters, many=True, context=self.context).data)


class GroupConsequencesOutput(serializers.Serializer[Any]):
    """What a changed group does to every member."""

    members = GroupMemberStoryOutput(many=True)
    answer = serializers.CharField(help_text="To be sent with the change; good for an hour")


class GroupChangeInput(Input):
    """What was shown and is accepted."""

    answer = Text(max_length=LONGEST_GROUP_ANSWER)
    amber = Truth(default=False, help_text="That leaving a usual maximum is meant")
    code = serializers.ChoiceField(choices=CANCEL_CODES, default=Session.CancelCode.OTHER)
