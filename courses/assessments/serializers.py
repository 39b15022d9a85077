"""Shapes of what the API takes and gives about instruments and scores."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment, Number, Text, Truth
from courses.events import LONGEST_REASON
from courses.instruments import NOT_APPLICABLE, Instrument, Item, instruments
from courses.models import Assessment, AssessmentDue

_ANSWER = {
    "oneOf": [
        {"type": "integer", "minimum": 0, "maximum": 100},
        {"type": "string", "enum": [NOT_APPLICABLE]},
        {"type": "null"},
    ],
    "description": f"A number; {NOT_APPLICABLE} where the item does not apply; null for none",
}


@extend_schema_field(_ANSWER)
class Answer(serializers.Field[Any, Any, Any, Any]):
    """One answer."""

    default_error_messages = {"invalid": f"A whole number, “{NOT_APPLICABLE}” or null."}

    def to_internal_value(self, data: Any) -> int | str:
        """The answer as it came; the instrument says what its items take."""
        is_number = isinstance(data, int) and not isinstance(data, bool)
        if not is_number and data != NOT_APPLICABLE:
            self.fail("invalid")
        return data  # type: ignore[no-any-return]

    def to_representation(self, value: Any) -> Any:
        """The answer."""
        return value


class ItemOutput(serializers.Serializer[Any]):
    """One item; `text` is empty where the words may not ship."""

    key = serializers.CharField()
    lowest = serializers.IntegerField(source="min")
    highest = serializers.IntegerField(source="max")
    text = serializers.DictField(child=serializers.CharField(), help_text="By language")
    is_scored = serializers.BooleanField()
    may_not_apply = serializers.BooleanField()
    asks_about_safety = serializers.SerializerMethodField()

    def get_asks_about_safety(self, item: Item) -> bool:
        """Whether an answer may raise a safety alert."""
        return item.key in self.context["instrument"].safety_items


class BandOutput(serializers.Serializer[Any]):
    """A range of totals, from `at_least` up to the next."""

    code = serializers.CharField()
    name = serializers.CharField(source="label")
    at_least = serializers.IntegerField()


class InstrumentOutput(serializers.Serializer[Any]):
    """A rating scale."""

    code = serializers.CharField()
    version = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()
    ships_text = serializers.BooleanField(source="may_ship")
    licence = serializers.CharField()
    rater = serializers.ChoiceField(choices=["self", "clinician", "either"])
    recall_days = serializers.IntegerField(allow_null=True)
    languages = serializers.ListField(child=serializers.CharField())
    prompt = serializers.DictField(child=serializers.CharField())
    items = serializers.SerializerMethodField()
    lowest_total = serializers.SerializerMethodField()
    highest_total = serializers.SerializerMethodField()
    bands = BandOutput(many=True)
    variants = serializers.SerializerMethodField(help_text="Other periods it may ask about")

    @extend_schema_field(ItemOutput(many=True))
    def get_items(self, used: Instrument) -> Any:
        """The items in their order."""
        return ItemOutput(used.items, many=True, context={"instrument": used}).data

    def get_lowest_total(self, used: Instrument) -> int | None:
        """The lowest total; null where there is none."""
        return used.total[0] if used.total else None

    def get_highest_total(self, used: Instrument) -> int | None:
        """The highest total; null where there is none."""
        return used.total[1] if used.total else None

    def get_variants(self, used: Instrument) -> list[str]:
        """Their codes."""
        return [one.code for one in used.variants]


class InstrumentList(serializers.Serializer[Any]):
    """All instruments."""

    results = InstrumentOutput(many=True)


class AssessmentOutput(serializers.Serializer[Any]):
    """One filling-in of an instrument."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    course = serializers.UUIDField(source="course_id", allow_null=True)
    instrument = serializers.CharField()
    instrument_version = serializers.CharField()
    variant = serializers.CharField(allow_blank=True)
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    mode = serializers.ChoiceField(choices=Assessment.Mode.choices)
    status = serializers.ChoiceField(choices=Assessment.Status.choices)
    taken_at = Moment()
    ended_at = Moment(allow_null=True)
    entered_by = serializers.UUIDField(source="entered_by_id")
    answers = serializers.DictField(child=Answer())
    total = serializers.DecimalField(
        max_digits=5, decimal_places=1, coerce_to_string=False, allow_null=True
    )
    band = serializers.CharField(allow_blank=True)
    subscales = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    flags = serializers.ListField(child=serializers.CharField())
    has_result = serializers.BooleanField(
        source="is_valid", help_text="Enough was answered for a result"
    )
    doses_before = serializers.IntegerField(source="dose_seq", allow_null=True)
    point = serializers.CharField(allow_blank=True)
    amends = serializers.UUIDField(source="amends_id", allow_null=True)
    withdrawn_at = Moment(allow_null=True)
    withdrawal_reason = serializers.CharField(allow_blank=True)

    def get_url(self, assessment: Assessment) -> str:
        """Where the assessment is read."""
        return reverse("api:assessment", args=[assessment.pk])


