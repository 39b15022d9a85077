"""Forms about payers, authorisations and agreements to pay oneself."""

from datetime import date
from typing import Any

from django import forms

from clinic.forms import DateInput
from clinic.models import Drug, Patient
from courses.authorizations.selectors import OPEN_COURSES, payers_of
from courses.authorizations.services import Terms
from courses.models import Authorization, Course, Payer
from courses.screening.payers import profiles_on
from courses.selectors import courses_of_patient

MOST = 1000  # visits or devices: more is a typing slip


class AuthorizationForm(forms.Form):
    """What a payer granted."""

    payer = forms.ModelChoiceField(
        queryset=Payer.objects.none(), label="Payer", empty_label="Choose…"
    )
    reference = forms.CharField(max_length=60, label="Payer’s reference number")
    covers = forms.ChoiceField(label="For")
    starts_on = forms.DateField(label="From", widget=DateInput())
    ends_on = forms.DateField(label="To, that day included", widget=DateInput())
    visits_granted = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, label="Treatment visits granted"
    )
    units_granted = forms.IntegerField(
        required=False, min_value=1, max_value=MOST, label="Devices granted"
    )
    renewal_days = forms.IntegerField(
        required=False, min_value=0, max_value=365, label="Renew so many days before the end"
    )
    evidence = forms.CharField(
        required=False,
        max_length=400,
        label="Evidence wanted for renewal",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What the payer asks to see, in its own terms; no score of the patient.",
    )

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        today: date,
        renewal_days: int,
        known: Authorization | None = None,
        course: Course | None = None,
        **kwargs: Any,
    ) -> None:
        start = _values(known) if known else _start(course, today)
        super().__init__(*args, **{"initial": start, **kwargs})
        fields: Any = self.fields
        payers = payers_of(patient.organization)
        used = payers.filter(pk=known.payer_id) if known else payers.none()
        fields["payer"].queryset = payers.filter(is_active=True) | used
        self.courses = {str(one.pk): one for one in _courses(patient, known)}
        fields["covers"].choices = [
            *((key, f"This course: {one}") for key, one in self.courses.items()),
            *((drug.value, f"{drug.label}, in any course") for drug in Drug),
        ]
        fields["renewal_days"].help_text = f"Empty: {renewal_days}, as the thresholds say."
        fields["reference"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        """Dates in their order, and something that is granted."""
        said: dict[str, Any] = super().clean() or {}
        starts, ends = said.get("starts_on"), said.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "The last day is not before the first.")
        amounts = ("visits_granted", "units_granted")
        if not any(said.get(name) or name in self.errors for name in amounts):
            self.add_error("visits_granted", "How many visits, or devices, are granted?")
        return said

    @property
    def terms(self) -> Terms:
        """What was read."""
        said = dict(self.cleaned_data)
        covers = said.pop("covers")
        course = self.courses.get(covers)
        return Terms(course=course, drug="" if course else covers, **said)

    def refuse(self, field: str | None, message: str) -> None:
        """Show what the service refused, at the input that it names."""
        place = {"course": "covers"}.get(field or "", field)
        self.add_error(place if place in self.fields else None, message)


def _courses(patient: Patient, known: Authorization | None) -> list[Course]:
    mine = list(courses_of_patient(patient=patient))
    kept = known.course_id if known else None
    return [one for one in mine if one.status in OPEN_COURSES or one.pk == kept]


def _start(course: Course | None, today: date) -> dict[str, Any]:
    return {"covers": str(course.pk) if course else None, "starts_on": today}


def _values(known: Authorization) -> dict[str, Any]:
    same = (
        "payer", "reference", "starts_on", "ends_on", "visits_granted", "units_granted",
        "renewal_days", "evidence",
    )  # fmt: skip
    covers = str(known.course_id) if known.course_id else known.drug
    return {"covers": covers, **{name: getattr(known, name) for name in same}}


class EndForm(forms.Form):
    """Why an authorisation covers nothing any more."""

    reason = forms.CharField(max_length=240, label="Reason")


class SelfPayForm(forms.Form):
    """When the patient signed."""

    signed_on = forms.DateField(label="Signed on", widget=DateInput())


class PayerForm(forms.Form):
    """A payer and the profile of criteria that it goes by."""

    name = forms.CharField(max_length=120, label="Name")
    profile = forms.ChoiceField(required=False, label="Criteria")
    is_active = forms.BooleanField(required=False, label="In use")

    def __init__(self, *args: Any, today: date, known: Payer | None = None, **kwargs: Any) -> None:
        names = ("name", "profile", "is_active")
        start = {one: getattr(known, one) for one in names} if known else {"is_active": True}
        super().__init__(*args, **{"initial": start, **kwargs})
        fields: Any = self.fields
        fields["profile"].choices = [("", "None of those known"), *profile_choices(today)]
        fields["name"].widget.attrs["autocomplete"] = "off"


def profile_choices(today: date) -> list[tuple[str, str]]:
    """The payers' profiles that hold on that day, by code."""
    return [(one.code, one.name) for one in profiles_on(today)]
