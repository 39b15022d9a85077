"""Withdrawing a consent, with what it calls off."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView
from clinic.consents.access import consent_for
from clinic.consents.serializers import ConsentOutput, WithdrawalInput
from clinic.rights import Right
from scheduling.services import end_consent


class EndedConsentOutput(serializers.Serializer[Any]):
    """What was withdrawn, and the visits that were cancelled with it."""

    consents = ConsentOutput(many=True)
    cancelled_visits = serializers.ListField(child=serializers.UUIDField())


class ConsentWithdrawal(ApiView):
    """POST /consents/{id}/withdraw"""

    right = Right.RECORD_CONSENT

    @extend_schema(
        operation_id="withdraw_consent",
        tags=["consents"],
        request=WithdrawalInput,
        responses={200: EndedConsentOutput},
    )
    @idempotent
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Withdraw a consent; 409 `consent-not-standing` when it does not hold any more.

        Booked doses to which nothing else consents are cancelled, and the talks after them; a token
        without the scope BOOK is then refused (403 `right-missing`), and nothing is withdrawn.
        """
        record = consent_for(self.member, consent_id, Right.RECORD_CONSENT)
        said = self.sent(WithdrawalInput)
        ended = end_consent(record=record, by=self.member, now=timezone.now(), **said)
        found = {
            "consents": ended.consents,
            "cancelled_visits": [visit.pk for visit in ended.visits],
        }
        zone = record.patient.site.zone
        return Response(EndedConsentOutput(found, context={"zone": zone}).data)
