"""Sites with their rooms and people."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import site_for, sites_of
from clinic.api.directory import rooms_of, staff_of
from clinic.api.views import ApiView, ListView
from clinic.availability.serializers import RoomInput
from clinic.availability.services import add_room
from clinic.rights import Right
from clinic.serializers import RoomOutput, SiteOutput, StaffOutput


class SiteList(ListView):
    """GET /sites"""

    right = Right.VIEW_SCHEDULE

    @extend_schema(operation_id="list_sites", tags=["places"], responses=SiteOutput(many=True))
    def get(self, request: Request) -> Response:
        """The organisation's sites."""
        return self.page(sites_of(self.member, Right.VIEW_SCHEDULE), SiteOutput)


class SiteDetail(ApiView):
    """GET /sites/{id}"""

    right = Right.VIEW_SCHEDULE

    @extend_schema(operation_id="read_site", tags=["places"], responses=SiteOutput)
    def get(self, request: Request, site_id: UUID) -> Response:
        """One site."""
        return Response(SiteOutput(site_for(self.member, site_id, Right.VIEW_SCHEDULE)).data)


class RoomList(ListView):
    """GET and POST /sites/{id}/rooms"""

    rights = {"GET": Right.VIEW_SCHEDULE, "POST": Right.MANAGE_SETTINGS}

    @extend_schema(operation_id="list_rooms", tags=["places"], responses=RoomOutput(many=True))
    def get(self, request: Request, site_id: UUID) -> Response:
        """The site's rooms that can be booked."""
        return self.page(rooms_of(site_for(self.member, site_id, Right.VIEW_SCHEDULE)), RoomOutput)

    @extend_schema(
        operation_id="add_room",
        tags=["availability"],
        request=RoomInput,
        responses={201: RoomOutput},
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        """Add a room, and say what can be done in it."""
        site = site_for(self.member, site_id, Right.MANAGE_SETTINGS)
        room = add_room(site=site, **self.sent(RoomInput))
        return Response(RoomOutput(room).data, status=status.HTTP_201_CREATED)


class StaffList(ListView):
    """GET /sites/{id}/staff"""

    right = Right.VIEW_SCHEDULE

    @extend_schema(operation_id="list_staff", tags=["places"], responses=StaffOutput(many=True))
    def get(self, request: Request, site_id: UUID) -> Response:
        """The people who work at the site, with their roles there."""
        return self.page(staff_of(site_for(self.member, site_id, Right.VIEW_SCHEDULE)), StaffOutput)
