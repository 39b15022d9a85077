"""Shapes of what the API takes and gives about repairs."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Day, Input, Moment
from scheduling.cascade.serializers import VisitSpotOutput
from scheduling.models import Repair, RepairWay
from scheduling.repairs.hits import Cause
from sessions.models import Session

KINDS = Session.Kind.choices
UNTOLD = "Empty for restricted charts, and for who may not see patients"
CAUSES = [(cause.value, cause.value) for cause in Cause]


class HitVisitOutput(serializers.Serializer[Any]):
    """A visit that cannot take place as booked."""

    visit = serializers.UUIDField(source="whose.visit_id")
    course = serializers.UUIDField(source="whose.course_id", allow_null=True)
    kind = serializers.ChoiceField(
        choices=KINDS, allow_blank=True, source="whose.kind", help_text=UNTOLD
    )
    patient = serializers.CharField(source="whose.patient")
    starts_at = Moment()
    ends_at = Moment()
    why = serializers.CharField(source="words")


class RepairInput(Input):
    """The days that are to be mended, at most four weeks."""

    first_on = Day(help_text="The first date")
    last_on = Day(help_text="The last date")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The last is not before the first."""
        if attrs["last_on"] < attrs["first_on"]:
            raise serializers.ValidationError({"last_on": ["It is before the first date."]})
        return attrs


class RepairOutput(serializers.ModelSerializer[Repair]):
    """A repair as it was asked for."""

    url = serializers.SerializerMethodField()
    site = serializers.UUIDField(source="site_id")
    requested_at = Moment()

    class Meta:
        model = Repair
        fields = ["id", "url", "site", "first_on", "last_on", "status", "progress", "requested_at"]

    def get_url(self, repair: Repair) -> str:
        """Where it is read."""
        return reverse("api:repair", args=[repair.pk])


class RepairVisitOutput(serializers.Serializer[Any]):
    """A visit before and after; without `after` it has no place yet."""

    visit = serializers.UUIDField(source="whose.visit_id")
    course = serializers.UUIDField(source="whose.course_id", allow_null=True)
    patient = serializers.CharField(source="whose.patient")
    kind = serializers.ChoiceField(
        choices=KINDS, allow_blank=True, source="whose.kind", help_text=UNTOLD
    )
    part = serializers.IntegerField(help_text="Visits of one part are accepted together")
    causes = serializers.ListField(
        child=serializers.ChoiceField(choices=CAUSES),
        source="row.causes",
        help_text="Why it cannot stay; empty where it gives way to others",
    )
    before = VisitSpotOutput()
    after = VisitSpotOutput(allow_null=True)
    why = serializers.CharField()
    is_accepted = serializers.BooleanField()


class LongerShiftOutput(serializers.Serializer[Any]):
    """Somebody who works longer."""

    name = serializers.CharField()
    on = serializers.DateField()
    before = serializers.IntegerField(help_text="Minutes before the shift")
    after = serializers.IntegerField(help_text="Minutes after the shift")


class RepairWayOutput(serializers.Serializer[Any]):
    """One way to mend it."""

    id = serializers.UUIDField(source="way.pk")
    how = serializers.ChoiceField(choices=RepairWay.How.choices, source="way.how")
    moved = serializers.IntegerField(help_text="Visits with a new time")
    swapped = serializers.IntegerField(help_text="Visits with other people or another room alone")
    least = serializers.IntegerField(
        source="way.least", help_text="Fewer can neither be moved nor left without a place"
    )
    is_proven = serializers.BooleanField(help_text="Whether it moves as few as that")
    longer = LongerShiftOutput(many=True)
    visits = RepairVisitOutput(many=True, source="lines")
    lost = RepairVisitOutput(many=True, help_text="Visits for which no place was found")


class RepairStoryOutput(serializers.Serializer[Any]):
    """A repair with its ways, the one with the fewest moves first."""

    repair = RepairOutput()
    timezone = serializers.CharField(source="zone.key")
    ways = RepairWayOutput(many=True)


class RepairAcceptInput(Input):
    """Which way, and which of its parts."""

    way = serializers.UUIDField()
    parts = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        allow_empty=False,
        max_length=500,
        help_text="Without it, all that are left",
    )


class RepairCarriedOutput(serializers.Serializer[Any]):
    """What became of it."""

    changed = serializers.ListField(child=serializers.UUIDField())
    to_call = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Patients whom no e-mail tells, as far as the caller may know them",
    )
    to_call_visits = serializers.ListField(
        child=serializers.UUIDField(), help_text="Their visits, and those of restricted charts"
    )
    repair = RepairStoryOutput()
