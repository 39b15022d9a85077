"""Forms of this floor, and how all forms are drawn."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.renderers import TemplatesSetting

from clinic.access import sites_of
from clinic.errors import DomainError
from clinic.models import Membership, Patient, PatientContact, Site
from clinic.models.organizations import validate_timezone
from clinic.rights import Right
from clinic.services import Contact

OLDEST = 120  # years
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


class CourselineRenderer(TemplatesSetting):
    """Fields with their label, help and errors in our markup."""

    field_template_name = "clinic/_field.html"


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class PlanningDate(forms.DateField):
    """A day within planning: nothing is kept of years that calendars cannot reckon with."""

    def __init__(self, **options: Any) -> None:
        within = [MinValueValidator(FIRST_DAY, "Check the year."),
                  MaxValueValidator(LAST_DAY, "Check the year.")]  # fmt: skip
        super().__init__(widget=DateInput(), validators=within, **options)


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


class PatientForm(forms.Form):
    """Who a patient is and how to reach them."""

    given_name = forms.CharField(max_length=80, label="Given name")
    family_name = forms.CharField(max_length=80, label="Family name")
    birth_date = forms.DateField(label="Date of birth", widget=DateInput())
    site = forms.ModelChoiceField(queryset=Site.objects.none(), label="Site", empty_label=None)
    email = forms.EmailField(required=False, label="E-mail")
    phone = forms.CharField(required=False, max_length=40, label="Phone")
    email_reminders = forms.BooleanField(
        required=False, initial=True, label="Send confirmations and reminders by e-mail"
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label="Language of e-mails")
    timezone = forms.CharField(
        required=False, label="Time zone at home", validators=[validate_timezone]
    )

    def __init__(
        self,
        *args: Any,
        member: Membership,
        today: date,
        known: Patient | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        fields: Any = self.fields
        sites = sites_of(member, Right.EDIT_PATIENTS)
        # A patient who is treated here too keeps the site that they have, unless somebody moves it.
        home = Site.objects.filter(pk=known.site_id) if known else Site.objects.none()
        fields["site"].queryset = (sites | home).order_by("name", "pk")
        # The browser knows the receptionist’s own name and address, not the patient’s.
        for name in ("given_name", "family_name", "email", "phone"):
            fields[name].widget.attrs["autocomplete"] = "off"
        fields["phone"].widget.input_type = "tel"
        fields["timezone"].widget.attrs |= {
            "list": "zones",
            "placeholder": "The same as the site’s",
        }
        fields["email_reminders"].help_text = "They never name a treatment or a diagnosis."

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


ContactFormSet = forms.formset_factory(ContactForm, extra=1, max_num=12)


def typed_contacts(lines: Iterable[forms.Form]) -> list[Contact]:
    """The people whose name was given, of valid lines."""
    return [Contact(**line.cleaned_data) for line in lines if line.cleaned_data.get("name")]


def show_refusal(form: forms.BaseForm, refusal: DomainError) -> None:
    """Show what a service refused beside the field that it is about, or above a form without it."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
