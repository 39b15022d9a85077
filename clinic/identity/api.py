"""Charts that are, or may be, of one person (DOMAIN 8.45)."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import patient_for
from clinic.api.fields import Id, Input
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, named
from clinic.identity.access import link_for
from clinic.identity.rules import Identity
from clinic.identity.selectors import (
    charts_beside,
    likely_duplicates,
    suspected_pairs,
)
from clinic.identity.serializers import (
    ApartInput,
    IdentityInput,
    LinkOutput,
    MatchOutput,
    OtherChartOutput,
    PairPageOutput,
    ReasonInput,
)
from clinic.identity.services import ChartsNotLinked, tell_apart, unlink_charts
from clinic.rights import Right

TAGS = ["patients"]


class StretchQuery(Input):
    """From which chart on."""

    after = Id(required=False)


class PatientMatches(ApiView):
    """POST /patients/matches"""

    right = Right.EDIT_PATIENTS

    @extend_schema(
        operation_id="match_patient",
        tags=TAGS,
        request=IdentityInput,
        responses={200: MatchOutput(many=True)},
    )
    def post(self, request: Request) -> Response:
        """Who is likely to be the same person: ask before registering. Registering is not
        refused for a likeness. No restricted chart is among them."""
        identity = Identity(**self.sent(IdentityInput))
        found = likely_duplicates(identity, member=self.member, now=timezone.now())
        return Response(MatchOutput(found, many=True).data)


class SuspectedPairs(ApiView):
    """GET /patients/duplicates"""

    right = Right.EDIT_PATIENTS

    @extend_schema(
        operation_id="list_duplicates",
        tags=TAGS,
        parameters=[OpenApiParameter("after", str, description="As the page before gave it")],
        responses=PairPageOutput,
    )
    def get(self, request: Request) -> Response:
        """Charts that look alike and of which nothing was said, newest first."""
        after = self.asked(StretchQuery).get("after")
        page = suspected_pairs(self.member, now=timezone.now(), after=after)
        return Response(PairPageOutput(page).data)


class PatientApart(ApiView):
    """POST /patients/{id}/apart"""

    right = Right.EDIT_PATIENTS

    @extend_schema(operation_id="tell_apart", tags=TAGS, request=ApartInput, responses={204: None})
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """The two charts are of two persons: they are not suspected again."""
        patient = patient_for(self.member, patient_id, Right.EDIT_PATIENTS)
        other_id = self.sent(ApartInput)["other"]
        other = named("other", lambda: patient_for(self.member, other_id, Right.VIEW_PATIENTS))
        tell_apart(patient=patient, others=[other], by=self.member, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class OtherCharts(ApiView):
    """GET /patients/{id}/charts"""

    right = Right.VIEW_PATIENTS

    @extend_schema(
        operation_id="list_other_charts", tags=TAGS, responses=OtherChartOutput(many=True)
    )
    def get(self, request: Request, patient_id: UUID) -> Response:
        """The person's other charts, the one that stands first."""
        patient = patient_for(self.member, patient_id, Right.VIEW_PATIENTS)
        found = charts_beside(patient, member=self.member, now=timezone.now())
        return Response(OtherChartOutput(found, many=True).data)


class PatientUnlinking(ApiView):
    """POST /patients/{id}/unlink"""

    right = Right.LINK_CHARTS

    @extend_schema(
        operation_id="unlink_chart", tags=TAGS, request=ReasonInput, responses=LinkOutput
    )
    @idempotent
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Undo that another chart stands in this one's place; 409 `charts-not-linked` where none
        does."""
        patient = patient_for(self.member, patient_id, Right.LINK_CHARTS)
        said = self.sent(ReasonInput)
        link = link_for(self.member, patient)
        if link is None:
            raise ChartsNotLinked("No other chart stands in this one’s place.")
        undone = unlink_charts(link=link, by=self.member, now=timezone.now(), **said)
        return Response(shown(undone, patient.site.zone))


def shown(link: Any, zone: Any) -> dict[str, Any]:
    """The link, its moments by the clock of that zone."""
    return dict(LinkOutput(link, context={"zone": zone}).data)
