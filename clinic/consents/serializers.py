"""Shapes of what the API takes and gives about consents."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from clinic.api.fields import Day, Id, Input, Moment, Text
from clinic.consents.rules import State, state_of
from clinic.models import ConsentKind, ConsentRecord, Drug, Route

How, SignedBy = ConsentRecord.How, ConsentRecord.SignedBy
# What a caller may say; a patient's own link records itself.
SAID = [(how.value, how.label) for how in (How.PAPER, How.SCREEN, How.VERBAL)]


class ConsentTextOutput(serializers.Serializer[Any]):
    """A text that is read and signed today."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ConsentKind.choices)
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    number = serializers.IntegerField(help_text="The version, within kind and language")
    title = serializers.CharField()
    body = serializers.CharField(help_text="`## ` before a heading, `- ` before a point")
    valid_months = serializers.IntegerField(allow_null=True, help_text="null: until withdrawn")
    is_default = serializers.BooleanField(
        source="is_shipped", help_text="Our own words, to be replaced by the clinic’s"
    )


class ConsentInput(Input):
    """That a patient agreed to a text."""

    text = Id(help_text="The version that was signed")
    signed_at = Moment()
    how = serializers.ChoiceField(choices=SAID)
    signed_by = serializers.ChoiceField(choices=SignedBy.choices, default=SignedBy.PATIENT)
    representative = Text(max_length=160, allow_blank=True, default="")
    witness = Id(required=False, help_text="A member of staff; needed for VERBAL")
    drug = serializers.ChoiceField(
        choices=Drug.choices, allow_blank=True, default="", help_text="Empty: any"
    )
    route = serializers.ChoiceField(
        choices=Route.choices, allow_blank=True, default="", help_text="Empty: any"
    )
    recipient = Text(
        max_length=160, allow_blank=True, default="", help_text="To whom; needed for RELEASE"
    )
    until = Day(required=False, help_text="The last day; left out, as long as the text allows")


class WithdrawalInput(Input):
    """Why, if the patient says."""

    reason = Text(max_length=240, allow_blank=True, default="")


class ConsentOutput(serializers.Serializer[Any]):
    """A consent; CURRENT and EXPIRING hold."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    text = serializers.UUIDField(source="text_id")
    kind = serializers.ChoiceField(choices=ConsentKind.choices)
    state = serializers.SerializerMethodField()
    drug = serializers.CharField(allow_blank=True)
    route = serializers.CharField(allow_blank=True)
    recipient = serializers.CharField(allow_blank=True)
    signed_at = Moment()
    how = serializers.ChoiceField(choices=How.choices)
    signed_by = serializers.ChoiceField(choices=SignedBy.choices)
    representative = serializers.CharField(allow_blank=True)
    witness = serializers.UUIDField(source="witness_id", allow_null=True)
    recorded_at = Moment()
    recorded_by = serializers.UUIDField(source="recorded_by_id")
    expires_at = Moment(allow_null=True)
    withdrawn_at = Moment(allow_null=True)
    withdrawal_reason = serializers.CharField(allow_blank=True)

    def get_url(self, record: ConsentRecord) -> str:
        """Where the consent is read."""
        return reverse("api:consent", args=[record.pk])

    def get_state(self, record: ConsentRecord) -> State:
        """How it stands now."""
        return state_of(record, timezone.now())
