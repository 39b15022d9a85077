"""Who is away, and what is accepted of a repair."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from clinic.forms import PlanningDate
from clinic.models import Leave, Membership, Role, Site


class AwayForm(forms.Form):
    """Somebody is away from a date to a date; the fields are those of leave."""

    member = forms.ModelChoiceField(
        label="Who",
        queryset=Membership.objects.none(),
        empty_label="Choose …",
        error_messages={"required": "Choose who is away."},
    )
    from_on = PlanningDate(label="From")
    to_on = PlanningDate(label="To and with")

    def __init__(self, data: QueryDict | None = None, *, site: Site, day: date) -> None:
        super().__init__(data, initial={"from_on": day, "to_on": day})
        roles = [Role.NURSE, Role.THERAPIST, Role.PRESCRIBER]
        people = Membership.objects.active().filter(
            kind=Membership.Kind.PERSON, assignments__site=site, assignments__role__in=roles
        )
        fields: Any = self.fields
        fields["member"].queryset = people.distinct().order_by("name", "pk")
        fields["member"].label_from_instance = lambda member: member.name

    @property
    def kind(self) -> str:
        """Somebody who is away unexpectedly is ill, as far as the roster is concerned."""
        return str(Leave.Kind.SICK)


class PartsForm(forms.Form):
    """A way, and the parts of it that are accepted; all of them with `all`."""

    way = forms.UUIDField()
    all = forms.BooleanField(required=False)
    part = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["part"].choices = [(str(number), str(number)) for number in range(1, 1000)]

    def clean(self) -> dict[str, Any]:
        """Something has to be accepted."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("all") and not said.get("part"):
            self.add_error("part", "Tick what you accept.")
        return said

    @property
    def parts(self) -> list[int] | None:
        """The parts that are ticked; None for all."""
        return None if self.cleaned_data["all"] else self.cleaned_data["part"]
