"""Forms of this floor, and how all forms are drawn."""

from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.forms.renderers import TemplatesSetting

from clinic.access import sites_of
from clinic.models import Membership, Patient, PatientContact
from clinic.services import Contact

OLDEST = 120  # years


class CourselineRenderer(TemplatesSetting):
    """Fields with their label, help and errors in our markup."""

    field_template_name = "clinic/_field.html"


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Zones as people know them: a region and a city."""
    names = sorted(n for n in available_timezones() if "/" in n and not n.startswith("Etc/"))
    return [("", "The same as the site’s"), *((name, name.replace("_", " ")) for name in names)]


class PatientForm(forms.Form):
    """Who a patient is and how to reach them."""

    given_name = forms.CharField(max_length=80, label="Given name")
    family_name = forms.CharField(max_length=80, label="Family name")
    birth_date = forms.DateField(label="Date of birth", widget=DateInput())
    site = forms.ModelChoiceField(queryset=None, label="Site", empty_label=None)
    email = forms.EmailField(required=False, label="E-mail")
    phone = forms.CharField(required=False, max_length=40, label="Phone")
    email_reminders = forms.BooleanField(
        required=False, initial=True, label="Send confirmations and reminders by e-mail"
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label="Language of e-mails")
    timezone = forms.ChoiceField(required=False, choices=zone_choices, label="Time zone at home")

    def __init__(self, *args: Any, member: Membership, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["site"].queryset = sites_of(member)  # type: ignore[attr-defined]
        for name, autocomplete in (("given_name", "off"), ("family_name", "off"), ("phone", "off")):
            self.fields[name].widget.attrs["autocomplete"] = autocomplete
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["phone"].widget.input_type = "tel"
        self.fields["email_reminders"].help_text = "They never name a treatment or a diagnosis."

    def clean_birth_date(self) -> date:
        """Refuse a day to come, and one before anybody alive was born."""
        born: date = self.cleaned_data["birth_date"]
        if born > self.today:
            raise forms.ValidationError("This date lies in the future.")
        if self.today.year - born.year > OLDEST:
            raise forms.ValidationError("Check the year.")
        return born


def patient_values(patient: Patient) -> dict[str, Any]:
    """What the form shows of a patient who is already known."""
    return {name: getattr(patient, name) for name in PatientForm.base_fields}


class ContactForm(forms.Form):
    """Somebody around the patient; a line without a name is left out."""

    relationship = forms.ChoiceField(
        choices=PatientContact.Relationship.choices, label="Who", required=False
    )
    name = forms.CharField(required=False, max_length=120, label="Name")
    phone = forms.CharField(required=False, max_length=40, label="Phone")
    email = forms.EmailField(required=False, label="E-mail")

    def clean(self) -> dict[str, Any]:
        """A phone number or an address needs a name."""
        values: dict[str, Any] = super().clean() or {}
        if (values.get("phone") or values.get("email")) and not values.get("name"):
            self.add_error("name", "Whose number or address is this?")
        return values


class ContactLines(forms.BaseFormSet):
    """The lines for contacts."""

    def contacts(self) -> list[Contact]:
        """The people whose name was given."""
        return [
            Contact(**line.cleaned_data) for line in self.forms if line.cleaned_data.get("name")
        ]


ContactFormSet = forms.formset_factory(ContactForm, formset=ContactLines, extra=1, max_num=12)
