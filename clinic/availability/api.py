"""The API of hours, closures and rooms; what is entered touches no visit that is booked."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.views import ApiView
from clinic.availability import services
from clinic.availability.access import Place, block_at, place_for, row_at
from clinic.availability.selectors import dated_hours, opening_week, site_hours
from clinic.availability.serializers import (
    BlockInput,
    ClosureInput,
    ClosureOutput,
    DayHoursInput,
    DayHoursOutput,
    HolidayOutput,
    HolidaysInput,
    RoomBlockOutput,
    RoomInput,
    SpanOutput,
    WeekInput,
    clocks,
)
from clinic.models import Closure, Room, SpecialHours
from clinic.rights import Right, Rule
from clinic.serializers import RoomOutput

KEEPS = {"GET": Right.VIEW_SCHEDULE, "POST": Right.KEEP_ROSTER, "DELETE": Right.KEEP_ROSTER}


class AvailabilityView(ApiView):
    """A view about one site."""

    rights: dict[str, Right] = KEEPS

    def place(self, site_id: UUID) -> Place:
        """The site, for who has the right that the request needs there."""
        rule = Rule("allowed", self.rights)
        right = rule.right_for(str(self.request.method))
        assert right is not None  # noqa: S101 # nosec B101 # permissions asked for it already
        return place_for(self.member, site_id, right, now=timezone.now())


def gone() -> Response:
    """The answer when something was taken back."""
    return Response(status=status.HTTP_204_NO_CONTENT)


def clock_of(place: Place) -> dict[str, Any]:
    """Instants are shown by the site's clock."""
    return {"zone": place.site.zone}


