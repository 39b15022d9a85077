"""Shapes of the book: a site's day by room and by person, and its week."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Moment, WallTime
from clinic.models import Role
from scheduling.serializers import BoardVisitOutput


class BookVisitOutput(BoardVisitOutput):
    """A visit of the book, with who serves by id."""

    staff_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="Members, in the order of `staff`"
    )


class _PairOutput(serializers.Serializer[Any]):
    """Two ends of something."""

    ends: tuple[str, str]

    def to_representation(self, instance: Any) -> Any:
        """The pair by the names of its ends."""
        return super().to_representation(dict(zip(self.ends, instance, strict=True)))


class HoursOutput(_PairOutput):
    """A stretch of a date, by the site's wall clock."""

    ends = ("opens", "closes")
    opens = WallTime()
    closes = WallTime()


class StretchOutput(_PairOutput):
    """From one moment to another."""

    ends = ("starts_at", "ends_at")
    starts_at = Moment()
    ends_at = Moment()


class OpenDayOutput(serializers.Serializer[Any]):
    """When a site is open on a date."""

    day = serializers.DateField(source="on")
    hours = HoursOutput(many=True)
    closure = serializers.CharField(allow_null=True, help_text="Why it is closed all day")
    note = serializers.CharField(
        allow_blank=True, help_text="Why the hours are not those of the weekday"
    )


class BookRoomOutput(serializers.Serializer[Any]):
    """A column of the day by room."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())


class BlockOutput(serializers.Serializer[Any]):
    """When a room is out of use."""

    room = serializers.UUIDField(source="room_id")
    starts_at = Moment()
    ends_at = Moment()
    reason = serializers.CharField(allow_blank=True)


class LoadStepOutput(serializers.Serializer[Any]):
    """A stretch of even load."""

    starts_at = Moment()
    ends_at = Moment()
    load = serializers.IntegerField()


class BookPersonOutput(serializers.Serializer[Any]):
    """A column of the day by person."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    capacity = serializers.IntegerField(help_text="Load that the person carries at one instant")
    peak = serializers.IntegerField(help_text="The greatest load of the day")
    away = serializers.CharField(allow_blank=True, help_text="Why they are not there, in a word")
    present = StretchOutput(many=True)
    load = LoadStepOutput(many=True, source="steps")


class BookHoldOutput(serializers.Serializer[Any]):
    """A time that somebody holds for a proposal; whose it would be is not told."""

    room = serializers.UUIDField(source="room_id")
    starts_at = Moment()
    ends_at = Moment()
    staff_ids = serializers.ListField(child=serializers.UUIDField())
    held_by = serializers.CharField(source="by")
    held_until = Moment(source="until")


class _WithHolds(serializers.Serializer[Any]):
    holds = serializers.SerializerMethodField()

    @extend_schema_field(BookHoldOutput(many=True))
    def get_holds(self, board: Any) -> Any:
        """What is held for proposals, in order of time."""
        return BookHoldOutput(self.context["holds"], many=True, context=self.context).data


class BookDayOutput(_WithHolds):
    """A site's day: its columns by room and by person, and the visits that stand in them."""

    site = serializers.UUIDField(source="site.id")
    timezone = serializers.CharField(source="site.timezone")
    open = OpenDayOutput()
    rooms = BookRoomOutput(many=True)
    blocks = BlockOutput(many=True)
    people = BookPersonOutput(many=True)
    visits = BookVisitOutput(many=True)


class BookWeekDayOutput(serializers.Serializer[Any]):
    """One date of a week."""

    open = OpenDayOutput()
    chairs_percent = serializers.IntegerField(
        source="chairs",
        allow_null=True,
        help_text="Taken time of chairs for treatment, of their open hours; null without any",
    )
    nurses_percent = serializers.IntegerField(
        source="nurses",
        allow_null=True,
        help_text="Load that nurses carry, of what those present could; null without any",
    )
    visits = BookVisitOutput(many=True)


class BookWeekOutput(_WithHolds):
    """A site's week, from Monday on."""

    site = serializers.UUIDField(source="site.id")
    timezone = serializers.CharField(source="site.timezone")
    days = BookWeekDayOutput(many=True)