class ScoresQuery(serializers.Serializer[Any]):
    """Which scores."""

    instrument = serializers.ChoiceField(
        choices=[(one.code, one.name) for one in instruments()],
        required=False,
        help_text="Left out: all",
    )


class ScoreOutput(serializers.Serializer[Any]):
    """One finished score on a course's curve."""

    assessment = serializers.UUIDField(source="assessment_id")
    instrument = serializers.CharField()
    on = serializers.DateField(help_text="By the calendar of the course’s site")
    taken_at = Moment()
    total = serializers.DecimalField(
        max_digits=5, decimal_places=1, coerce_to_string=False, allow_null=True
    )
    band = serializers.CharField(allow_blank=True)
    is_complete = serializers.BooleanField()
    doses_before = serializers.IntegerField(source="dose_seq", allow_null=True)
    overlaps = serializers.SerializerMethodField(
        help_text="It looks back on days that the score before it covers too"
    )

    def get_overlaps(self, point: Any) -> bool:
        """Whether the two windows of recall overlap."""
        return point.on in self.context["overlaps"].get(point.instrument, frozenset())


class ScoreList(serializers.Serializer[Any]):
    """A course's scores over time, oldest first."""

    results = ScoreOutput(many=True)


class DueOutput(serializers.Serializer[Any]):
    """One score that the plan asks for."""

    id = serializers.UUIDField()
    course = serializers.UUIDField(source="course_id")
    point = serializers.CharField()
    point_name = serializers.CharField(source="label")
    instrument = serializers.CharField()
    due_from = serializers.DateField()
    due_to = serializers.DateField()
    is_optional = serializers.BooleanField()
    status = serializers.ChoiceField(choices=AssessmentDue.Status.choices)
    is_overdue = serializers.SerializerMethodField()
    is_late = serializers.BooleanField(help_text="Done after its last day")
    assessment = serializers.UUIDField(source="assessment_id", allow_null=True)

    def get_is_overdue(self, due: AssessmentDue) -> bool:
        """Whether its last day has passed and it can still be done."""
        return due.status == AssessmentDue.Status.OPEN and due.due_to < self.context["today"]


class CompletenessOutput(serializers.Serializer[Any]):
    """How much of what was asked for, and whose time has come, was taken."""

    asked = serializers.IntegerField()
    done = serializers.IntegerField()
    late = serializers.IntegerField()
    fraction = serializers.FloatField(allow_null=True)


class PlanOutput(serializers.Serializer[Any]):
    """The plan of a course's scores."""

    completeness = CompletenessOutput()
    dues = DueOutput(many=True)


class OverdueSite(serializers.Serializer[Any]):
    """What is overdue at a site."""

    site = serializers.UUIDField()
    dues = DueOutput(many=True)


class OverdueList(serializers.Serializer[Any]):
    """What is overdue at each site."""

    results = OverdueSite(many=True)


class _Scores(Input):
    """Answers and how they were given."""

    answers = serializers.DictField(child=Answer(allow_null=True), required=False, default=dict)
    total = Number(required=False, allow_null=True, default=None, help_text="Instead of items")
    taken_at = Moment(required=False, allow_null=True, default=None, help_text="Else now")
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, allow_blank=True, default=""
    )
    variant = Text(max_length=12, required=False, allow_blank=True, default="")
    accept_missing = Truth(
        required=False, default=False, help_text="Finish although items have no answer"
    )


class AssessmentInput(_Scores):
    """A score that is finished at once, or with `is_draft` one to be answered item by item."""

    instrument = Text(max_length=20)
    course = Id(required=False, allow_null=True, default=None)
    point = Text(max_length=40, required=False, allow_blank=True, default="")
    is_draft = Truth(required=False, default=False)


class ItemAnswerInput(Input):
    """One answer of a draft."""

    item = Text(max_length=4)
    answer = Answer(allow_null=True)


class FinishInput(Input):
    """How a draft is finished."""

    total = Number(required=False, allow_null=True, default=None)
    taken_at = Moment(required=False, allow_null=True, default=None)
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, allow_blank=True, default=""
    )
    variant = Text(max_length=12, required=False, allow_blank=True, default="")
    accept_missing = Truth(required=False, default=False)


class AmendInput(_Scores):
    """The mended score, and why."""

    reason = Text(max_length=LONGEST_REASON)


class WithdrawInput(Input):
    """Why a score counts no longer."""

    reason = Text(max_length=LONGEST_REASON)


class SavedOutput(serializers.Serializer[Any]):
    """A draft after an answer, and the safety alerts that it stands for."""

    assessment = AssessmentOutput()
    alerts = serializers.ListField(child=serializers.UUIDField())
