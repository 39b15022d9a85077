"""Shapes of what the API takes and gives about charts of one person."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Day, Email, Id, Input, Moment, Text
from clinic.identity.rules import Likeness
from clinic.identity.selectors import Match, OtherChart
from clinic.models import ChartLink, Patient
from clinic.reasons import LEAST, MOST
from clinic.serializers import PatientBrief, PatientOutput

LIKENESSES = [(one.value, one.value) for one in Likeness]


class IdentityInput(Input):
    """Who somebody is, before they are registered."""

    given_name = Text(max_length=80)
    family_name = Text(max_length=80)
    birth_date = Day()
    email = Email(max_length=254, allow_blank=True, default="")
    phone = Text(max_length=40, allow_blank=True, default="")


class ReasonInput(Input):
    """Why, in some words."""

    reason = Text(min_length=LEAST, max_length=MOST, help_text="Kept, with who said it and when")


class ApartInput(Input):
    """A chart that is of another person."""

    other = Id(help_text="The patient of whom the chart is")


class MatchOutput(PatientBrief):
    """A patient who is likely to be the same person, and what makes it likely."""

    likenesses = serializers.ListField(child=serializers.ChoiceField(choices=LIKENESSES))

    def to_representation(self, instance: Match) -> dict[str, Any]:
        """The chart and its likenesses in one."""
        instance.patient.likenesses = instance.likenesses  # type: ignore[attr-defined]
        return dict(super().to_representation(instance.patient))


class PatientMade(PatientOutput):
    """A patient who was registered, and who may be the same person."""

    possible_duplicates = serializers.SerializerMethodField()

    @extend_schema_field(MatchOutput(many=True))
    def get_possible_duplicates(self, patient: Patient) -> Any:
        """Charts that may be of the same person."""
        return MatchOutput(self.context["matches"], many=True).data


class PairOutput(serializers.Serializer[Any]):
    """Two charts that may be of one person; the one that was made first comes first."""

    first = PatientBrief()
    second = PatientBrief()
    likenesses = serializers.ListField(child=serializers.ChoiceField(choices=LIKENESSES))


class PairPageOutput(serializers.Serializer[Any]):
    """Suspected pairs of a stretch of charts."""

    pairs: Any = PairOutput(many=True)
    after = serializers.UUIDField(
        allow_null=True, help_text="Ask with this for older charts; null at the end"
    )


class OtherChartOutput(serializers.Serializer[Any]):
    """Another chart of the same person; of one that is not open to the caller only that it is."""

    patient = serializers.SerializerMethodField()
    stands = serializers.BooleanField(help_text="New courses are begun there")

    def get_patient(self, other: OtherChart) -> Any:
        """The chart, where it is open to the caller."""
        return PatientBrief(other.chart).data if other.is_seen else None


class LinkOutput(serializers.Serializer[Any]):
    """That another chart of the same person stands in a chart's place."""

    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="chart_id")
    principal = serializers.UUIDField(source="principal_id", help_text="The chart that stands")
    reason = serializers.CharField()
    linked_at = Moment()
    linked_by = serializers.UUIDField(source="linked_by_id")
    unlinked_at = Moment(allow_null=True)

    def get_url(self, link: ChartLink) -> str:
        """Where the charts of the person are read."""
        return reverse("api:other_charts", args=[link.chart_id])
