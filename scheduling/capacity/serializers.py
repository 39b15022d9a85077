"""Shapes of what the API takes and gives about a site's capacity."""

from typing import Any

from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment
from scheduling.capacity.starting import Limit

STATES = [
    ("NONE", "Nobody has asked yet"),
    ("QUEUED", "Waiting for a planner"),
    ("RUNNING", "Counting"),
    ("READY", "Counted"),
    ("CANCELLED", "Cancelled"),
    ("FAILED", "Counting failed"),
]
LIMITS = [(limit.value, limit.value) for limit in Limit]


class CapacityQuery(Input):
    """Which protocol's capacity."""

    protocol_version = Id(help_text="From the list of protocols")


class CountByLimit(serializers.Serializer[Any]):
    """How many could start without one kind of limit."""

    limit = serializers.ChoiceField(choices=LIMITS)
    count = serializers.IntegerField(min_value=0)


class StartWeekOutput(serializers.Serializer[Any]):
    """How many courses could have their first dose in that week, as if in no other."""

    monday = serializers.DateField()
    count = serializers.IntegerField(min_value=0)
    is_capped = serializers.BooleanField(help_text="Counting stopped here: so many or more")
    bottleneck = serializers.CharField(help_text="What holds courses back, in words")
    sentence = serializers.CharField(help_text="What that means")
    without = CountByLimit(
        many=True,
        help_text="How many were one kind of limit gone; more than `count` where it holds back",
    )
    with_nurse = serializers.IntegerField(
        allow_null=True, help_text="How many with one nurse more, who works as the busiest one"
    )
    with_chair = serializers.IntegerField(
        allow_null=True, help_text="How many with one chair more for these treatments"
    )


class CapacityOutput(serializers.Serializer[Any]):
    """How far the counting is, and the weeks as they were counted last."""

    status = serializers.ChoiceField(choices=STATES)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    computed_at = Moment(allow_null=True, help_text="When the weeks were counted")
    weeks = StartWeekOutput(many=True)


class ShareOutput(serializers.Serializer[Any]):
    """Time that is used of time that there is; of nurses, times their load and capacity."""

    used_hours = serializers.FloatField()
    available_hours = serializers.FloatField()
    percent = serializers.IntegerField(allow_null=True)


class WeekFillOutput(serializers.Serializer[Any]):
    """How full one week was, or is booked."""

    monday = serializers.DateField()
    is_past = serializers.BooleanField(
        help_text="Counts visits that took place; else what is booked"
    )
    chairs = ShareOutput()
    nurses = ShareOutput()
    missed = serializers.IntegerField(help_text="Visits to which the patient did not come")
    unrecorded = serializers.IntegerField(
        help_text="Visits of a past week of which nothing was noted; not counted as used"
    )
