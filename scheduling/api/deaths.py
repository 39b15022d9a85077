"""That a patient has died: one person says so, another confirms it (DOMAIN 8.43, 8.44)."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.fields import Input, Moment, Text, Truth
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made
from clinic.deaths.selectors import death_of
from clinic.deaths.services import report_death, withdraw_death
from clinic.models import Membership, PatientDeath
from clinic.rights import Right
from scheduling.services import settle_death

TAGS = ["patients"]


class DeathInput(Input):
    """When, if that is known, and how it is known."""

    died_on = serializers.DateField(required=False, allow_null=True, default=None)
    known_from = Text(max_length=240, help_text="A relative called, a letter came back …")


class DeathConfirmInput(Input):
    """Whether few may open the chart from now on."""

    restricts = Truth(default=False, help_text="Takes RESTRICT_CHARTS")


class DeathOutput(serializers.Serializer[Any]):
    """What is known, who said it, and whether another person has confirmed it."""

    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    died_on = serializers.DateField(allow_null=True)
    known_from = serializers.CharField()
    reported_at = Moment()
    reported_by = serializers.UUIDField(source="reported_by_id")
    confirmed_at = Moment(allow_null=True)
    confirmed_by = serializers.UUIDField(source="confirmed_by_id", allow_null=True)
    withdrawn_at = Moment(allow_null=True)

    def get_url(self, death: PatientDeath) -> str:
        """Where the report is read."""
        return reverse("api:death", args=[death.patient_id])


def _shown(death: PatientDeath) -> dict[str, Any]:
    return dict(DeathOutput(death, context={"zone": death.patient.site.zone}).data)


def _known(member: Membership, patient_id: UUID) -> PatientDeath:
    """The report that stands; Http404 where there is none."""
    if death := death_of(patient_for(member, patient_id, Right.BOOK)):
        return death
    raise Http404


class PatientDeathDetail(ApiView):
    """GET and POST /patients/{id}/death"""

    right = Right.BOOK

    @extend_schema(operation_id="read_death", tags=TAGS, responses=DeathOutput)
    def get(self, request: Request, patient_id: UUID) -> Response:
        """The report that stands; 404 where nobody said that the patient has died."""
        return Response(_shown(_known(self.member, patient_id)))

    @extend_schema(
        operation_id="report_death", tags=TAGS, request=DeathInput, responses={201: DeathOutput}
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Say that the patient has died: from now on no message leaves.

        409 `death-reported` when somebody said so before; another person confirms it.
        """
        patient = patient_for(self.member, patient_id, Right.BOOK)
        said = self.sent(DeathInput)
        death = report_death(patient=patient, by=self.member, now=timezone.now(), **said)
        return made(_shown(death), status.HTTP_201_CREATED)


class PatientDeathConfirmation(ApiView):
    """POST /patients/{id}/death/confirm"""

    right = Right.BOOK

    @extend_schema(
        operation_id="confirm_death", tags=TAGS, request=DeathConfirmInput, responses=DeathOutput
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Confirm what somebody else reported: courses stop, visits are called off, nothing is
        sent. 400 for who reported it; 409 `death-not-open` once it is settled."""
        death = _known(self.member, patient_id)
        said = self.sent(DeathConfirmInput)
        settle_death(death=death, by=self.member, now=timezone.now(), **said)
        return Response(_shown(death))


class PatientDeathWithdrawal(ApiView):
    """POST /patients/{id}/death/withdraw"""

    right = Right.BOOK

    @extend_schema(operation_id="withdraw_death", tags=TAGS, request=None, responses=DeathOutput)
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Take back a report that was wrong; 409 `death-not-open` once it is confirmed."""
        death = _known(self.member, patient_id)
        withdraw_death(death=death, by=self.member, now=timezone.now())
        return Response(_shown(death))
