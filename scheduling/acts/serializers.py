"""Shapes of what the API takes and gives about what is done to a course."""

from typing import Any

from rest_framework import serializers

from clinic.api.fields import Input, Moment
from clinic.reasons import LEAST, MOST
from courses.events import LONGEST_REASON
from courses.models import Course, Dose, Hold, LapseDecision
from courses.serializers import CourseOutput
from scheduling.acts.forms import BY_HAND, NOT_CHOSEN

Day = serializers.DateField
CODE, WHAT = r"^IN_[A-Z]+$", "What is treated: a code that the protocol is for, as IN_TRD"


class ReasonInput(Input):
    """Why; kept on the course's timeline."""

    reason = serializers.CharField(max_length=LONGEST_REASON, help_text="Kept with the course")


class OptionalReasonInput(Input):
    """Why, where there is something to say."""

    reason = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")


class PauseInput(ReasonInput):
    """A pause."""

    until = Day(help_text="The day on which the course is to go on")


class StopInput(OptionalReasonInput):
    """An early end; “OTHER” needs words."""

    code = serializers.ChoiceField(
        choices=[(one.value, one.label) for one in Course.StopReason if one not in NOT_CHOSEN]
    )


class HoldInput(ReasonInput):
    """What holds the doses."""

    kind = serializers.ChoiceField(choices=[(one.value, one.label) for one in BY_HAND])
    calls_off = serializers.BooleanField(
        default=True, help_text="Cancel the booked doses and tell the patient"
    )


class ReleaseInput(ReasonInput):
    """Which hold is released."""

    hold = serializers.UUIDField(help_text="An open hold of the course that is no lapse’s")


class MoreInput(ReasonInput):
    """More doses than the protocol's number, as far as it goes."""

    doses = serializers.IntegerField(min_value=1, max_value=12)


class LapseInput(ReasonInput):
    """A decision after a lapse."""

    on = Day(help_text="The date of the next dose, for which the decision is made")
    option = serializers.ChoiceField(choices=LapseDecision.Option.choices)


class ElsewhereInput(Input):
    """A dose that another clinic gave."""

    on = Day()
    drug = serializers.CharField(max_length=40)
    route = serializers.CharField(max_length=20)
    amount_mg = serializers.DecimalField(
        max_digits=6, decimal_places=1, min_value=0, allow_null=True, default=None
    )
    seq = serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="Its number, if it is of this course"
    )
    is_amount_confirmed = serializers.BooleanField(
        default=False,
        help_text="Without it an amount that no protocol of the drug and route has is refused, as "
        "`amount-to-confirm`",
    )


class NotElsewhereInput(ReasonInput):
    """Which record of a dose elsewhere was wrong."""

    dose = serializers.UUIDField()


class BeyondCapInput(Input):
    """A prescriber's decision against a cap of the protocol's own."""

    on = Day()
    reason = serializers.CharField(min_length=LEAST, max_length=MOST)


class TermsInput(Input):
    """Goal, end and review; what is left out becomes empty."""

    goal = serializers.CharField(max_length=240, allow_blank=True, default="")
    indication = serializers.RegexField(
        CODE, max_length=20, allow_blank=True, default="", help_text=WHAT
    )
    planned_end_on = Day(allow_null=True, default=None)
    review_on = Day(allow_null=True, default=None)
    lead_prescriber = serializers.UUIDField(allow_null=True, default=None)


class FollowInput(ReasonInput):
    """The course that goes on from this one."""

    relation = serializers.ChoiceField(
        choices=[one for one in Course.Relation.choices if one[0] != "TRANSFER"]
    )
    protocol_version = serializers.UUIDField()
    earliest_on = Day()
    latest_first_on = Day()


class HoldOutput(serializers.Serializer[Any]):
    """What stands between the course and its next dose."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Hold.Kind.choices)
    opened_at = Moment()
    opened_by = serializers.UUIDField(source="opened_by_id", allow_null=True)
    reason = serializers.CharField()
    released_at = Moment(allow_null=True)
    released_by = serializers.UUIDField(source="released_by_id", allow_null=True)
    release_reason = serializers.CharField()


class BlockerOutput(serializers.Serializer[Any]):
    """One reason why a dose cannot begin today."""

    code = serializers.CharField()
    text = serializers.CharField()
    can_override = serializers.BooleanField()


class StateOutput(serializers.Serializer[Any]):
    """Where a course stands; holds and reasons only for who may see clinical data."""

    course = CourseOutput()
    paused_until = Day(source="course.paused_until", allow_null=True)
    stop_reason = serializers.CharField(source="course.stop_reason")
    follows = serializers.UUIDField(source="course.follows_id", allow_null=True)
    relation = serializers.CharField(source="course.relation")
    goal = serializers.CharField(source="course.goal")
    indication = serializers.CharField(source="course.indication")
    planned_end_on = Day(source="course.planned_end_on", allow_null=True)
    review_on = Day(source="course.review_on", allow_null=True)
    lead_prescriber = serializers.UUIDField(source="course.lead_prescriber_id", allow_null=True)
    doses_given = serializers.IntegerField()
    week = serializers.IntegerField(allow_null=True)
    days_since_last_dose = serializers.IntegerField(source="lapse.days", default=None)
    asks_decision = serializers.BooleanField()
    holds = HoldOutput(many=True)
    blockers = BlockerOutput(many=True)


class DoseOutput(serializers.Serializer[Any]):
    """A dose of the patient, here or elsewhere."""

    id = serializers.UUIDField()
    course = serializers.UUIDField(source="course_id", allow_null=True)
    source = serializers.ChoiceField(choices=Dose.Source.choices)  # type: ignore[assignment]
    on = Day()
    seq = serializers.IntegerField(allow_null=True)
    drug = serializers.CharField()
    route = serializers.CharField()
    amount_mg = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    counts = serializers.BooleanField()


class DoseList(serializers.Serializer[Any]):
    """Every dose of the patient, oldest first."""

    results = DoseOutput(many=True)
