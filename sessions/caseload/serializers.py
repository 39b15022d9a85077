"""Shapes of what the API takes and gives about the caseload."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment, Number, Text
from courses.models import Course
from sessions.caseload.rules import ORDER
from sessions.caseload.selectors import STATES
from sessions.models import Session


class CaseloadInput(Input):
    """Whose courses, and which of them."""

    site = Id(required=False, help_text="All of this site; without it one's own patients")
    state = serializers.ChoiceField(
        choices=[state for state in STATES if state],
        required=False,
        help_text="Without it: under way, and ended ones that still need somebody",
    )
    flag = serializers.ChoiceField(
        choices=["ANY", *ORDER],
        required=False,
        help_text="`ALERT` stands for safety alerts of every level, `INTEGRATION` for integration "
        "that is overdue at every level, `ANY` for whatever flag",
    )
    protocol = Text(max_length=20, required=False, help_text="The protocol's code")
    text = Text(max_length=120, required=False, help_text="Part of the patient's name")
    page = Number(min_value=1, max_value=10_000, default=1)


class FlagOutput(serializers.Serializer[Any]):
    """One thing that somebody has to look at."""

    code = serializers.ChoiceField(choices=ORDER)
    text = serializers.CharField(source="label")


class LastScoreOutput(serializers.Serializer[Any]):
    """The latest complete score of the instrument by which the course is judged."""

    instrument = serializers.CharField()
    total = serializers.FloatField()
    band = serializers.CharField()
    on = serializers.DateField()
    percent_change = serializers.SerializerMethodField(
        help_text="Fall from baseline in percent, negative where it is worse"
    )

    def get_percent_change(self, score: Any) -> float | None:
        """To one decimal."""
        return None if score.percent_change is None else round(float(score.percent_change), 1)


class NextVisitOutput(serializers.Serializer[Any]):
    """The visit that comes next."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=Session.Kind.choices)
    starts_at = Moment()
    is_provisional = serializers.BooleanField()


class LineOutput(serializers.Serializer[Any]):
    """A course as one line of the caseload."""

    course = serializers.UUIDField(source="course_id")
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    name = serializers.CharField(source="patient_name")
    protocol = serializers.CharField(source="protocol_code")
    status = serializers.ChoiceField(choices=Course.Status.choices)
    phase = serializers.CharField()
    doses_given = serializers.IntegerField()
    doses_planned = serializers.IntegerField()
    week = serializers.IntegerField(allow_null=True, help_text="Of treatment, from 1")
    last_score = LastScoreOutput(source="last", allow_null=True)
    trend = serializers.ListField(
        child=serializers.FloatField(), help_text="The latest totals, the baseline first"
    )
    response = serializers.CharField(help_text="As `/courses/{id}/response`, or REMISSION")
    next_visit = NextVisitOutput(allow_null=True)
    flags = FlagOutput(many=True, help_text="The most urgent first")

    def get_url(self, line: Any) -> str:
        """Where the course is read."""
        return reverse("api:course", args=[line.course_id])


class CaseloadOutput(serializers.Serializer[Any]):
    """One page of the caseload, who needs somebody most first."""

    count = serializers.IntegerField(source="total")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = LineOutput(source="lines", many=True)
