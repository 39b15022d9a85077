"""Forms of decisions: a review, an interval, a baseline that a clinician rates, a window."""

from typing import Any

from django import forms

from courses.models import Course, Review
from courses.protocols import ProtocolDefinition
from courses.response.intervals import LONGEST_INTERVAL
from courses.response.measures import clinician_rated
from courses.response.reviews import ANSWERS

AS_NEEDED = "needed"
OTHER = "other"


def _reason(label: str = "Reason") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=240,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Please give a reason."},
    )


class DecisionForm(forms.Form):
    """What is decided, why, and whether doses still wait."""

    decision = forms.ChoiceField(label="Decision", widget=forms.RadioSelect)
    reason = _reason()
    keeps_hold = forms.BooleanField(required=False, label="Doses stay held")
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    days = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, review: Review, most_doses: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        course: Course = review.course
        answers = [
            answer
            for answer in ANSWERS[review.kind]
            if answer != Review.Decision.EXTEND or (most_doses or 999) > course.dose_count
        ]
        field = self.fields["decision"]
        field.choices = [(one.value, one.label) for one in answers]  # type: ignore[attr-defined]
        if not review.holds:
            del self.fields["keeps_hold"]


class IntervalForm(forms.Form):
    """The interval from now on: a rung, any other number of days, or as needed."""

    interval = forms.ChoiceField(label="Interval", widget=forms.RadioSelect)
    other_days = forms.IntegerField(
        required=False,
        label="Other number of days",
        min_value=1,
        max_value=LONGEST_INTERVAL,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = _reason()
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, definition: ProtocolDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = definition.maintenance
        rungs = [(str(days), f"Every {days} days") for days in (rule.ladder_days if rule else [])]
        self.fields["interval"].choices = [  # type: ignore[attr-defined]
            *rungs,
            (AS_NEEDED, "As needed"),
            (OTHER, "Another interval"),
        ]

    def clean(self) -> dict[str, Any]:
        """The days, where another interval is wanted."""
        said: dict[str, Any] = super().clean() or {}
        is_missing = said.get("interval") == OTHER and not said.get("other_days")
        if is_missing and "other_days" not in self.errors:
            self.add_error("other_days", "How many days?")
        return said

    @property
    def days(self) -> int | None:
        """What was chosen; None is “as needed”."""
        interval = self.cleaned_data["interval"]
        if interval == AS_NEEDED:
            return None
        return int(self.cleaned_data["other_days"] if interval == OTHER else interval)


class BaselineForm(forms.Form):
    """A clinician's rating in place of a missing score."""

    instrument = forms.ChoiceField(label="Rated by")
    total = forms.IntegerField(
        label="Total", min_value=0, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    reason = _reason("Why is there no score of the patient’s own?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instrument"].choices = [  # type: ignore[attr-defined]
            (scale.code, f"{scale.name}, {scale.total[0]} to {scale.total[1]}")
            for scale in clinician_rated()
            if scale.total
        ]


class CloseWindowForm(forms.Form):
    """Why a window ends without a dose."""

    reason = _reason()
