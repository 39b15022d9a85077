"""Forms about consents: recording one, withdrawing one, writing a text."""

from datetime import datetime
from typing import Any

from django import forms

from clinic.consents.services import Scope, Signature
from clinic.forms import DateInput, TimeInput
from clinic.models import (
    ConsentKind,
    ConsentRecord,
    ConsentText,
    Drug,
    Membership,
    Patient,
    PatientContact,
    Route,
)

How, SignedBy = ConsentRecord.How, ConsentRecord.SignedBy
# Esketamine is a spray; ketamine is given by every route. An empty choice is any of them.
TREATMENTS = [
    *((f"{Drug.RACEMIC}|{route.value}", f"{Drug.RACEMIC.label}, {route.label}") for route in Route),
    (f"{Drug.ESKETAMINE}|{Route.NASAL}", f"{Drug.ESKETAMINE.label}, {Route.NASAL.label}"),
    ("|", "Any medicine offered here"),
]
LONGEST_REASON = 240


class ConsentForm(forms.Form):
    """Who signed a text, when and how; `scope`, `signature` and `until` are what was read."""

    treatment = forms.ChoiceField(label="For", choices=[("", "Choose…"), *TREATMENTS])
    recipient = forms.CharField(max_length=160)
    signed_by = forms.ChoiceField(
        label="Who agreed", choices=SignedBy.choices, widget=forms.RadioSelect
    )
    representative = forms.CharField(
        required=False, max_length=160, label="Name of the representative"
    )
    how = forms.ChoiceField(
        label="How",
        choices=[(how.value, how.label) for how in (How.PAPER, How.SCREEN, How.VERBAL)],
        widget=forms.RadioSelect,
    )
    witness = forms.ModelChoiceField(
        queryset=Membership.objects.none(), required=False, label="Witness", empty_label="Choose…"
    )
    on = forms.DateField(label="Signed on", widget=DateInput())
    at = forms.TimeField(label="At", widget=TimeInput(), required=False)
    until = forms.DateField(label="Good until", widget=DateInput(), required=False)

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        text: ConsentText,
        member: Membership,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        self.zone = patient.site.zone
        self.now = now.astimezone(self.zone)
        start = {
            "signed_by": SignedBy.PATIENT,
            "how": How.PAPER,
            "on": self.now.date(),
            "at": self.now.time(),
            "recipient": _escort(patient) if text.kind == ConsentKind.ESCORT_CONTACT else "",
        }
        super().__init__(*args, **{"initial": start, **kwargs})
        fields: Any = self.fields
        others = Membership.objects.active().filter(
            organization_id=member.organization_id, kind=Membership.Kind.PERSON
        )
        fields["witness"].queryset = others.exclude(pk=member.pk).order_by("name", "pk")
        fields["representative"].widget.attrs["autocomplete"] = "off"
        self._fit(ConsentKind(text.kind), text.valid_months)

    def _fit(self, kind: ConsentKind, months: int | None) -> None:
        fields: Any = self.fields
        if kind != ConsentKind.TREATMENT:
            del fields["treatment"]
        if kind in (ConsentKind.TREATMENT, ConsentKind.EMAIL_DETAIL):
            del fields["recipient"]
        else:
            is_release = kind == ConsentKind.RELEASE
            fields["recipient"].label = "To whom" if is_release else "Escort"
            fields["recipient"].required = is_release
            fields["recipient"].widget.attrs["autocomplete"] = "off"
            if not is_release:
                fields["recipient"].help_text = "Empty: whoever the patient names as escort."
        fields["until"].help_text = (
            f"Empty: {months} months, the longest that this text allows."
            if months
            else "Empty: until it is withdrawn."
        )

    def clean(self) -> dict[str, Any]:
        """A witness where words were all there was, a name where another signed."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("how") != How.VERBAL:
            said["witness"] = None
        elif not said.get("witness") and "witness" not in self.errors:
            self.add_error("witness", "Who heard it?")
        if said.get("signed_by") != SignedBy.REPRESENTATIVE:
            said["representative"] = ""
        elif not said.get("representative"):
            self.add_error("representative", "Who signed for the patient?")
        return said

    @property
    def scope(self) -> Scope:
        """What or whom it is for."""
        drug, _, route = self.cleaned_data.get("treatment", "").partition("|")
        return Scope(drug, route, self.cleaned_data.get("recipient", ""))

    @property
    def signature(self) -> Signature:
        """Who signed, when by the clock of the patient's site, and how."""
        said = self.cleaned_data
        clock = said["at"] or (self.now.time() if said["on"] == self.now.date() else None)
        moment = datetime.combine(said["on"], clock or datetime.min.time(), self.zone)
        return Signature(
            signed_at=moment,
            how=said["how"],
            signed_by=said["signed_by"],
            representative=said["representative"],
            witness=said["witness"],
        )

    def refuse(self, field: str | None, message: str) -> None:
        """Show what the service refused, at the input that it names."""
        place = {"signed_at": "on", "drug": "treatment"}.get(field or "", field)
        self.add_error(place if place in self.fields else None, message)


def _escort(patient: Patient) -> str:
    escorts = patient.contacts.filter(relationship=PatientContact.Relationship.ESCORT)
    return escorts.order_by("name", "pk").values_list("name", flat=True).first() or ""


class WithdrawForm(forms.Form):
    """The patient's reason, which nobody has to give."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label="Reason, if the patient gives one",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TextForm(forms.Form):
    """The words of a version, and how long a consent to them is good."""

    title = forms.CharField(max_length=120, label="Title")
    body = forms.CharField(
        max_length=20_000,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text="An empty line ends a paragraph; ## before a heading, - before a point.",
    )
    valid_months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=120,
        label="Good for, in months",
        help_text="Empty: until it is withdrawn.",
    )
