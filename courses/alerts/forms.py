"""Forms about safety alerts: assessing and closing one, planning who is on call."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from clinic.forms import DateInput, TimeInput
from clinic.models import Membership, Site
from courses.alerts.duty import may_answer
from courses.models import SafetyAlert
from courses.models.alerts import LEAST_PLAN, TOO_SHORT_PLAN

LONGEST_PLAN = 2000


class CloseForm(forms.Form):
    """Who assessed the patient, when, at what risk, and what was agreed."""

    assessor = forms.ModelChoiceField(
        queryset=Membership.objects.none(), label="Who assessed the patient", empty_label="Choose…"
    )
    on = forms.DateField(label="Assessed on", widget=DateInput())
    at = forms.TimeField(label="At", widget=TimeInput())
    risk = forms.ChoiceField(
        label="Risk now",
        choices=SafetyAlert.Risk.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "What is the risk now?"},
    )
    plan = forms.CharField(
        label="Plan",
        min_length=LEAST_PLAN,
        max_length=LONGEST_PLAN,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What was agreed, who does what, and when the patient is seen again.",
        error_messages={"required": TOO_SHORT_PLAN, "min_length": TOO_SHORT_PLAN},
    )

    def __init__(
        self, *args: Any, alert: SafetyAlert, member: Membership, now: datetime, **kwargs: Any
    ) -> None:
        self.zone: ZoneInfo = alert.site.zone
        self.now = now.astimezone(self.zone)
        start = {"assessor": member.pk, "on": self.now.date(), "at": self.now.time()}
        super().__init__(*args, **{"initial": start, **kwargs})
        fields: Any = self.fields
        fields["assessor"].queryset = may_answer(alert.site)

    @property
    def assessed_at(self) -> datetime:
        """The moment by the site's clock; this minute is now, whose seconds nobody types."""
        said = self.cleaned_data
        moment = datetime.combine(said["on"], said["at"], self.zone)
        return self.now if moment == self.now.replace(second=0, microsecond=0) else moment

    def refuse(self, field: str | None, message: str) -> None:
        """Show what the service refused, at the input that it names."""
        place = {"assessed_at": "at"}.get(field or "", field)
        self.add_error(place if place in self.fields else None, message)


class OnCallForm(forms.Form):
    """Who is on call for a site, from when to when by its clock."""

    member = forms.ModelChoiceField(
        queryset=Membership.objects.none(), label="Who", empty_label="Choose…"
    )
    from_on = forms.DateField(label="From", widget=DateInput())
    from_at = forms.TimeField(label="At", widget=TimeInput())
    to_on = forms.DateField(label="Until", widget=DateInput())
    to_at = forms.TimeField(label="At", widget=TimeInput())

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = site.zone
        fields: Any = self.fields
        fields["member"].queryset = may_answer(site)

    @property
    def starts_at(self) -> datetime:
        """When the duty begins."""
        said = self.cleaned_data
        return datetime.combine(said["from_on"], said["from_at"], self.zone)

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        said = self.cleaned_data
        return datetime.combine(said["to_on"], said["to_at"], self.zone)

    def refuse(self, field: str | None, message: str) -> None:
        """Show what the service refused, at the input that it names."""
        place = {"starts_at": "from_on", "ends_at": "to_on"}.get(field or "", field)
        self.add_error(place if place in self.fields else None, message)
