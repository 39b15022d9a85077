"""Shapes of what the API gives about scores over time."""

from typing import Any

from rest_framework import serializers

from courses.models import Dose


class PointOutput(serializers.Serializer[Any]):
    """One complete score."""

    on = serializers.DateField()
    taken_at = serializers.DateTimeField()
    total = serializers.FloatField()
    band = serializers.CharField(help_text="The band's words; empty where there is none")
    overlaps = serializers.BooleanField(
        help_text="The questions look back over the day of the score before"
    )
    percent_change = serializers.SerializerMethodField(
        help_text="Fall from baseline in percent, negative where it is worse"
    )

    def get_percent_change(self, point: Any) -> float | None:
        """To one decimal."""
        return None if point.percent_change is None else round(float(point.percent_change), 1)


class StripeOutput(serializers.Serializer[Any]):
    """A band of severity."""

    label = serializers.CharField()  # type: ignore[assignment]
    low = serializers.IntegerField(help_text="The lowest total in it")
    high = serializers.IntegerField(help_text="Where the next one begins")


class BaselineOutput(serializers.Serializer[Any]):
    """What later scores are compared with."""

    on = serializers.DateField()
    total = serializers.FloatField()


class CurveOutput(serializers.Serializer[Any]):
    """All scores of one instrument."""

    instrument = serializers.CharField(source="code")
    name = serializers.CharField()
    range = serializers.SerializerMethodField()
    recall_days = serializers.IntegerField(allow_null=True)
    bands = StripeOutput(source="stripes", many=True)
    remission_max = serializers.FloatField(allow_null=True)
    response_at = serializers.FloatField(
        allow_null=True, help_text="The total at which the fall from baseline is a response"
    )
    baseline = BaselineOutput(allow_null=True)
    points = PointOutput(many=True)

    def get_range(self, curve: Any) -> list[int]:
        """The lowest and the highest total."""
        return [curve.low, curve.high]


class DoseMark(serializers.Serializer[Any]):
    """A dose on the line of time."""

    on = serializers.DateField()
    seq = serializers.IntegerField(allow_null=True)
    source = serializers.ChoiceField(choices=Dose.Source.choices)  # type: ignore[assignment]
    counts = serializers.BooleanField(help_text="Whether it counts for the schedule")


class ChartOutput(serializers.Serializer[Any]):
    """What the chart of a course is drawn from."""

    curves = CurveOutput(many=True)
    doses = DoseMark(many=True)
