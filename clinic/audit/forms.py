"""Which part of a history to show."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from clinic.audit.history import Wanted, people, records
from clinic.audit.words import record_name
from clinic.forms import DateInput

KINDS = [("", "Everything"), ("seen", "Seen"), ("changed", "Changed")]


class HistoryFilter(forms.Form):
    """Everything, where nothing is chosen."""

    is_filter = True  # so that no field needs to say that it is optional

    kind = forms.ChoiceField(required=False, label="What", choices=KINDS)
    record = forms.ChoiceField(required=False, label="Record")
    by = forms.ChoiceField(required=False, label="Who")
    since = forms.DateField(required=False, label="From", widget=DateInput())
    until = forms.DateField(required=False, label="To", widget=DateInput())

    def __init__(
        self, data: Mapping[str, Any], *, organization_id: UUID, of_patients: bool
    ) -> None:
        super().__init__(data)
        named = sorted((record_name(label), label) for label in records(of_patients=of_patients))
        offered = {
            "record": [("", "Every record"), *((label, name) for name, label in named)],
            "by": [("", "Everybody"), *people(organization_id)],
        }
        for name, choices in offered.items():
            cast(forms.ChoiceField, self.fields[name]).choices = choices
        if not of_patients:
            del self.fields["kind"]

    def clean(self) -> dict[str, Any]:
        """The dates in their order."""
        said = super().clean() or self.cleaned_data
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "This is before the first day.")
        return said

    def wanted(self, zone: ZoneInfo) -> Wanted:
        """What was chosen; what is not right is as if it were not said."""
        self.is_valid()
        return Wanted(zone=zone, **{key: said for key, said in self.cleaned_data.items() if said})
