"""Shapes of what the API takes and gives about payers and authorisations."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Day, Id, Input, Moment, Number, Text, Truth
from clinic.models import Drug
from courses.authorizations.rules import LABELS
from courses.authorizations.selectors import Standing
from courses.models import CoverageWarning, Payer

STATES = [(state.value, label) for state, label in LABELS.items()]


class PayerInput(Input):
    """A payer."""

    name = Text(max_length=120)
    profile = Text(
        max_length=20, allow_blank=True, default="", help_text="Its criteria, by code: CIGNA …"
    )
    is_active = Truth(default=True)


class PayerOutput(serializers.Serializer[Any]):
    """A payer."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    name = serializers.CharField()
    profile = serializers.CharField()
    is_active = serializers.BooleanField()

    def get_url(self, payer: Payer) -> str:
        """Where the payer is read."""
        return reverse("api:payer", args=[payer.pk])


class AuthorizationInput(Input):
    """What a payer granted: visits, devices, or both; for one course, or for a drug."""

    payer = Id()
    reference = Text(max_length=60, help_text="The payer’s own number of it")
    course = Id(required=False, help_text="Left out: for the drug")
    drug = serializers.ChoiceField(choices=Drug.choices, required=False)
    starts_on = Day()
    ends_on = Day(help_text="The last day")
    visits_granted = Number(required=False, min_value=1, max_value=1000)
    units_granted = Number(required=False, min_value=1, max_value=1000, help_text="Devices")
    renewal_days = Number(
        required=False, min_value=0, max_value=365, help_text="Left out: as the thresholds say"
    )
    evidence = Text(max_length=400, allow_blank=True, default="")


class EndingInput(Input):
    """Why it covers nothing any more."""

    reason = Text(max_length=240)


class AuthorizationOutput(serializers.Serializer[Any]):
    """An authorisation with what is used and left."""

    id = serializers.UUIDField(source="authorization.pk")
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="authorization.patient_id")
    payer = serializers.UUIDField(source="authorization.payer_id")
    course = serializers.UUIDField(source="authorization.course_id", allow_null=True)
    drug = serializers.CharField(source="authorization.drug")
    reference = serializers.CharField(source="authorization.reference")
    starts_on = serializers.DateField(source="authorization.starts_on")
    ends_on = serializers.DateField(source="authorization.ends_on")
    visits_granted = serializers.IntegerField(
        source="authorization.visits_granted", allow_null=True
    )
    visits_used = serializers.IntegerField(source="spent.visits")
    visits_left = serializers.IntegerField(allow_null=True)
    units_granted = serializers.IntegerField(source="authorization.units_granted", allow_null=True)
    units_used = serializers.IntegerField(source="spent.units")
    units_left = serializers.IntegerField(allow_null=True)
    renew_from = serializers.DateField()
    is_renewal_due = serializers.BooleanField()
    evidence = serializers.CharField(source="authorization.evidence")
    state = serializers.ChoiceField(choices=STATES)

    def get_url(self, standing: Standing) -> str:
        """Where the authorisation is read."""
        return reverse("api:authorization", args=[standing.authorization.pk])


class AuthorizationList(serializers.Serializer[Any]):
    """Authorisations, all at once."""

    results = AuthorizationOutput(many=True)


class SelfPayInput(Input):
    """That the patient pays what no payer covers."""

    signed_on = Day()


class SelfPayOutput(serializers.Serializer[Any]):
    """An agreement to pay oneself."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    course = serializers.UUIDField(source="course_id")
    signed_on = serializers.DateField()
    recorded_at = Moment()
    ended_at = Moment(allow_null=True)

    def get_url(self, agreement: Any) -> str:
        """Where it is ended."""
        return reverse("api:self_pay_end", args=[agreement.pk])


class CoverageWarningOutput(serializers.Serializer[Any]):
    """A visit that was booked although nothing covers it."""

    visit = serializers.UUIDField(source="visit_id")
    on = serializers.DateField()
    code = serializers.ChoiceField(choices=CoverageWarning.Code.choices)
    self_pay = serializers.BooleanField(help_text="Whether the patient had agreed to pay")
    at = Moment()
    by = serializers.UUIDField(source="by_id")


class CourseCoverage(serializers.Serializer[Any]):
    """What covers a course."""

    authorizations = AuthorizationOutput(many=True)
    self_pay = SelfPayOutput(allow_null=True)
    warnings = CoverageWarningOutput(many=True)
