"""Forms of a screening's sections; each section is saved by itself."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms

from clinic.forms import DateInput
from courses.models import CheckResult, Diagnosis, Finding, MedicationTrial, Screening
from courses.screening.catalogue import answered, by_code, criteria, label_of, questions
from courses.screening.payers import CLINIC, profiles_on
from courses.screening.services import Answer, NewCondition, Terms

SEVERITY = [("", "—"), ("PHQ9", "PHQ-9"), ("MADRS", "MADRS"), ("QIDS_SR16", "QIDS-SR16")]
YES, NO, UNKNOWN = Finding.Answer.YES, Finding.Answer.NO, Finding.Answer.UNKNOWN
CONDITIONS = 4


class SectionForm(forms.Form):
    """A form whose service may refuse one of its fields."""

    def refuse(self, field: str | None, message: str) -> None:
        """Show a service’s refusal beside the field that it is about."""
        self.add_error(field if field in self.fields else None, message)


class TermsForm(SectionForm):
    """What is treated, by whose rules trials count besides, how severe it is."""

    indication = forms.ChoiceField(label="Indication", required=False)
    payer_profile = forms.ChoiceField(label="Payer’s profile", required=False)
    severity_instrument = forms.ChoiceField(label="Score", choices=SEVERITY, required=False)
    severity_total = forms.DecimalField(
        label="Total", min_value=0, max_value=100, decimal_places=1, required=False
    )
    severity_on = forms.DateField(label="Taken on", widget=DateInput(), required=False)

    def __init__(self, *args: Any, allowed: list[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        known = [(one.code, one.label) for one in criteria().indications]
        fields["indication"].choices = [
            ("", "Choose…"),
            *((code, label) for code, label in known if not allowed or code in allowed),
        ]
        fields["payer_profile"].choices = [
            ("", "No payer"),
            *((one.code, one.name) for one in profiles_on(today) if one.code != CLINIC),
        ]

    @property
    def terms(self) -> Terms:
        """What was said."""
        return Terms(**self.cleaned_data)


def terms_values(screening: Screening) -> dict[str, Any]:
    """What the form shows of a screening that is known."""
    return {name: getattr(screening, name) for name in TermsForm.base_fields}


class TrialForm(SectionForm):
    """One medication trial, with everything that adequacy goes by (DOMAIN 3.1)."""

    name = forms.CharField(label="Medication or treatment", max_length=80)
    kind = forms.ChoiceField(
        label="Class", choices=[("", "Choose…"), *MedicationTrial.Class.choices]
    )
    max_daily_mg = forms.DecimalField(
        label="Highest daily dose (mg)", min_value=0, max_value=99_999, required=False
    )
    min_effective_mg = forms.DecimalField(
        label="Least effective dose (mg)", min_value=0, max_value=99_999, required=False
    )
    started_on = forms.DateField(label="Begun", widget=DateInput(), required=False)
    ended_on = forms.DateField(label="Ended", widget=DateInput(), required=False)
    weeks_at_dose = forms.DecimalField(
        label="Weeks at an adequate dose", min_value=0, max_value=999, required=False
    )
    was_taken_as_prescribed = forms.NullBooleanField(
        label="Taken as prescribed",
        required=False,
        widget=forms.Select(choices=[("", "Not known"), ("true", "Yes"), ("false", "No")]),
    )
    improvement_percent = forms.IntegerField(
        label="Improvement (%)", min_value=-100, max_value=100, required=False,
        help_text="Negative where it became worse.",
    )  # fmt: skip
    stopped = forms.ChoiceField(
        label="Why stopped", choices=[("", "Choose…"), *MedicationTrial.Stopped.choices]
    )
    is_current_episode = forms.BooleanField(label="In the current episode", required=False)

    def clean(self) -> dict[str, Any]:
        """The end is not before the start."""
        said: dict[str, Any] = super().clean() or {}
        started, ended = said.get("started_on"), said.get("ended_on")
        if started and ended and ended < started:
            self.add_error("ended_on", "The end is before the start.")
        return said


def trial_values(trial: MedicationTrial) -> dict[str, Any]:
    """What the form shows of a trial that is known."""
    return {name: getattr(trial, name) for name in TrialForm.base_fields}


class DiagnosisForm(SectionForm):
    """A coded diagnosis."""

    system = forms.ChoiceField(label="System", choices=Diagnosis.System.choices)
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9./-]{1,11}$",
        label="Code",
        error_messages={"invalid": "A code such as F33.2 or 6A71.3."},
    )
    label = forms.CharField(label="In words", max_length=160)
    diagnosed_on = forms.DateField(label="Diagnosed on", widget=DateInput(), required=False)
    is_primary = forms.BooleanField(label="Main diagnosis", required=False)


class CheckForm(SectionForm):
    """The result of a check."""

    kind = forms.ChoiceField(label="Check", choices=CheckResult.Kind.choices)
    on = forms.DateField(label="On", widget=DateInput())
    result = forms.ChoiceField(label="Result", choices=CheckResult.Result.choices)
    document = forms.CharField(label="Where the report is kept", max_length=240, required=False)
    note = forms.CharField(label="Note", max_length=500, required=False)


class AnswersForm(SectionForm):
    """The checklist: an answer for each code, and what goes with a yes."""

    def __init__(self, *args: Any, known: dict[str, Finding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        for one in [*answered(), *questions()]:
            self._add(one.code)

    def _add(self, code: str) -> None:
        row = self.known.get(code)
        choices = Finding.Answer.choices
        self.fields[code] = forms.ChoiceField(
            label=label_of(code), choices=choices, required=False, widget=forms.RadioSelect,
            initial=row.answer if row else "",
        )  # fmt: skip
        self.fields[f"{code}_note"] = forms.CharField(
            label="Note", max_length=500, required=False, initial=row.note if row else ""
        )
        if code in by_code() and by_code()[code].recent:
            self.fields[f"{code}_onset"] = forms.DateField(
                label="When", widget=DateInput(), required=False,
                initial=row.onset_on if row else None,
            )  # fmt: skip
        if code in by_code() and by_code()[code].document:
            self.fields[f"{code}_document"] = forms.CharField(
                label="Where the letter is kept", max_length=240, required=False,
                initial=row.document if row else "",
            )  # fmt: skip

    @property
    def answers(self) -> list[Answer]:
        """What was answered; a question left open is left out."""
        return list(self._answers())

    def _answers(self) -> Iterator[Answer]:
        said = self.cleaned_data
        for one in [*answered(), *questions()]:
            if said.get(one.code):
                yield Answer(
                    one.code,
                    said[one.code],
                    note=said[f"{one.code}_note"],
                    onset_on=said.get(f"{one.code}_onset"),
                    document=said.get(f"{one.code}_document", ""),
                )


class OverrideForm(SectionForm):
    """A prescriber goes on despite a caution."""

    code = forms.CharField(widget=forms.HiddenInput, max_length=24)
    reason = forms.CharField(
        label="Why treatment goes on", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    until = forms.DateField(label="Good until", widget=DateInput())
    document = forms.CharField(label="Where the letter is kept", max_length=240, required=False)


class InErrorForm(SectionForm):
    """A medical director takes back what was recorded in error."""

    code = forms.CharField(widget=forms.HiddenInput, max_length=24)
    reason = forms.CharField(
        label="What was wrong", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class DecisionForm(SectionForm):
    """The decision, with its conditions; a condition without words is left out."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[
            (status.value, status.label)
            for status in (
                Screening.Status.ELIGIBLE, Screening.Status.ELIGIBLE_CONDITIONAL,
                Screening.Status.DEFERRED, Screening.Status.NOT_ELIGIBLE,
            )
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a decision."},
    )  # fmt: skip
    note = forms.CharField(
        label="Reasons and remarks", max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    keep_open = forms.BooleanField(
        label="Not eligible now: keep the course open for another screening", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(CONDITIONS):
            self.fields[f"condition_{number}"] = forms.CharField(
                label=f"Condition {number + 1}", max_length=240, required=False
            )
            self.fields[f"due_{number}"] = forms.DateField(
                label="By", widget=DateInput(), required=False
            )

    def clean(self) -> dict[str, Any]:
        """A condition has a day, and a day a condition."""
        said: dict[str, Any] = super().clean() or {}
        for number in range(CONDITIONS):
            text, due = said.get(f"condition_{number}"), said.get(f"due_{number}")
            if text and not due and f"due_{number}" not in self.errors:
                self.add_error(f"due_{number}", "By when?")
            if due and not text:
                self.add_error(f"condition_{number}", "What is to be done by then?")
        return said

    @property
    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each condition."""
        return [(self[f"condition_{n}"], self[f"due_{n}"]) for n in range(CONDITIONS)]

    @property
    def conditions(self) -> list[NewCondition]:
        """The conditions that were named."""
        said = self.cleaned_data
        return [
            NewCondition(said[f"condition_{n}"], said[f"due_{n}"])
            for n in range(CONDITIONS)
            if said[f"condition_{n}"]
        ]

    def refuse(self, field: str | None, message: str) -> None:
        """A refusal about conditions stands beside the first."""
        super().refuse("condition_0" if field == "conditions" else field, message)


HAPPENINGS = [
    (Screening.Ended.ADMISSION, "Admitted to hospital"),
    (Screening.Ended.SYNCOPE, "Fainted (syncope)"),
    (Screening.Ended.BP_RED, "Blood pressure in the red"),
    (Screening.Ended.PREGNANCY, "Pregnant"),
    (Screening.Ended.DRUG_SCREEN, "Positive drug screen"),
    (Screening.Ended.PSYCHIATRIC, "Psychosis or mania"),
    (Screening.Ended.MEDICATION, "New medication that matters (benzodiazepine, stimulant …)"),
    (Screening.Ended.DIAGNOSIS, "New condition that matters"),
    (Screening.Ended.SWITCH, "Change of drug or route"),
]


class HappeningForm(SectionForm):
    """Something that happened during a course, after which it is screened again."""

    kind = forms.ChoiceField(
        label="What happened",
        choices=[(kind.value, label) for kind, label in HAPPENINGS],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happened."},
    )
    on = forms.DateField(label="When", widget=DateInput())
    note = forms.CharField(
        label="Note", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        """Nothing happened in the future."""
        day: date = self.cleaned_data["on"]
        if day > self.today:
            raise forms.ValidationError("This day lies in the future.")
        return day


class MetForm(SectionForm):
    """A condition is met."""

    note = forms.CharField(label="How", max_length=240, required=False)
