"""Forms of this floor: starting a course, moving and cancelling a visit."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from clinic.access import sites_of
from clinic.forms import DateInput, TimeInput
from clinic.models import Membership, Role, Site
from clinic.reasons import LEAST, MOST, TOO_SHORT
from clinic.rights import Right
from courses.editor.words import INDICATIONS
from courses.models import ProtocolVersion
from courses.selectors import definition_of, published_versions
from sessions.models import Session

FIRST_DOSE_WITHIN = timedelta(days=14)
LONGEST_REASON = 240
# No visit lies outside these years, and near the ends of the calendar a day has no neighbours.
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


def is_within_planning(day: date) -> bool:
    """Whether a visit may lie on the day at all."""
    return EARLIEST <= day < LATEST


def _check_day(day: date | None) -> None:
    if day and not is_within_planning(day):
        raise forms.ValidationError("Check the year.")


def indications_of(versions: Iterable[ProtocolVersion]) -> list[tuple[str, str]]:
    """What these protocols are for, in words; everything where one of them does not say."""
    listed = [definition_of(version).indications for version in versions]
    codes = {code for one in listed for code in one or INDICATIONS}
    known = [code for code in INDICATIONS if code in codes]
    return [(code, INDICATIONS.get(code, code)) for code in [*known, *sorted(codes - set(known))]]


class CourseForm(forms.Form):
    """The terms of a new course."""

    protocol_version = forms.ModelChoiceField(
        queryset=ProtocolVersion.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose a protocol."},
    )
    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    earliest_on = forms.DateField(label="Nothing before", widget=DateInput())
    latest_first_on = forms.DateField(label="First dose by", widget=DateInput())
    lead_therapist = forms.ModelChoiceField(
        queryset=Membership.objects.none(), required=False, empty_label="Whoever suits the plan"
    )

    goal = forms.CharField(required=False, max_length=240, label="Goal")
    indication = forms.ChoiceField(
        required=False, help_text="What is treated: one that the chosen protocol is for."
    )
    planned_end_on = forms.DateField(required=False, label="Planned end", widget=DateInput())
    review_on = forms.DateField(required=False, label="Review on", widget=DateInput())
    lead_prescriber = forms.ModelChoiceField(
        queryset=Membership.objects.none(), required=False, empty_label="Nobody yet"
    )
    # What may wait until a clinician fills it in; folded away, so that booking stays short.
    LATER = ("indication", "goal", "planned_end_on", "review_on")

    def __init__(self, *args: Any, member: Membership, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = published_versions(organization=member.organization)
        fields: Any = self.fields
        fields["protocol_version"].queryset = ProtocolVersion.objects.filter(
            pk__in=[version.pk for version in self.versions]
        ).select_related("protocol")
        fields["indication"].choices = [("", "Not said"), *indications_of(self.versions)]
        fields["site"].queryset = sites_of(member, Right.BOOK)
        therapists = Membership.objects.with_role(Role.THERAPIST, site)
        fields["lead_therapist"].queryset = therapists.order_by("name", "pk")
        prescribers = Membership.objects.with_role(Role.PRESCRIBER, site)
        fields["lead_prescriber"].queryset = prescribers.order_by("name", "pk")

    @property
    def later(self) -> list[forms.BoundField]:
        """The fields that may wait."""
        return [self[name] for name in self.LATER]

    @property
    def has_later(self) -> bool:
        """Whether one of them is filled in or wrong, so that they are shown."""
        return any(field.value() or field.errors for field in self.later)

    def clean(self) -> dict[str, Any]:
        """The first dose cannot be due before anything may happen."""
        values: dict[str, Any] = super().clean() or {}
        earliest, latest = values.get("earliest_on"), values.get("latest_first_on")
        if earliest and latest and latest < earliest:
            self.add_error("latest_first_on", "This is before the earliest date.")
        return values


class MoveForm(forms.Form):
    """A new time: one of the free ones, or a date and a time that somebody typed."""

    slot = forms.DateTimeField(required=False)
    on = forms.DateField(required=False, label="Date", widget=DateInput())
    at = forms.TimeField(required=False, label="Time", widget=TimeInput(step=300))
    reason = forms.CharField(required=False, max_length=LONGEST_REASON, label="Reason")
    override_reason = forms.CharField(
        required=False,
        min_length=LEAST,
        max_length=MOST,
        label="Why inside the minimum gap",
        help_text="Only where the minimum gap stands in the way, never within 24 hours of another "
        f"dose. At least {LEAST} characters; kept as your decision.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"min_length": TOO_SHORT},
    )

    def __init__(
        self, *args: Any, zone: ZoneInfo, can_override: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.can_override = can_override
        if not can_override:
            del self.fields["override_reason"]
        self.zone = zone
        self.fields["at"].label = f"Time in {zone.key.rpartition('/')[2].replace('_', ' ')}"

    def clean_on(self) -> date | None:
        """Refuse a day on which no visit can be."""
        on: date | None = self.cleaned_data["on"]
        _check_day(on)
        return on

    def clean_slot(self) -> datetime | None:
        """Refuse a moment on such a day."""
        slot: datetime | None = self.cleaned_data["slot"]
        _check_day(slot.date() if slot else None)
        return slot

    def clean(self) -> dict[str, Any]:
        """What was typed comes before what was chosen."""
        values: dict[str, Any] = super().clean() or {}
        typed = [name for name in ("on", "at") if self.data.get(name)]
        for name in {"on", "at"} - set(typed) if typed else ():
            self.add_error(name, "Give both the date and the time.")
        if not typed and not values.get("slot") and not self.errors:
            self.add_error(None, "Choose one of the free times, or type a date and a time.")
        return values

    @property
    def starts_at(self) -> datetime:
        """The new start, of a valid form."""
        on: date | None = self.cleaned_data["on"]
        if on:
            return datetime.combine(on, self.cleaned_data["at"], self.zone)
        slot: datetime = self.cleaned_data["slot"]
        return slot


# Nobody chooses that a course changed: that is said where it does.
CANCEL_CODES = [one for one in Session.CancelCode.choices if one[0] != Session.CancelCode.COURSE]


class EndForm(forms.Form):
    """Why a visit does not take place: coded, with who called it off, and a note for who reads
    clinical words."""

    code = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose a reason"), *CANCEL_CODES],
        error_messages={"required": "Choose why the visit falls through."},
    )
    cancelled_by = forms.ChoiceField(
        label="Who cancels",
        choices=Session.Party.choices,
        widget=forms.RadioSelect,
        initial=Session.Party.PATIENT,
        error_messages={"required": "Say who cancels."},
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label="Note",
        help_text="For clinicians; the front desk sees the reason alone.",
    )

    def __init__(
        self, *args: Any, is_missed: bool = False, can_note: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_missed:
            del self.fields["cancelled_by"]
        if not can_note:
            del self.fields["reason"]


class ExtendForm(forms.Form):
    """How many more doses to plan."""

    doses = forms.IntegerField(min_value=1, max_value=4)
