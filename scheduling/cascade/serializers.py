"""Shapes of what the API takes and gives about changing one visit with what follows."""

from typing import Any

from rest_framework import serializers

from clinic.api.fields import Day, Id, Input, Moment, Text, Truth
from clinic.reasons import LEAST, MOST
from scheduling.cascade.ties import Grade
from scheduling.cascade.ways import How
from scheduling.forms import CANCEL_CODES
from scheduling.serializers import LONGEST_REASON, VisitOutput
from sessions.models import Session

GRADES = [(grade.name, grade.name) for grade in (Grade.KEPT, Grade.AMBER, Grade.CLINICIAN)]
LONGEST_ANSWER = 20_000


class ConsequencesQuery(Input):
    """What is wanted of the visit: exactly one of `to`, `group`, `cancel` and `missed`."""

    to = Moment(required=False, help_text="The visit at another time")
    group = Id(required=False, help_text="The visit at a place in this group")
    cancel = serializers.BooleanField(
        required=False, help_text="The visit cancelled, its place planned anew"
    )
    missed = serializers.BooleanField(
        required=False, help_text="The patient did not come; its place planned anew"
    )
    not_before = Day(required=False, help_text="Planned anew on this date or later")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One wish at a time."""
        if sum(bool(attrs.get(name)) for name in ("to", "group", "cancel", "missed")) != 1:
            raise serializers.ValidationError({"to": ["Give one of to, group, cancel and missed."]})
        return attrs


class VisitSpotOutput(serializers.Serializer[Any]):
    """When, where and with whom."""

    starts_at = Moment()
    ends_at = Moment()
    room = serializers.CharField(source="room_name")
    staff = serializers.ListField(child=serializers.CharField())
    in_group = serializers.BooleanField(help_text="Whether it is a place in a group")


class BeforeAfterOutput(serializers.Serializer[Any]):
    """A visit before and after; without `after` it does not take place."""

    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    before = VisitSpotOutput(allow_null=True)
    after = VisitSpotOutput(allow_null=True)
    is_changed = serializers.BooleanField()


class ForetoldOutput(serializers.Serializer[Any]):
    """An e-mail that the patient would get."""

    title = serializers.CharField()
    starts = serializers.ListField(child=Moment(), help_text="The visits that it is about")
    at = Moment(allow_null=True, help_text="null: at once")


class ChangeWayOutput(serializers.Serializer[Any]):
    """One way to meet the wish."""

    how = serializers.ChoiceField(
        choices=[(how.value, how.value) for how in How],
        help_text="COURSE: planned with the rest of the course; OPEN: its place is left open",
    )
    grade = serializers.ChoiceField(
        choices=GRADES,
        source="grade.name",
        help_text="KEPT: by the rules; AMBER: past a usual maximum; CLINICIAN: past a hard one,"
        " or late enough for a decision",
    )
    title = serializers.CharField()
    visits = BeforeAfterOutput(many=True, source="lines")
    amber = serializers.ListField(child=serializers.CharField())
    beyond = serializers.ListField(child=serializers.CharField())
    lapses = serializers.ListField(
        child=serializers.CharField(),
        help_text="What the time without a dose asks for then: doses are held for a decision",
    )
    letters = ForetoldOutput(many=True)
    uncovered = serializers.ListField(
        child=serializers.CharField(), help_text="Doses that no payer covers"
    )
    ends_on = serializers.DateField(allow_null=True, help_text="The course's last day then")
    answer = serializers.CharField(help_text="To be sent with the change; good for an hour")


class ConsequencesOutput(serializers.Serializer[Any]):
    """Every way to meet the wish, the best first; without one, why."""

    label = serializers.CharField()  # type: ignore[assignment]
    timezone = serializers.CharField(source="zone.key")
    ways = ChangeWayOutput(many=True)
    refusals = serializers.ListField(child=serializers.CharField())


class ChangeInput(Input):
    """The way that is accepted, and what is said to it."""

    answer = Text(max_length=LONGEST_ANSWER)
    amber = Truth(default=False, help_text="That leaving a usual maximum is meant")
    decision = Text(
        max_length=MOST,
        allow_blank=True,
        default="",
        help_text=f"A clinician's, past a hard maximum: why, in at least {LEAST} characters",
    )
    code = serializers.ChoiceField(choices=CANCEL_CODES, default=Session.CancelCode.OTHER)
    cancelled_by = serializers.ChoiceField(
        choices=Session.Party.choices, default=Session.Party.CLINIC
    )
    reason = Text(max_length=LONGEST_REASON, allow_blank=True, default="")


class VisitChangeOutput(serializers.Serializer[Any]):
    """What became of the visit, and every visit that has a new place."""

    visit = VisitOutput()
    changed = VisitOutput(many=True)
