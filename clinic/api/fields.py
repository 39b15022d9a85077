"""What may be sent: exactly the JSON types that the schema names, and no unknown members."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)


class Input(serializers.Serializer[Any]):
    """A JSON object whose members are all known."""

    def to_internal_value(self, data: Any) -> Any:
        """The clean values; an unknown member is an error, never ignored."""
        faults: dict[str, Any] = {}
        clean = None
        try:
            clean = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            faults = dict(exc.detail)  # type: ignore[arg-type]
        if isinstance(data, Mapping):
            faults |= {name: ["Not known here."] for name in sorted(set(data) - set(self.fields))}
        if faults:
            raise serializers.ValidationError(faults)
        return clean


class Text(serializers.CharField):
    """A string, never a number in its place."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The text without outer blanks."""
        if not isinstance(data, str) and data is not None and data is not serializers.empty:
            self.fail("invalid")
        return super().run_validation(data)


class Email(Text, serializers.EmailField):
    """An e-mail address."""


class Truth(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        """The value, when it is one of the two."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(data)


class Number(serializers.IntegerField):
    """An integer."""

    def to_internal_value(self, data: Any) -> int:
        """The value, when it is a whole number."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(serializers.UUIDField):
    """A row's identifier."""

    def to_internal_value(self, data: Any) -> Any:
        """The identifier, when it is written as one."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """A calendar date within living memory and planning."""

    default_error_messages = {"range": "Must lie between {earliest} and {latest}."}

    def to_internal_value(self, value: Any) -> date:
        """The date."""
        day = super().to_internal_value(value)
        if not EARLIEST <= day < LATEST:
            self.fail("range", earliest=EARLIEST, latest=LATEST)
        return day


@extend_schema_field({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})
class WallTime(serializers.TimeField):
    """Hours and minutes of a site's clock."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)


class Moment(serializers.DateTimeField):
    """An instant: sent with its offset, shown by the wall clock of `context["zone"]`."""

    default_error_messages = {
        "naive": "Say which instant: end with Z or an offset such as -05:00.",
        "range": "Must lie between {earliest} and {latest}.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        """The instant in UTC; without an offset it could be any of many, so that is refused."""
        if timezone.is_naive(value):
            self.fail("naive")
        if not EARLIEST <= value.date() < LATEST:
            self.fail("range", earliest=EARLIEST, latest=LATEST)
        return value.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        """ISO 8601 with the offset of the place."""
        return value.astimezone(self.context.get("zone", UTC)).isoformat()
