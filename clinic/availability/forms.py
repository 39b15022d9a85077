"""Forms about hours, rooms and rosters; times are of the site's clock."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from clinic.availability.holidays import countries, country_name
from clinic.availability.rosters import ROSTERED
from clinic.availability.rules import Clock
from clinic.errors import DomainError
from clinic.forms import PlanningDate, TimeInput, show_refusal
from clinic.models import Credential, Leave

REASON = 120


class ActForm(forms.Form):
    """A form of a page with several; what a service refuses is shown at the input it names."""

    # Inputs under other names than the service's.
    places: dict[str, str] = {}

    def refuse(self, refusal: DomainError) -> None:
        """Show what the service refused."""
        refusal.field = self.places.get(refusal.field or "", refusal.field)
        show_refusal(self, refusal)


class RowForm(ActForm):
    """Which row is meant."""

    id = forms.UUIDField(widget=forms.HiddenInput)


class _HoursForm(ActForm):
    """One or two stretches of a day."""

    places = {"hours": "starts"}

    starts = forms.TimeField(label="From", required=False, widget=TimeInput(step=300))
    ends = forms.TimeField(label="To", required=False, widget=TimeInput(step=300))
    more_starts = forms.TimeField(label="And from", required=False, widget=TimeInput(step=300))
    more_ends = forms.TimeField(label="To", required=False, widget=TimeInput(step=300))

    def clean(self) -> dict[str, Any]:
        """Each stretch has both ends."""
        said: dict[str, Any] = super().clean() or {}
        for starts, ends in (("starts", "ends"), ("more_starts", "more_ends")):
            for name, other in ((starts, ends), (ends, starts)):
                if said.get(other) and not said.get(name) and name not in self.errors:
                    self.add_error(name, "Give both when it begins and when it ends.")
        return said

    @property
    def hours(self) -> list[Clock]:
        """The stretches that were given."""
        said = self.cleaned_data
        pairs = [(said["starts"], said["ends"]), (said["more_starts"], said["more_ends"])]
        return [(starts, ends) for starts, ends in pairs if starts and ends]


class SpecialHoursForm(_HoursForm):
    """Other hours on one date."""

    on = PlanningDate(label="Date")
    reason = forms.CharField(label="Reason", required=False, max_length=REASON)

    field_order = ["on", "starts", "ends", "more_starts", "more_ends", "reason"]

    def clean(self) -> dict[str, Any]:
        """Hours must be given; a day without any is a closure."""
        said = super().clean()
        if not said.get("starts") and not self.errors:
            self.add_error("starts", "When does it open on that date? All day closed: a closure.")
        return said


class ShiftChangeForm(_HoursForm):
    """Another shift on one date, or none."""

    on = PlanningDate(label="Date")
    is_off = forms.BooleanField(label="Does not work on that date", required=False)
    reason = forms.CharField(label="Reason", required=False, max_length=REASON)

    field_order = ["on", "is_off", "starts", "ends", "more_starts", "more_ends", "reason"]

    def clean(self) -> dict[str, Any]:
        """Either hours or none."""
        said = super().clean()
        if not self.errors and bool(said.get("starts")) == bool(said.get("is_off")):
            words = "Either times, or off." if said["is_off"] else "Give the times, or say off."
            self.add_error("starts", words)
        return said


class ClosureForm(ActForm):
    """A date on which the site is closed."""

    on = PlanningDate(label="Date")
    reason = forms.CharField(label="Reason", max_length=REASON)


class CalendarForm(ActForm):
    """Whose public holidays are proposed."""

    country = forms.ChoiceField(label="Country", required=False)
    subdivision = forms.CharField(
        label="State or region",
        required=False,
        max_length=8,
        help_text="Its code, such as NY; empty for the country’s own holidays.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        known = sorted((country_name(code), code) for code in countries())
        fields["country"].choices = [("", "No calendar"), *((code, name) for name, code in known)]

    def clean_subdivision(self) -> str:
        """The code as it is written."""
        return str(self.cleaned_data["subdivision"]).strip().upper()


class HolidaysForm(ActForm):
    """Which of the proposed holidays are taken over."""

    days = forms.TypedMultipleChoiceField(
        coerce=date.fromisoformat,
        label="Days",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose the days on which the site is closed."},
    )

    def __init__(self, *args: Any, proposed: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["days"].choices = [(one.on.isoformat(), one.name) for one in proposed]


class RoomForm(ActForm):
    """A room, and what can be done in it."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Name", max_length=60)
    kinds = forms.CharField(
        label="Kinds",
        max_length=200,
        help_text="In the words of protocols, with commas between: infusion, consulting.",
    )
    is_active = forms.BooleanField(label="Can be booked", required=False, initial=True)

    def clean_kinds(self) -> list[str]:
        """The kinds, each once, as protocols write them."""
        words = (word.strip().lower() for word in self.cleaned_data["kinds"].split(","))
        kinds = list(dict.fromkeys(word.replace(" ", "_") for word in words if word))
        field = forms.SlugField(max_length=30)
        return [field.clean(kind) for kind in kinds]


class PeriodForm(ActForm):
    """From a date to a date, whole days where no times are given."""

    places = {"starts_at": "from_on", "ends_at": "to_on"}

    from_on = PlanningDate(label="From")
    from_at = forms.TimeField(label="At", required=False, widget=TimeInput(step=300))
    to_on = PlanningDate(label="To", help_text="Without a time, all day.")
    to_at = forms.TimeField(label="At", required=False, widget=TimeInput(step=300))

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        said = self.cleaned_data
        return datetime.combine(said["from_on"], said["from_at"] or time(0), self.zone)

    @property
    def ends_at(self) -> datetime:
        """When it ends: after the last day, where no time is given."""
        said = self.cleaned_data
        if said["to_at"]:
            return datetime.combine(said["to_on"], said["to_at"], self.zone)
        return datetime.combine(said["to_on"] + timedelta(days=1), time(0), self.zone)


class BlockForm(PeriodForm):
    """When a room is out of use, and why."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Reason", max_length=REASON)


class LeaveForm(PeriodForm):
    """When somebody is away, and how."""

    kind = forms.ChoiceField(label="Kind", choices=Leave.Kind.choices)
    reason = forms.CharField(
        label="Note",
        required=False,
        max_length=REASON,
        help_text="Only those who keep the roster see it.",
    )

    field_order = ["kind", "from_on", "from_at", "to_on", "to_at", "reason"]


class CredentialForm(ActForm):
    """A licence or certificate, and the first day on which it is not good any more."""

    kind = forms.ChoiceField(label="Kind", choices=Credential.Kind.choices)
    number = forms.CharField(label="Number", required=False, max_length=60)
    expires_on = PlanningDate(
        label="Expires on",
        help_text="From this day on nobody is booked with them, if their role needs it.",
    )


class RequiredForm(ActForm):
    """Which credentials end the roster of which role when they expire."""

    required = forms.MultipleChoiceField(
        required=False, label="Needed", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["required"].choices = [
            (f"{role}:{kind}", f"{role.label}: {Credential.Kind(kind).label}")
            for role in ROSTERED
            for kind in Credential.Kind.values
        ]
