"""Shapes of what the API takes and gives about organisations, places, people and patients."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.fields import Day, Email, Id, Input, Moment, Number, Text, Truth, WallTime
from clinic.api.tokens import LIFETIME, MOST_DAYS
from clinic.models import Membership, Patient, PatientContact, Role, Weekday
from clinic.models.organizations import validate_timezone
from clinic.reasons import LEAST, MOST
from clinic.rights import CHOICES, Right
from clinic.selectors import ShutChart


class TokenInput(Input):
    """An account's e-mail and password, and what the token is for."""

    email = Email(max_length=254)
    password = Text(max_length=200, trim_whitespace=False)
    code = Text(max_length=40, default="", help_text="Of the authenticator app, or a recovery code")
    name = Text(max_length=80, help_text="What the token is for, such as Night import")
    organization = Id(required=False, help_text="Which one, for an account that works for several")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOICES),
        required=False, min_length=1, max_length=len(Right),
        help_text="The rights that the token is good for, of those that the account has; "
        "left out: all of them",
    )  # fmt: skip
    days = Number(
        min_value=1, max_value=MOST_DAYS, default=LIFETIME.days, help_text="How long it is in force"
    )


class TokenOutput(serializers.Serializer[Any]):
    """An API token, without its text."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    organization = serializers.UUIDField(source="organization_id")
    organization_name = serializers.CharField(source="membership.organization.name")
    member = serializers.UUIDField(source="membership_id")
    scopes = serializers.ListField(
        child=serializers.CharField(), allow_null=True,
        help_text="Rights that it is good for; null: whatever its member may do",
    )  # fmt: skip
    created_at = Moment(source="created")
    last_used_at = Moment(allow_null=True, help_text="To the minute")
    expires_at = Moment(source="expiry")


class NewTokenOutput(TokenOutput):
    """A new API token: the only time that its text is seen."""

    token = serializers.CharField(source="text")


class SiteOutput(serializers.Serializer[Any]):
    """A place where patients come."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    timezone = serializers.CharField(help_text="IANA name")
    address = serializers.CharField()
    phone = serializers.CharField()


class RoomOutput(serializers.Serializer[Any]):
    """A chair, bay or office."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())


class StaffOutput(serializers.Serializer[Any]):
    """Somebody who works at a site."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    roles = serializers.SerializerMethodField()

    def get_roles(self, member: Membership) -> list[str]:
        """The roles at the site that was asked for."""
        return sorted({Role(assignment.role).value for assignment in member.assignments.all()})


class WindowInput(Input):
    """A stretch of one weekday, by the site's clock, in which the patient can come."""

    weekday = Number(min_value=0, max_value=6, help_text="0 is Monday")
    starts = WallTime()
    ends = WallTime()
    preferred = Truth(default=False, help_text="The times that the patient likes best")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The end comes after the start."""
        if attrs["ends"] <= attrs["starts"]:
            raise serializers.ValidationError({"ends": ["The end must be later than the start."]})
        return attrs


class ContactInput(Input):
    """Somebody around the patient."""

    relationship = serializers.ChoiceField(choices=PatientContact.Relationship.choices)
    name = Text(max_length=120)
    phone = Text(max_length=40, allow_blank=True, default="")
    email = Email(max_length=254, allow_blank=True, default="")


class PatientInput(Input):
    """A person to register."""

    site = Id(help_text="The site that the patient usually comes to")
    given_name = Text(max_length=80)
    family_name = Text(max_length=80)
    birth_date = Day()
    email = Email(max_length=254, allow_blank=True, default="")
    phone = Text(max_length=40, allow_blank=True, default="")
    timezone = Text(
        max_length=64, allow_blank=True, default="", validators=[validate_timezone],
        help_text="IANA name, where it is not the site's",
    )  # fmt: skip
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="en")
    email_reminders = Truth(default=True)
    windows = WindowInput(many=True, default=list, max_length=50)  # type: ignore[call-arg]
    contacts = ContactInput(many=True, default=list, max_length=20)  # type: ignore[call-arg]

    def validate_birth_date(self, value: date) -> date:
        """Nobody is born tomorrow."""
        if value > timezone.now().date():
            raise serializers.ValidationError("A birth date is not in the future.")
        return value


class PatientSearchInput(Input):
    """Part of a name, an e-mail address or a telephone number."""

    text = Text(max_length=120)


class PatientBrief(serializers.Serializer[Any]):
    """A patient in a list."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    birth_date = serializers.DateField()
    site = serializers.UUIDField(source="site_id")

    def get_url(self, patient: Patient) -> str:
        """Where the patient is read."""
        return reverse("api:patient", args=[patient.pk])


class PatientFound(PatientBrief):
    """A patient among those who were found; of a shut chart the name alone, and a handle."""

    id = serializers.UUIDField(allow_null=True)
    birth_date = serializers.DateField(allow_null=True)
    site = serializers.UUIDField(source="site_id", allow_null=True)
    is_restricted = serializers.BooleanField(help_text="The chart opens only by break-glass")
    handle = serializers.SerializerMethodField()

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_url(self, patient: Patient | ShutChart) -> str | None:  # type: ignore[override]
        """Where the patient is read; nothing where the chart is shut."""
        return reverse("api:patient", args=[patient.id]) if patient.id else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_handle(self, patient: Patient | ShutChart) -> str | None:
        """What opens a shut chart; nothing for any other."""
        return getattr(patient, "handle", None)


class WindowOutput(serializers.Serializer[Any]):
    """A stretch of one weekday, by the site's clock."""

    weekday = serializers.ChoiceField(choices=Weekday.choices)
    starts = WallTime()
    ends = WallTime()
    preferred = serializers.BooleanField()


class ContactOutput(serializers.Serializer[Any]):
    """Somebody around the patient."""

    relationship = serializers.ChoiceField(choices=PatientContact.Relationship.choices)
    name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)


class PatientOutput(PatientBrief):
    """A patient."""

    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    timezone = serializers.CharField(allow_blank=True)
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    email_reminders = serializers.BooleanField()
    windows = WindowOutput(many=True, source="windows.all")
    contacts = ContactOutput(many=True, source="contacts.all")


class GlassInput(Input):
    """Why a restricted chart is opened."""

    reason = Text(min_length=LEAST, max_length=MOST, help_text="Kept, and told to the managers")


class HandleInput(GlassInput):
    """What stands for a restricted chart, and why it is opened."""

    handle = Text(max_length=500, help_text="From a search, or from a 403 `chart-restricted`")


class GlassOutput(serializers.Serializer[Any]):
    """A restricted chart is open to the caller."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    opened_at = Moment()
    expires_at = Moment()


class RightOutput(serializers.Serializer[Any]):
    """Something that roles may let a person do at a site."""

    right = serializers.ChoiceField(choices=CHOICES)
    label = serializers.CharField()  # type: ignore[assignment]
    meaning = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))


class OwnRole(serializers.Serializer[Any]):
    """A role that the caller holds at a site."""

    site = serializers.UUIDField()
    role = serializers.ChoiceField(choices=Role.choices)


class RoleTableOutput(serializers.Serializer[Any]):
    """Who may do what."""

    results = RightOutput(many=True)
    own = OwnRole(many=True)
