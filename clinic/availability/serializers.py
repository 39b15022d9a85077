"""Shapes of what the API takes and gives about hours, rooms and rosters."""

from datetime import date
from typing import Any

from rest_framework import serializers

from clinic.api.fields import Day, Input, Moment, Number, Text, Truth, WallTime
from clinic.availability.rules import Clock, Span
from clinic.models import Credential, Leave, Role

MOST_SPANS = 70
REASON = 120
HOURS_HELP = "Stretches of the day by the site's clock; they do not overlap."


class SpanInput(Input):
    """A stretch of one weekday, by the site's clock."""

    weekday = Number(min_value=0, max_value=6, help_text="0 is Monday")
    starts = WallTime()
    ends = WallTime()


class WeekInput(Input):
    """All the stretches of a week from now on."""

    week = SpanInput(many=True, max_length=MOST_SPANS)  # type: ignore[call-arg]  # of the list

    @staticmethod
    def spans(said: dict[str, Any]) -> list[Span]:
        """The stretches as the services take them."""
        return [Span(one["weekday"], one["starts"], one["ends"]) for one in said["week"]]


class SpanOutput(serializers.Serializer[Any]):
    """A stretch of one weekday, by the site's clock."""

    weekday = serializers.IntegerField(help_text="0 is Monday")
    starts = WallTime()
    ends = WallTime()


class ClockInput(Input):
    """A stretch of a day, by the site's clock."""

    starts = WallTime()
    ends = WallTime()


def clocks(said: dict[str, Any]) -> list[Clock]:
    """The stretches of a day as the services take them."""
    return [(one["starts"], one["ends"]) for one in said["hours"]]


class ClockOutput(serializers.Serializer[Any]):
    """A stretch of a day, by the site's clock."""

    starts = WallTime(source="0")
    ends = WallTime(source="1")

    def to_representation(self, instance: Clock) -> dict[str, str]:
        """Both ends."""
        return {"starts": f"{instance[0]:%H:%M}", "ends": f"{instance[1]:%H:%M}"}


class DayHoursInput(Input):
    """The hours of one date, which replace those of its weekday."""

    on = Day()
    hours = ClockInput(  # type: ignore[call-arg]  # of the list
        many=True, max_length=MOST_SPANS, help_text=HOURS_HELP
    )
    reason = Text(max_length=REASON, required=False, default="", allow_blank=True)


class ShiftChangeInput(DayHoursInput):
    """The shifts of one date, which replace those of its weekday."""

    hours = ClockInput(  # type: ignore[call-arg]  # of the list
        many=True, max_length=MOST_SPANS, help_text=f"{HOURS_HELP} Empty: does not work then."
    )


class DayHoursOutput(serializers.Serializer[Any]):
    """The hours of one date, which replace those of its weekday."""

    id = serializers.UUIDField(help_text="To take them back by")
    on = serializers.DateField()
    hours = ClockOutput(many=True)
    reason = serializers.CharField()


class ClosureInput(Input):
    """A date on which the site is closed all day."""

    on = Day()
    reason = Text(max_length=REASON)


class ClosureOutput(serializers.Serializer[Any]):
    """A date on which the site is closed all day."""

    id = serializers.UUIDField()
    on = serializers.DateField()
    reason = serializers.CharField()


class HolidayOutput(serializers.Serializer[Any]):
    """A public holiday on which the site is not closed yet."""

    on = serializers.DateField()
    name = serializers.CharField()


class HolidaysInput(Input):
    """The public holidays on which the site is closed."""

    days = serializers.ListField(child=Day(), min_length=1, max_length=MOST_SPANS)


class RoomInput(Input):
    """A room, and what can be done in it."""

    name = Text(max_length=60)
    kinds = serializers.ListField(
        child=serializers.SlugField(max_length=30),
        min_length=1,
        max_length=20,
        help_text="In the words of protocols",
    )
    is_active = Truth(default=True, help_text="Whether it can be booked")


class PeriodInput(Input):
    """From an instant to a later one."""

    starts_at = Moment()
    ends_at = Moment()


class BlockInput(PeriodInput):
    """When a room is out of use."""

    reason = Text(max_length=REASON)


class _PeriodOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    starts_at = Moment(source="during.lower")
    ends_at = Moment(source="during.upper")


class RoomBlockOutput(_PeriodOutput):
    """When a room is out of use."""

    reason = serializers.CharField()


class LeaveInput(PeriodInput):
    """When somebody is away."""

    kind = serializers.ChoiceField(choices=Leave.Kind.choices)
    reason = Text(max_length=REASON, required=False, default="", allow_blank=True)


class LeaveOutput(_PeriodOutput):
    """When somebody is away."""

    kind = serializers.ChoiceField(choices=Leave.Kind.choices)
    reason = serializers.CharField()


class CredentialInput(Input):
    """A licence or certificate; the one of that kind is renewed."""

    kind = serializers.ChoiceField(choices=Credential.Kind.choices)
    number = Text(max_length=60, required=False, default="", allow_blank=True)
    expires_on = Day(help_text="The first day on which it is not good any more")


class CredentialOutput(serializers.Serializer[Any]):
    """A licence or certificate."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Credential.Kind.choices)
    number = serializers.CharField()
    expires_on = serializers.DateField()


class RosterQuery(Input):
    """Which days of the roster."""

    first = Day(required=False, help_text="Today where it is left out")
    days = serializers.IntegerField(min_value=1, max_value=31, default=7)


class RosterCellOutput(serializers.Serializer[Any]):
    """One person's date."""

    on = serializers.DateField()
    is_present = serializers.BooleanField(
        help_text="Not where the site is closed, the person away, or a credential expired"
    )
    hours = ClockOutput(many=True)


class RosterLineOutput(serializers.Serializer[Any]):
    """One person of the roster."""

    id = serializers.UUIDField(source="member.pk")
    name = serializers.CharField(source="member.name")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    ends_on = serializers.DateField(
        allow_null=True, help_text="From this day on a credential that a role needs has expired"
    )
    days = RosterCellOutput(many=True, source="cells")


def days_of(first: date, count: int) -> list[date]:
    """So many dates from the first on."""
    return [date.fromordinal(first.toordinal() + number) for number in range(count)]
