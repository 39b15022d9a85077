"""Breaking the glass of a restricted chart, and the table of who may do what."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import closed_patient_for
from clinic.api.views import ApiView
from clinic.charts import break_glass
from clinic.glass_handles import patient_behind
from clinic.models import Membership, Patient
from clinic.rights import SIGNED_IN, Right, roles_with
from clinic.serializers import GlassInput, GlassOutput, HandleInput, RoleTableOutput


class GlassBreaking(ApiView):
    """POST /patients/{id}/break-glass"""

    right = Right.BREAK_GLASS

    @extend_schema(
        operation_id="break_glass",
        tags=["patients"],
        request=GlassInput,
        responses={201: GlassOutput},
    )
    def post(self, request: Request, patient_id: UUID) -> Response:
        """Open a restricted chart to the caller for a while; the practice managers are told why.

        Calls that would show such a chart answer 403 `chart-restricted` until then.
        """
        patient = closed_patient_for(self.member, patient_id, Right.BREAK_GLASS)
        reason = self.sent(GlassInput)["reason"]
        return _opened(self.member, patient, reason)


class HandleOpening(ApiView):
    """POST /charts/open"""

    right = Right.BREAK_GLASS

    @extend_schema(
        operation_id="open_chart",
        tags=["patients"],
        request=HandleInput,
        responses={201: GlassOutput},
    )
    def post(self, request: Request) -> Response:
        """The same by the `handle` that a search or a 403 `chart-restricted` gave.

        A handle is good for its caller alone and for half an hour; then 400 `handle-spent`.
        """
        said = self.sent(HandleInput)
        patient_id = patient_behind(self.member, said["handle"])
        patient = closed_patient_for(self.member, patient_id, Right.BREAK_GLASS)
        return _opened(self.member, patient, said["reason"])


def _opened(member: Membership, patient: Patient, reason: str) -> Response:
    opening = break_glass(patient=patient, by=member, reason=reason, now=timezone.now())
    return Response(GlassOutput(opening).data, status=status.HTTP_201_CREATED)


class RoleTable(ApiView):
    """GET /roles"""

    rule = SIGNED_IN

    @extend_schema(operation_id="list_roles", tags=["roles"], responses=RoleTableOutput)
    def get(self, request: Request) -> Response:
        """Every right with the roles that have it, and the caller's own roles by site."""
        rights = [
            {"right": right, "label": right.label, "meaning": right.meaning,
             "roles": roles_with(right)}
            for right in Right
        ]  # fmt: skip
        own = [{"site": site, "role": role} for site, role in sorted(self.member.duties, key=str)]
        return Response(RoleTableOutput({"results": rights, "own": own}).data)
