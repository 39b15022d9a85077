"""Saying that two charts are of one person (DOMAIN 8.45)."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.fields import Id
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made, named
from clinic.identity.api import shown
from clinic.identity.serializers import LinkOutput, ReasonInput
from clinic.rights import Right
from scheduling.services import link_persons


class LinkInput(ReasonInput):
    """The other chart of the same person, which of the two stands, and why it is one person."""

    other = Id(help_text="The patient of whom the other chart is")
    stands = serializers.ChoiceField(
        choices=["THIS", "OTHER"],
        help_text="The chart on which new courses are begun; the other is kept for reading",
    )


class ChartLinking(ApiView):
    """POST /patients/{id}/link"""

    right = Right.LINK_CHARTS

    @extend_schema(
        operation_id="link_charts", tags=["patients"], request=LinkInput,
        responses={201: LinkOutput},
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Say that two charts are of one person: gaps, lapses, caps, holds and alerts of both
        count together from now on.

        409 `charts-collide` with the visits to come that one person cannot have, and
        `charts-linked` where they are linked already; 400 `charts-restricted-unalike`.
        """
        patient = patient_for(self.member, patient_id, Right.LINK_CHARTS)
        said = self.sent(LinkInput)
        other = named("other", lambda: patient_for(self.member, said["other"], Right.LINK_CHARTS))
        pair = (other, patient) if said["stands"] == "THIS" else (patient, other)
        link = link_persons(
            chart=pair[0],
            principal=pair[1],
            by=self.member,
            reason=said["reason"],
            now=timezone.now(),
        )
        return made(shown(link, patient.site.zone), status.HTTP_201_CREATED)
