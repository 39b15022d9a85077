"""A site's capacity over the API."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import row_for, site_for
from clinic.api.views import ApiView, named
from clinic.models import Site
from clinic.rights import Right
from courses.models import ProtocolVersion
from scheduling.capacity.access import versions_for
from scheduling.capacity.filling import weeks_filled
from scheduling.capacity.selectors import forecast_story
from scheduling.capacity.serializers import CapacityOutput, CapacityQuery, WeekFillOutput
from scheduling.capacity.services import cancel_forecast, request_forecast


class _ForecastView(ApiView):
    def version(self, version_id: UUID) -> ProtocolVersion:
        """One of the protocols in use."""
        in_use = ProtocolVersion.objects.filter(pk__in=[v.pk for v in versions_for(self.member)])
        return named("protocol_version", lambda: row_for(self.member, in_use, version_id))

    def told(self, site: Site, version: ProtocolVersion, code: int = 200) -> Response:
        """The forecast as it stands."""
        story = forecast_story(site, version)
        return Response(CapacityOutput(story, context={"zone": site.zone}).data, code)


class SiteCapacity(_ForecastView):
    """GET and POST /sites/{id}/capacity"""

    rights = {"GET": Right.VIEW_SCHEDULE, "POST": Right.BOOK}

    @extend_schema(
        operation_id="read_capacity",
        tags=["capacity"],
        parameters=[CapacityQuery],
        responses=CapacityOutput,
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """How many courses of a protocol could start in each of eight weeks, and what is in the
        way; each week as if nothing were added in the others."""
        site = site_for(self.member, site_id, Right.VIEW_SCHEDULE)
        return self.told(site, self.version(self.asked(CapacityQuery)["protocol_version"]))

    @extend_schema(
        operation_id="count_capacity",
        tags=["capacity"],
        request=CapacityQuery,
        responses={202: CapacityOutput},
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        """Count the weeks anew; read them every second or two until READY or FAILED.

        While they are being counted another call changes nothing.
        """
        site = site_for(self.member, site_id, Right.BOOK)
        version = self.version(self.sent(CapacityQuery)["protocol_version"])
        request_forecast(site=site, protocol_version=version, by=self.member, now=timezone.now())
        return self.told(site, version, status.HTTP_202_ACCEPTED)


class SiteCapacityCancel(_ForecastView):
    """POST /sites/{id}/capacity/cancel"""

    right = Right.BOOK

    @extend_schema(
        operation_id="cancel_capacity",
        tags=["capacity"],
        request=CapacityQuery,
        responses=CapacityOutput,
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        """Count no further; what was counted before stays."""
        site = site_for(self.member, site_id, Right.BOOK)
        version = self.version(self.sent(CapacityQuery)["protocol_version"])
        cancel_forecast(site=site, protocol_version=version, now=timezone.now())
        return self.told(site, version)


class SiteUtilisation(ApiView):
    """GET /sites/{id}/utilisation"""

    right = Right.VIEW_SCHEDULE

    @extend_schema(
        operation_id="read_utilisation",
        tags=["capacity"],
        responses=WeekFillOutput(many=True),
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """How full chairs and nurses are: eight past weeks, this one, and eight to come."""
        site = site_for(self.member, site_id, Right.VIEW_SCHEDULE)
        today = timezone.now().astimezone(site.zone).date()
        return Response(WeekFillOutput(weeks_filled(site, today=today), many=True).data)
