"""Shapes of what the API takes and gives about response, reviews and maintenance."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment, Number, Text, Truth
from courses.models import BoosterWindow, MaintenanceStep, Review
from courses.response.rules import Relapse, Status, Trend
from courses.response.words import cautions, judged_by, sentence

_TOTAL: dict[str, Any] = {"max_digits": 6, "decimal_places": 2, "coerce_to_string": False}


class ReadingOutput(serializers.Serializer[Any]):
    """One complete score."""

    on = serializers.DateField()
    total = serializers.DecimalField(**_TOTAL)


class FrozenBaselineOutput(ReadingOutput):
    """What later scores are compared with."""

    is_frozen = serializers.BooleanField(help_text="Since the first dose; it never changes")
    is_rated = serializers.BooleanField(help_text="By a clinician, in place of a missing score")
    reason = serializers.CharField()


class StandingOutput(serializers.Serializer[Any]):
    """How a course does against its baseline."""

    instrument = serializers.CharField()
    status = serializers.ChoiceField(choices=[(one.value, one.value) for one in Status])
    baseline = FrozenBaselineOutput(allow_null=True)
    latest = ReadingOutput(allow_null=True)
    best = ReadingOutput(allow_null=True, help_text="Since induction ended")
    percent_change = serializers.DecimalField(
        source="shown_change",
        max_digits=8,
        decimal_places=1,
        coerce_to_string=False,
        allow_null=True,
        help_text="The fall from baseline; negative where it rose; null at a baseline of 0",
    )
    absolute_change = serializers.DecimalField(**_TOTAL, allow_null=True)
    is_remission = serializers.BooleanField()
    is_low_baseline = serializers.BooleanField()
    is_worse_by_mcid = serializers.BooleanField()
    relapse = serializers.ListField(
        child=serializers.ChoiceField(choices=[(one.value, one.value) for one in Relapse])
    )
    trend = serializers.ChoiceField(choices=[(one.value, one.value) for one in Trend])
    overlaps = serializers.BooleanField(help_text="The last two scores ask about the same days")
    thresholds = serializers.IntegerField(
        source="thresholds_number", help_text="Version; 0: defaults that nobody has signed"
    )
    readings = ReadingOutput(many=True)
    sentence = serializers.SerializerMethodField()
    cautions = serializers.SerializerMethodField()

    def get_sentence(self, standing: Any) -> str:
        """How the course does, in a sentence."""
        return f"{sentence(standing)} {judged_by(standing)}."

    def get_cautions(self, standing: Any) -> list[str]:
        """What whoever reads it should bear in mind."""
        return cautions(standing)


class IntervalProposalOutput(serializers.Serializer[Any]):
    """What the rule proposes; a clinician takes it or not."""

    move = serializers.CharField()
    to_days = serializers.IntegerField(allow_null=True, help_text="Null: as needed")
    reason = serializers.CharField()


class ReviewOutput(serializers.Serializer[Any]):
    """A question to a clinician, and the answer."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    course = serializers.UUIDField(source="course_id")
    kind = serializers.ChoiceField(choices=Review.Kind.choices)
    point = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the review's, not the field's
    question = serializers.CharField()
    after_dose = serializers.IntegerField(source="after_seq", allow_null=True)
    raised_at = Moment()
    due_on = serializers.DateField()
    holds = serializers.BooleanField(help_text="Doses wait for the decision")
    numbers = serializers.DictField(help_text="What the numbers said when it was raised")
    decision = serializers.ChoiceField(
        choices=[("", "Not decided"), *Review.Decision.choices], allow_blank=True
    )
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = Moment(allow_null=True)
    reason = serializers.CharField()
    keeps_hold = serializers.BooleanField()
    thresholds = serializers.IntegerField(source="decided_thresholds_number", allow_null=True)

    def get_url(self, review: Review) -> str:
        """Where the review is read."""
        return reverse("api:review", args=[review.pk])


class ReviewDetailOutput(ReviewOutput):
    """A review with the numbers of now."""

    standing = serializers.SerializerMethodField()
    proposal = serializers.SerializerMethodField()

    @extend_schema_field(StandingOutput)
    def get_standing(self, review: Review) -> Any:
        """How the course does now."""
        return StandingOutput(self.context["standing"]).data

    @extend_schema_field(IntervalProposalOutput(allow_null=True))
    def get_proposal(self, review: Review) -> Any:
        """The interval that is proposed now, if there is a ladder."""
        found = self.context["proposal"]
        return IntervalProposalOutput(found).data if found else None


class ReviewDecisionInput(Input):
    """What a clinician decides, and why."""

    decision = serializers.ChoiceField(choices=Review.Decision.choices)
    reason = Text(max_length=240)
    keeps_hold = Truth(required=False, default=False)
    seen = Number(
        required=False,
        default=0,
        min_value=0,
        help_text="For an interval: the number of the step in force when you looked; 0: none",
    )
    days = Number(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=365,
        help_text="For ACCEPT: the proposed interval; null: as needed",
    )


class BaselineInput(Input):
    """A clinician's rating in place of a missing score."""

    instrument = Text(max_length=20)
    total = Number(min_value=0, max_value=1000)
    reason = Text(max_length=240)


class StepOutput(serializers.Serializer[Any]):
    """An interval that a clinician chose."""

    number = serializers.IntegerField()
    move = serializers.ChoiceField(choices=MaintenanceStep.Move.choices)
    interval_days = serializers.IntegerField(allow_null=True, help_text="Null: as needed")
    at = Moment()
    by = serializers.UUIDField(source="by_id")
    reason = serializers.CharField()


class IntervalOutput(serializers.Serializer[Any]):
    """The ladder of a course: the steps so far, and what is proposed now."""

    steps = StepOutput(many=True)
    proposal = IntervalProposalOutput(allow_null=True)


class IntervalInput(Input):
    """The interval from now on."""

    interval_days = Number(allow_null=True, min_value=1, max_value=365)
    reason = Text(max_length=240)
    seen = Number(min_value=0, help_text="The number of the step in force; 0: none")


class BoosterWindowOutput(serializers.Serializer[Any]):
    """Days in which the next single dose is due, and why."""

    id = serializers.UUIDField()
    course = serializers.UUIDField(source="course_id")
    why = serializers.ChoiceField(choices=BoosterWindow.Why.choices)
    due_from = serializers.DateField()
    due_to = serializers.DateField()
    status = serializers.ChoiceField(choices=BoosterWindow.Status.choices)
    reason = serializers.CharField()
    opened_at = Moment()
    closed_at = Moment(allow_null=True)


class WindowCloseInput(Input):
    """Why a window ends without a dose."""

    reason = Text(max_length=240)


class DueInput(serializers.Serializer[Any]):
    """Which reviews or windows."""

    site = Id(required=False)
    mine = serializers.BooleanField(required=False, default=False)
