"""Forms about people, programs and their tokens."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.forms import BoundField

from clinic.access import sites_of
from clinic.api.tokens import LIFETIME, MOST_DAYS, READING
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.models import Membership, Role, Site, User
from clinic.rights import Right, may
from clinic.staffing.rules import Posts

MOST_CAPACITY = 1000


class RefusableForm(forms.Form):
    """A form that shows what a service refused beside the field at fault."""

    def refuse(self, refusal: DomainError) -> None:
        """Show the refusal."""
        show_refusal(self, refusal)


class RolesForm(RefusableForm):
    """A name, and the roles at each site; they stay as they are where `by` manages no staff."""

    name = forms.CharField(max_length=120, label="Name")

    def __init__(
        self, *args: Any, by: Membership, member: Membership | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        held: Posts = member.duties if member else frozenset()
        self.managed = list(sites_of(by, Right.MANAGE_STAFF))
        others = Site.objects.filter(pk__in={site for site, _ in held})
        fixed = others.exclude(pk__in=[site.pk for site in self.managed]).order_by("name", "pk")
        for site in [*self.managed, *fixed]:
            self.fields[_field_of(site.pk)] = self._roles(site, held)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def _roles(self, site: Site, held: Posts) -> forms.MultipleChoiceField:
        return forms.MultipleChoiceField(
            choices=Role.choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            label=site.name,
            initial=[role for site_id, role in held if site_id == site.pk],
            disabled=site not in self.managed,
        )

    @property
    def site_fields(self) -> Iterable[BoundField]:
        """The choices of roles, site by site."""
        return [self[name] for name in self.fields if name.startswith("site_")]

    @property
    def posts(self) -> Posts:
        """The roles that were chosen, with their sites."""
        chosen = self.cleaned_data.items()
        return frozenset(
            (UUID(name.removeprefix("site_")), role)
            for name, roles in chosen
            if name.startswith("site_")
            for role in roles
        )


def _field_of(site_id: UUID) -> str:
    return f"site_{site_id.hex}"


class PersonForm(RolesForm):
    """What a manager says of a colleague."""

    capacity = forms.IntegerField(
        min_value=1,
        max_value=MOST_CAPACITY,
        initial=1,
        label="Capacity",
        help_text="How much they look after at one time, in the units of your protocols: "
        "a nurse with 6 may have one infusion (6), or watch over two patients (3 each).",
    )


class InvitationForm(PersonForm):
    """Somebody new, and where to write to."""

    email = forms.EmailField(max_length=254, label="E-mail at work")
    field_order = ("name", "email", "capacity")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class LetterForm(RefusableForm):
    """Where an invitation goes."""

    email = forms.EmailField(max_length=254, label="E-mail at work")


class LeavingForm(RefusableForm):
    """Why somebody's access ends."""

    reason = forms.CharField(
        max_length=200,
        label="Reason",
        help_text="For the record; they do not see it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PasswordForm(RefusableForm):
    """A password for a new account, twice."""

    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters. A few unusual words are easy to keep in mind.",
    )
    again = forms.CharField(
        label="Password, again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Refuse what is easily guessed."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        values: dict[str, Any] = super().clean() or {}
        if "password" in values and values.get("again") != values["password"]:
            self.add_error("again", "This differs from the first.")
        return values


class TokenForm(RefusableForm):
    """What a token is for, how long, and what it is good for."""

    READ, ALL, CHOSEN = "READ", "ALL", "CHOSEN"
    name = forms.CharField(
        max_length=80,
        label="What is it for?",
        widget=forms.TextInput(attrs={"placeholder": "Night import", "autocomplete": "off"}),
    )
    days = forms.IntegerField(
        min_value=1, max_value=MOST_DAYS, initial=LIFETIME.days, label="Days until it ends"
    )
    good_for = forms.ChoiceField(
        choices=[
            (READ, "Reading only"),
            (ALL, "Everything that its owner may do"),
            (CHOSEN, "What I choose"),
        ],
        initial=READ,
        widget=forms.RadioSelect,
        label="Good for",
    )
    scopes = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Rights"
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights = [right for right in Right if may(member, right)]
        fields: Any = self.fields
        fields["scopes"].choices = [(right.value, right.label) for right in self.rights]

    def clean(self) -> dict[str, Any]:
        """Something is chosen where a choice is to be made."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("good_for") == self.CHOSEN and not values.get("scopes"):
            self.add_error("scopes", "Choose at least one right.")
        return values

    @property
    def values(self) -> dict[str, Any]:
        """What `issue_token` takes."""
        said = self.cleaned_data
        return {
            "name": said["name"],
            "lifetime": timedelta(days=said["days"]),
            "scopes": self._scopes(said["good_for"], said["scopes"]),
        }

    def _scopes(self, good_for: str, chosen: list[str]) -> list[str] | None:
        if good_for == self.ALL:
            return None
        return chosen if good_for == self.CHOSEN else [one for one in self.rights if one in READING]
