"""Consents: the texts in use, what a patient signed, recording one."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for, row_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, made, named
from clinic.consents.access import consent_for, text_for
from clinic.consents.selectors import text_ids_in_use
from clinic.consents.serializers import ConsentInput, ConsentOutput, ConsentTextOutput
from clinic.consents.services import Scope, Signature, record_consent
from clinic.models import ConsentRecord, ConsentText, Membership
from clinic.rights import Right


class ConsentTexts(ListView):
    """GET /consent-texts"""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="list_consent_texts",
        tags=["consents"],
        responses={200: ConsentTextOutput(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The texts in use: one for each kind and language."""
        ids = text_ids_in_use(self.member.organization_id)
        return self.page(ConsentText.objects.filter(pk__in=ids), ConsentTextOutput)


class PatientConsents(ListView):
    """GET and POST /patients/{id}/consents"""

    rights = {"GET": Right.VIEW_PATIENTS, "POST": Right.RECORD_CONSENT}

    @extend_schema(
        operation_id="list_consents",
        tags=["consents"],
        responses={200: ConsentOutput(many=True)},
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """Everything that the patient ever signed, what was recorded last first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_PATIENTS)
        rows = ConsentRecord.objects.filter(patient=patient)
        return self.page(rows, ConsentOutput, zone=patient.site.zone)

    @extend_schema(
        operation_id="record_consent",
        tags=["consents"],
        request=ConsentInput,
        responses={201: ConsentOutput},
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Record that the patient agreed to a text."""
        patient = patient_for(self.member, patient_id, Right.RECORD_CONSENT)
        said = self.sent(ConsentInput)
        text = named("text", lambda: text_for(self.member, said["text"]))
        record = record_consent(
            patient=patient,
            text=text,
            signature=self._signature(said),
            scope=Scope(said["drug"], said["route"], said["recipient"]),
            until=said.get("until"),
            by=self.member,
            now=timezone.now(),
        )
        shown = ConsentOutput(record, context={"zone": patient.site.zone}).data
        return made(shown, status.HTTP_201_CREATED)

    def _signature(self, said: dict[str, Any]) -> Signature:
        people = Membership.objects.active()
        witness_id = said.get("witness")
        witness = witness_id and named("witness", lambda: row_for(self.member, people, witness_id))
        return Signature(
            signed_at=said["signed_at"],
            how=said["how"],
            signed_by=said["signed_by"],
            representative=said["representative"],
            witness=witness or None,
        )


class ConsentDetail(ApiView):
    """GET /consents/{id}"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_consent", tags=["consents"], responses=ConsentOutput)
    def get(self, request: Request, consent_id: UUID) -> Response:
        """One consent."""
        record = consent_for(self.member, consent_id, Right.VIEW_PATIENTS)
        zone = record.patient.site.zone
        return Response(ConsentOutput(record, context={"zone": zone}).data)
