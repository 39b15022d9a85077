"""Shapes of what the API takes and gives about screenings."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Moment
from courses.models import CheckResult, Diagnosis, Finding, MedicationTrial, Screening
from courses.screening.forms import HAPPENINGS

DECISIONS = [(status.value, status.label) for status in Screening.DECIDED]


class ClearanceOutput(serializers.Serializer[Any]):
    """Whether doses of a course may be given and booked as firm."""

    is_cleared = serializers.BooleanField()
    code = serializers.CharField(help_text="Why not; only for who sees clinical data, else empty")
    text = serializers.CharField()
    screening = serializers.UUIDField(allow_null=True, help_text="The decision that stands")
    in_progress = serializers.UUIDField(
        allow_null=True, help_text="The screening that somebody is working on"
    )


class ReasonOutput(serializers.Serializer[Any]):
    """One reason of a result, and what would clear it."""

    code = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField(help_text="ABS, REL, TEMP, HARD, SOFT, OPEN, CHECK or PAYER")
    effect = serializers.CharField(help_text="NOT_ELIGIBLE, DEFERRED, CONDITIONAL or NOTE")
    clears = serializers.CharField()


class FindingOutput(serializers.Serializer[Any]):
    """The answer that holds for one code."""

    code = serializers.CharField()
    answer = serializers.ChoiceField(choices=Finding.Answer.choices)
    weight = serializers.ChoiceField(choices=Finding.Weight.choices)
    note = serializers.CharField()
    onset_on = serializers.DateField(allow_null=True)
    document = serializers.CharField()
    document_on = serializers.DateField(allow_null=True)
    recheck_on = serializers.DateField(allow_null=True)
    recorded_at = Moment()
    recorded_by = serializers.UUIDField(source="recorded_by_id")
    override_by = serializers.UUIDField(source="override_by_id", allow_null=True)
    override_reason = serializers.CharField()
    override_until = serializers.DateField(allow_null=True)
    in_error_by = serializers.UUIDField(source="in_error_by_id", allow_null=True)
    in_error_reason = serializers.CharField()


class ConditionOutput(serializers.Serializer[Any]):
    """A condition of a decision."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    due_on = serializers.DateField()
    met_at = Moment(allow_null=True)
    met_by = serializers.UUIDField(source="met_by_id", allow_null=True)
    met_note = serializers.CharField()


class ScreeningLine(serializers.Serializer[Any]):
    """A screening in a list."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    course = serializers.UUIDField(source="course_id")
    status = serializers.ChoiceField(choices=Screening.Status.choices)
    indication = serializers.CharField()
    payer_profile = serializers.CharField()
    severity_instrument = serializers.CharField()
    severity_total = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    severity_on = serializers.DateField(allow_null=True)
    started_at = Moment()
    started_by = serializers.UUIDField(source="started_by_id")
    decided_at = Moment(allow_null=True)
    evaluator = serializers.UUIDField(source="evaluator_id", allow_null=True)
    evaluator_role = serializers.CharField()
    decision_note = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    ended_at = Moment(allow_null=True)
    ended_why = serializers.CharField()

    def get_url(self, screening: Screening) -> str:
        """Where the screening is read."""
        return reverse("api:screening", args=[screening.pk])


class ScreeningOutput(ScreeningLine):
    """A screening with what was found; `result` is what it comes to now, or came to then."""

    findings = FindingOutput(many=True)
    conditions = ConditionOutput(many=True)
    result = serializers.CharField()
    reasons = ReasonOutput(many=True)


class TermsInput(serializers.Serializer[Any]):
    """What is treated, by whose rules trials count besides, how severe it is."""

    indication = serializers.CharField(max_length=20, default="", allow_blank=True)
    payer_profile = serializers.CharField(max_length=20, default="", allow_blank=True)
    severity_instrument = serializers.CharField(max_length=20, default="", allow_blank=True)
    severity_total = serializers.DecimalField(
        max_digits=5, decimal_places=1, min_value=0, default=None, allow_null=True
    )
    severity_on = serializers.DateField(default=None, allow_null=True)


class AnswerInput(serializers.Serializer[Any]):
    """An answer about one code."""

    code = serializers.CharField(max_length=24)
    answer = serializers.ChoiceField(choices=Finding.Answer.choices)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)
    onset_on = serializers.DateField(default=None, allow_null=True)
    document = serializers.CharField(max_length=240, default="", allow_blank=True)
    document_on = serializers.DateField(default=None, allow_null=True)


class AnswersInput(serializers.Serializer[Any]):
    """Answers; all are kept or none."""

    answers = AnswerInput(many=True, allow_empty=False)


class OverrideInput(serializers.Serializer[Any]):
    """A prescriber goes on despite a caution."""

    code = serializers.CharField(max_length=24)
    reason = serializers.CharField(max_length=500)
    until = serializers.DateField()
    document = serializers.CharField(max_length=240, default="", allow_blank=True)


class InErrorInput(serializers.Serializer[Any]):
    """A medical director takes back what was recorded in error."""

    code = serializers.CharField(max_length=24)
    reason = serializers.CharField(max_length=500)


class ConditionInput(serializers.Serializer[Any]):
    """What has to be done, and by when."""

    text = serializers.CharField(max_length=240)
    due_on = serializers.DateField()


class DecisionInput(serializers.Serializer[Any]):
    """A decision; never more favourable than what the screening comes to."""

    outcome = serializers.ChoiceField(choices=DECISIONS)
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    conditions = ConditionInput(many=True, default=list)
    keep_open = serializers.BooleanField(
        default=False, help_text="Leave the course open where the patient is not eligible now."
    )


class MetInput(serializers.Serializer[Any]):
    """How a condition was met."""

    note = serializers.CharField(max_length=240, default="", allow_blank=True)


class TrialInput(serializers.Serializer[Any]):
    """A medication trial, with everything that adequacy goes by."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=MedicationTrial.Class.choices)
    max_daily_mg = serializers.DecimalField(
        max_digits=7, decimal_places=2, min_value=0, default=None, allow_null=True
    )
    min_effective_mg = serializers.DecimalField(
        max_digits=7, decimal_places=2, min_value=0, default=None, allow_null=True
    )
    started_on = serializers.DateField(default=None, allow_null=True)
    ended_on = serializers.DateField(default=None, allow_null=True)
    weeks_at_dose = serializers.DecimalField(
        max_digits=5, decimal_places=1, min_value=0, default=None, allow_null=True
    )
    was_taken_as_prescribed = serializers.BooleanField(default=None, allow_null=True)
    improvement_percent = serializers.IntegerField(
        min_value=-100, max_value=100, default=None, allow_null=True
    )
    stopped = serializers.ChoiceField(choices=MedicationTrial.Stopped.choices)
    is_current_episode = serializers.BooleanField(default=False)


