"""Shapes of what the API takes and gives about thresholds."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Input, Moment, Text
from courses.models import ThresholdVersion
from courses.thresholds.catalogue import catalogue
from courses.thresholds.lines import lines
from courses.thresholds.selectors import contents_of


class ThresholdOutput(serializers.Serializer[Any]):
    """One clinical number, and who stands for it."""

    key = serializers.CharField(source="key.name")
    group = serializers.CharField(source="key.group")
    label = serializers.CharField(  # type: ignore[assignment]  # the threshold's
        source="key.label"
    )
    unit = serializers.CharField(source="key.unit")
    value = serializers.DecimalField(max_digits=8, decimal_places=2, coerce_to_string=False)
    default = serializers.DecimalField(
        source="key.default", max_digits=8, decimal_places=2, coerce_to_string=False
    )
    lowest = serializers.DecimalField(
        source="key.lowest", max_digits=8, decimal_places=2, coerce_to_string=False
    )
    highest = serializers.DecimalField(
        source="key.highest", max_digits=8, decimal_places=2, coerce_to_string=False
    )
    authority = serializers.CharField(
        source="key.authority",
        help_text="`dd`: a default that nobody stands for but who signs it; `gk`: general "
        "knowledge; else the document or page that it comes from",
    )
    is_signed = serializers.BooleanField(help_text="By a medical director of the organisation")
    place = serializers.CharField(source="key.place", help_text="Part of the clinical reference")
    note = serializers.CharField(source="key.note")


class ThresholdVersionRow(serializers.Serializer[Any]):
    """One version of all thresholds, without its numbers."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    number = serializers.IntegerField()
    note = serializers.CharField()
    drafted_by = serializers.UUIDField(source="drafted_by_id")
    drafted_at = Moment()
    signed_by = serializers.UUIDField(source="signed_by_id", allow_null=True)
    signed_at = Moment(allow_null=True)
    effective_from = Moment(allow_null=True)

    def get_url(self, version: ThresholdVersion) -> str:
        """Where the version is read."""
        return reverse("api:threshold_version", args=[version.pk])


class ThresholdVersionOutput(ThresholdVersionRow):
    """One version of all thresholds."""

    thresholds = serializers.SerializerMethodField()

    @extend_schema_field(ThresholdOutput(many=True))
    def get_thresholds(self, version: ThresholdVersion) -> Any:
        """Every number."""
        return ThresholdOutput(lines(contents_of(version), version=version), many=True).data


class ThresholdsInForce(serializers.Serializer[Any]):
    """The numbers that hold now; `number` 0 are defaults that nobody has signed."""

    number = serializers.IntegerField()
    version = ThresholdVersionRow(allow_null=True)
    thresholds = ThresholdOutput(many=True)


_VALUES = {
    "type": "object",
    "required": list(catalogue()),
    "additionalProperties": False,
    "properties": {
        name: {
            "type": "integer" if key.is_whole else "number",
            "minimum": float(key.lowest),
            "maximum": float(key.highest),
            "description": f"{key.label} ({key.unit})",
        }
        for name, key in catalogue().items()
    },
}


@extend_schema_field(_VALUES)
class Values(serializers.DictField):
    """A number for each key."""


class ThresholdDraftInput(Input):
    """The next version: all values, and why."""

    values = Values(allow_empty=False)
    note = Text(max_length=240, required=False, default="", allow_blank=True)


class ThresholdSignInput(Input):
    """What is signed: the draft as of when it was read."""

    seen = Moment(help_text="`drafted_at` of the draft as it was read")
