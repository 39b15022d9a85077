"""What is wanted of a group."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet

from clinic.forms import PlanningDate, TimeInput
from clinic.models import Membership, Role, Room, Site
from scheduling.forms import CANCEL_CODES
from scheduling.groups.models import GroupVisit
from scheduling.groups.placing import Terms
from scheduling.groups.rules import ROOM_KINDS
from scheduling.groups.service import MOST_WEEKS

# A group preparation takes so long where one is described (DOMAIN 2.12).
USUAL_MINUTES = 90
LONGEST_MINUTES, LONGEST_TURNOVER = 480, 120


def rooms_for_groups(site: Site) -> QuerySet[Room]:
    """The site's rooms for talks that are in use."""
    rooms = Room.objects.in_use().filter(site=site, kinds__overlap=sorted(ROOM_KINDS))
    return rooms.order_by("position", "name", "pk")


def therapists_of(site: Site) -> QuerySet[Membership]:
    """Who is a therapist at the site."""
    here = Membership.objects.active().filter(
        assignments__site=site, assignments__role=Role.THERAPIST
    )
    return here.order_by("name", "pk")


class GroupForm(forms.Form):
    """When, where, with whom and for how many."""

    kind = forms.ChoiceField(choices=GroupVisit.Kind.choices)
    on = PlanningDate(label="Date")
    at = forms.TimeField(label="Time", widget=TimeInput(step=300))
    minutes = forms.IntegerField(
        label="Minutes", min_value=15, max_value=LONGEST_MINUTES, initial=USUAL_MINUTES
    )
    room = forms.ModelChoiceField(Room.objects.none(), empty_label=None)
    therapist = forms.ModelChoiceField(Membership.objects.none(), empty_label=None)
    places = forms.IntegerField(min_value=2, max_value=100)
    turnover_minutes = forms.IntegerField(
        label="Minutes until the room is free again",
        min_value=0,
        max_value=LONGEST_TURNOVER,
        initial=0,
    )

    def __init__(self, *args: Any, site: Site, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["room"].queryset = rooms_for_groups(site)  # type: ignore[attr-defined]
        self.fields["therapist"].queryset = therapists_of(site)  # type: ignore[attr-defined]
        self.fields["places"].help_text = f"At most {most} here."
        self.fields["at"].label = f"Time in {site.timezone.rpartition('/')[2].replace('_', ' ')}"

    @property
    def terms(self) -> Terms:
        """The terms, of a valid form."""
        said = {**self.cleaned_data}
        on: date = said.pop("on")
        at: time = said.pop("at")
        said.pop("weeks", None)
        return Terms(starts_at=datetime.combine(on, at, self.site.zone), **said)


class NewGroupForm(GroupForm):
    """The same, perhaps every week."""

    weeks = forms.IntegerField(
        label="How many weeks in a row",
        min_value=1,
        max_value=MOST_WEEKS,
        initial=1,
        help_text="On the same weekday at the same time; days on which it cannot be are left out.",
    )


class AcceptGroupForm(forms.Form):
    """Why a group moves or does not take place, for its members' visits."""

    code = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose a reason"), *CANCEL_CODES],
        error_messages={"required": "Choose why the group changes."},
    )
    amber = forms.BooleanField(required=False, label="Leaving a usual maximum is meant")


def start_of(group: GroupVisit) -> dict[str, Any]:
    """What the form of a group begins with."""
    local = group.starts_at.astimezone(group.site.zone)
    return {
        "kind": group.kind,
        "on": local.date(),
        "at": local.time(),
        "minutes": group.minutes,
        "room": group.room_id,
        "therapist": group.therapist_id,
        "places": group.places,
        "turnover_minutes": group.turnover_minutes,
    }