class VerdictOutput(serializers.Serializer[Any]):
    """How a trial counts under one profile; null is not known."""

    profile = serializers.CharField()
    is_adequate = serializers.BooleanField(allow_null=True)
    is_failed = serializers.BooleanField(allow_null=True)
    why = serializers.CharField()


class TrialOutput(TrialInput):
    """A medication trial, and how it counts under each profile."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    recorded_at = Moment()
    verdicts = serializers.SerializerMethodField()

    def get_url(self, trial: MedicationTrial) -> str:
        """Where the trial is changed."""
        return reverse("api:medication_trial", args=[trial.pk])

    def get_verdicts(self, trial: MedicationTrial) -> list[dict[str, Any]]:
        """By profile, as the context’s day and thresholds have them."""
        found = self.context["verdicts"](trial)
        return list(VerdictOutput(found, many=True).data)


class DiagnosisInput(serializers.Serializer[Any]):
    """A coded diagnosis."""

    system = serializers.ChoiceField(choices=Diagnosis.System.choices)
    code = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9./-]{1,11}$")
    label = serializers.CharField(max_length=160)  # type: ignore[assignment]
    is_primary = serializers.BooleanField(default=False)
    diagnosed_on = serializers.DateField(default=None, allow_null=True)


class DiagnosisOutput(DiagnosisInput):
    """A diagnosis on record."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    recorded_at = Moment()
    recorded_by = serializers.UUIDField(source="recorded_by_id")

    def get_url(self, diagnosis: Diagnosis) -> str:
        """Where the diagnosis is withdrawn."""
        return reverse("api:diagnosis", args=[diagnosis.pk])


class CheckInput(serializers.Serializer[Any]):
    """The result of a check."""

    kind = serializers.ChoiceField(choices=CheckResult.Kind.choices)
    on = serializers.DateField()
    result = serializers.ChoiceField(choices=CheckResult.Result.choices)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)
    document = serializers.CharField(max_length=240, default="", allow_blank=True)


class CheckOutput(CheckInput):
    """A result on record."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    recorded_at = Moment()
    recorded_by = serializers.UUIDField(source="recorded_by_id")

    def get_url(self, result: CheckResult) -> str:
        """Where the result is withdrawn."""
        return reverse("api:check_result", args=[result.pk])


class CheckDueOutput(serializers.Serializer[Any]):
    """How one check of a course stands."""

    kind = serializers.CharField(source="check.kind")
    label = serializers.CharField(source="check.label")  # type: ignore[assignment]
    is_needed = serializers.BooleanField()
    done_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    prompted_on = serializers.DateField(
        allow_null=True, help_text="The day of another result that made it due at once."
    )
    often = serializers.CharField()
    authority = serializers.CharField(source="check.authority", help_text="`dd`: a default")


class ChecksDueOutput(serializers.Serializer[Any]):
    """Every check of a course, in the order of the table."""

    results = CheckDueOutput(many=True)


class HappeningInput(serializers.Serializer[Any]):
    """Something after which the course is screened again; its doses are held at once."""

    kind = serializers.ChoiceField(choices=[(kind.value, label) for kind, label in HAPPENINGS])
    on = serializers.DateField()
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class DecidedOutput(serializers.Serializer[Any]):
    """A decision, with the visits that it confirmed, holds back or called off."""

    screening = ScreeningLine()
    confirmed = serializers.ListField(child=serializers.UUIDField())
    waiting = serializers.ListField(child=serializers.UUIDField())
    released = serializers.ListField(child=serializers.UUIDField())
    is_stopped = serializers.BooleanField(help_text="The course ended with the decision.")
