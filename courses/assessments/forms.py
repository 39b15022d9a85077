"""Forms of scores: answers on the screen, scores from paper, and mending them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings

from clinic.forms import DateInput, TimeInput
from courses.assessments.services import Entry, Finish
from courses.events import LONGEST_REASON
from courses.instruments import NOT_APPLICABLE, Instrument, Item
from courses.models import Assessment

ITEM = "item_{}"


class AnswersForm(forms.Form):
    """One field for each item; none has to be answered."""

    accept_missing = forms.BooleanField(
        required=False, label="Finish without these answers", widget=forms.HiddenInput()
    )

    def __init__(
        self,
        *args: Any,
        used: Instrument,
        language: str = "en",
        answers: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.used = used
        kept = {ITEM.format(key): answer for key, answer in (answers or {}).items()}
        super().__init__(*args, **{"initial": {**kept, **kwargs.pop("initial", {})}, **kwargs})
        for item in used.items:
            self.fields[ITEM.format(item.key)] = _field(used, item, language)

    @property
    def items(self) -> Iterator[tuple[Item, forms.BoundField]]:
        """Each item with its field."""
        return ((item, self[ITEM.format(item.key)]) for item in self.used.items)

    @property
    def answers(self) -> dict[str, int | str | None]:
        """What was answered, by item; None where nothing was."""
        said = self.cleaned_data
        return {item.key: _answer(said.get(ITEM.format(item.key))) for item in self.used.items}

    def refuse(self, field: str | None, message: str) -> None:
        """Show what the service refused, at the input that it names."""
        place = {"taken_at": "on"}.get(field or "", field or "")
        place = ITEM.format(place) if ITEM.format(place) in self.fields else place
        self.add_error(place if place in self.fields else None, message)


def _field(used: Instrument, item: Item, language: str) -> forms.Field:
    label = used.label_of(item, language)
    if anchors := used.anchors_of(item):
        texts = [(str(one.value), one.text.get(language, one.text["en"])) for one in anchors]
        return forms.ChoiceField(
            choices=texts, label=label, required=False, widget=forms.RadioSelect
        )
    if item.may_not_apply:
        numbers = [(str(n), str(n)) for n in range(item.min, item.max + 1)]
        choices = [("", "–"), *numbers, (NOT_APPLICABLE, "Does not apply")]
        return forms.ChoiceField(choices=choices, label=label, required=False)
    return _number(label, item.min, item.max)


def _number(label: str, low: int, high: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=low,
        max_value=high,
        help_text=f"{low}–{high}",
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


def _answer(said: Any) -> int | str | None:
    if said in (None, ""):
        return None
    return said if said == NOT_APPLICABLE else int(said)


class ScoreForm(AnswersForm):
    """Items or the total from the clinic's own copy, when and how it was asked."""

    on = forms.DateField(label="Answered on", widget=DateInput())
    at = forms.TimeField(label="At", widget=TimeInput(), required=False)
    language = forms.ChoiceField(label="Asked in", choices=settings.LANGUAGES)
    variant = forms.ChoiceField(label="About", required=False)

    def __init__(self, *args: Any, assessment: Assessment, now: datetime, **kwargs: Any) -> None:
        self.zone = (assessment.course or assessment.patient).site.zone
        taken = assessment.taken_at if assessment.ended_at else now
        self.now = now.astimezone(self.zone)
        start = {
            "on": taken.astimezone(self.zone).date(),
            "at": taken.astimezone(self.zone).time(),
            "language": assessment.language,
            "variant": assessment.variant,
        }
        if assessment.mode == Assessment.Mode.TOTAL and assessment.total is not None:
            start["total"] = int(assessment.total)
        super().__init__(*args, answers=assessment.answers, initial=start, **kwargs)
        self._fit()

    def _fit(self) -> None:
        fields: Any = self.fields
        if self.used.total is not None:
            fields["total"] = _number("Total", *self.used.total)
        if not self.used.variants:
            del fields["variant"]
            return
        fields["variant"].choices = [
            ("", self.used.recall.capitalize()),
            *((one.code, one.label) for one in self.used.variants),
        ]

    def clean(self) -> dict[str, Any]:
        """Items or the total: with the total, only what safety asks for stands beside it."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("total") is not None and self._others():
            self.add_error("total", "Enter the items or the total, not both.")
        return said

    def _others(self) -> list[str]:
        return [
            item.key
            for item in self.used.items
            if item.key not in self.used.safety_items
            and self.cleaned_data.get(ITEM.format(item.key)) not in (None, "")
        ]

    @property
    def taken_at(self) -> datetime:
        """When it was answered, by the clock of the site; today without a time means now."""
        said = self.cleaned_data
        clock = said["at"] or (self.now.time() if said["on"] == self.now.date() else None)
        moment = datetime.combine(said["on"], clock or datetime.min.time(), self.zone)
        return min(moment, self.now) if (moment - self.now).total_seconds() < 60 else moment

    @property
    def finish(self) -> Finish:
        """How the draft is finished."""
        said = self.cleaned_data
        return Finish(
            total=said.get("total"),
            taken_at=self.taken_at,
            language=said["language"],
            variant=said.get("variant", ""),
            accept_missing=said["accept_missing"],
        )


class AmendForm(ScoreForm):
    """The mended score, and why."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="What was wrong",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The earlier values stay, with their author and this reason.",
    )

    @property
    def entry(self) -> Entry:
        """What stands in the place of the old score."""
        finish = self.finish
        return Entry(
            answers={key: answer for key, answer in self.answers.items() if answer is not None},
            total=finish.total,
            taken_at=finish.taken_at,
            language=finish.language,
            variant=finish.variant,
            accept_missing=finish.accept_missing,
        )


class WithdrawForm(forms.Form):
    """Why a score counts no longer."""

    reason = forms.CharField(
        max_length=LONGEST_REASON, label="Reason", widget=forms.Textarea(attrs={"rows": 2})
    )


class StartForm(forms.Form):
    """Which instrument is answered how, and what for."""

    instrument = forms.CharField(
        max_length=20, error_messages={"required": "Choose an instrument."}
    )
    mode = forms.ChoiceField(choices=[("", ""), *Assessment.Mode.choices[:2]], required=False)
    course = forms.UUIDField(required=False)
    point = forms.CharField(max_length=40, required=False)
