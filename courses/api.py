"""Published protocols."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.views import ApiView
from courses.selectors import published_versions
from courses.serializers import ProtocolList


class Protocols(ApiView):
    """GET /protocols"""

    @extend_schema(operation_id="list_protocols", tags=["courses"], responses=ProtocolList)
    def get(self, request: Request) -> Response:
        """The protocols by which a course may start, all at once."""
        found = published_versions(organization=self.member.organization)
        return Response(ProtocolList({"results": found}).data)