class SiteWeek(AvailabilityView):
    """GET and PUT /sites/{id}/hours"""

    rights = {"GET": Right.VIEW_SCHEDULE, "PUT": Right.MANAGE_SETTINGS}

    @extend_schema(
        operation_id="read_hours", tags=["availability"], responses=SpanOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """The site's weekly hours."""
        return Response(SpanOutput(opening_week(self.place(site_id).site), many=True).data)

    @extend_schema(
        operation_id="set_hours",
        tags=["availability"],
        request=WeekInput,
        responses=SpanOutput(many=True),
    )
    def put(self, request: Request, site_id: UUID) -> Response:
        """These are all the weekly hours from now on."""
        site = self.place(site_id).site
        services.set_opening_hours(site=site, week=WeekInput.spans(self.sent(WeekInput)))
        return Response(SpanOutput(opening_week(site), many=True).data)


class SpecialDays(AvailabilityView):
    """GET and POST /sites/{id}/special-hours"""

    @extend_schema(
        operation_id="list_special_hours",
        tags=["availability"],
        responses=DayHoursOutput(many=True),
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """Dates from today on with hours of their own."""
        place = self.place(site_id)
        rows = SpecialHours.objects.filter(site=place.site, on__gte=place.today)
        return Response(DayHoursOutput(dated_hours(rows), many=True).data)

    @extend_schema(
        operation_id="set_special_hours",
        tags=["availability"],
        request=DayHoursInput,
        responses={201: DayHoursOutput},
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        """Other hours on one date, shorter or longer; they replace what was said of it before."""
        place, said = self.place(site_id), self.sent(DayHoursInput)
        services.shorten_day(
            site=place.site,
            on=said["on"],
            hours=clocks(said),
            reason=said["reason"],
            now=place.now,
        )
        [day] = dated_hours(SpecialHours.objects.filter(site=place.site, on=said["on"]))
        return Response(DayHoursOutput(day).data, status=status.HTTP_201_CREATED)


class SpecialDay(AvailabilityView):
    """DELETE /sites/{id}/special-hours/{id}"""

    rights = {"DELETE": Right.KEEP_ROSTER}

    @extend_schema(operation_id="drop_special_hours", tags=["availability"], responses={204: None})
    def delete(self, request: Request, site_id: UUID, special_hours_id: UUID) -> Response:
        """The hours of the weekday hold again on that date."""
        place = self.place(site_id)
        row = row_at(place, SpecialHours.objects.all(), special_hours_id)
        services.keep_usual_day(site=place.site, on=row.on)
        return gone()


class Closures(AvailabilityView):
    """GET and POST /sites/{id}/closures"""

    @extend_schema(
        operation_id="list_closures", tags=["availability"], responses=ClosureOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """Dates from today on, on which the site is closed."""
        place = self.place(site_id)
        rows = Closure.objects.filter(site=place.site, on__gte=place.today).order_by("on")
        return Response(ClosureOutput(rows, many=True).data)

    @extend_schema(
        operation_id="close_site",
        tags=["availability"],
        request=ClosureInput,
        responses={201: ClosureOutput},
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        """Close the site all day."""
        place = self.place(site_id)
        closure = services.close_site(site=place.site, now=place.now, **self.sent(ClosureInput))
        return Response(ClosureOutput(closure).data, status=status.HTTP_201_CREATED)


class ClosureDetail(AvailabilityView):
    """DELETE /sites/{id}/closures/{id}"""

    rights = {"DELETE": Right.KEEP_ROSTER}

    @extend_schema(operation_id="reopen_site", tags=["availability"], responses={204: None})
    def delete(self, request: Request, site_id: UUID, closure_id: UUID) -> Response:
        """Take a closure back."""
        closure = row_at(self.place(site_id), Closure.objects.all(), closure_id)
        services.reopen_site(closure=closure)
        return gone()


class Holidays(AvailabilityView):
    """GET and POST /sites/{id}/holidays"""

    @extend_schema(
        operation_id="list_holidays", tags=["availability"], responses=HolidayOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """The coming year's public holidays of the site's calendar that it is not closed on."""
        place = self.place(site_id)
        proposed = site_hours(place.site, today=place.today).proposed
        return Response(HolidayOutput(proposed, many=True).data)

    @extend_schema(
        operation_id="take_over_holidays",
        tags=["availability"],
        request=HolidaysInput,
        responses={201: ClosureOutput(many=True)},
    )
    def post(self, request: Request, site_id: UUID) -> Response:
        """Close the site on these of them; the closures that are new."""
        place = self.place(site_id)
        closures = services.take_over_holidays(
            site=place.site, days=self.sent(HolidaysInput)["days"], now=place.now
        )
        return Response(ClosureOutput(closures, many=True).data, status=status.HTTP_201_CREATED)


class RoomDetail(AvailabilityView):
    """PUT /sites/{id}/rooms/{id}"""

    rights = {"PUT": Right.MANAGE_SETTINGS}

    @extend_schema(
        operation_id="change_room", tags=["availability"], request=RoomInput, responses=RoomOutput
    )
    def put(self, request: Request, site_id: UUID, room_id: UUID) -> Response:
        """Its name, what can be done in it, and whether it can be booked."""
        room = row_at(self.place(site_id), Room.objects.all(), room_id)
        services.change_room(room=room, **self.sent(RoomInput))
        return Response(RoomOutput(room).data)


class RoomBlocks(AvailabilityView):
    """GET and POST /sites/{id}/rooms/{id}/blocks"""

    @extend_schema(
        operation_id="list_room_blocks", tags=["availability"], responses=RoomBlockOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID, room_id: UUID) -> Response:
        """When the room is out of use, from now on."""
        place = self.place(site_id)
        room = row_at(place, Room.objects.all(), room_id)
        rows = room.blocks.filter(during__endswith__gt=place.now).order_by("during", "pk")
        return Response(RoomBlockOutput(rows, many=True, context=clock_of(place)).data)

    @extend_schema(
        operation_id="block_room",
        tags=["availability"],
        request=BlockInput,
        responses={201: RoomBlockOutput},
    )
    def post(self, request: Request, site_id: UUID, room_id: UUID) -> Response:
        """Take the room out of use."""
        place = self.place(site_id)
        room = row_at(place, Room.objects.all(), room_id)
        block = services.block_room(room=room, **self.sent(BlockInput))
        block.refresh_from_db()
        shown = RoomBlockOutput(block, context=clock_of(place)).data
        return Response(shown, status=status.HTTP_201_CREATED)


class RoomBlockDetail(AvailabilityView):
    """DELETE /sites/{id}/room-blocks/{id}"""

    rights = {"DELETE": Right.KEEP_ROSTER}

    @extend_schema(operation_id="unblock_room", tags=["availability"], responses={204: None})
    def delete(self, request: Request, site_id: UUID, room_block_id: UUID) -> Response:
        """Take the room into use again."""
        services.unblock_room(block=block_at(self.place(site_id), room_block_id))
        return gone()
