"""The API of rosters: shifts, single dates, leave and credentials of people."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.availability import rosters
from clinic.availability.access import Place, colleague_at, credential_of, leave_of, row_at
from clinic.availability.api import AvailabilityView, clock_of, gone
from clinic.availability.presence import person_facts, roster, shift_week
from clinic.availability.selectors import dated_hours
from clinic.availability.serializers import (
    CredentialInput,
    CredentialOutput,
    DayHoursOutput,
    LeaveInput,
    LeaveOutput,
    RosterLineOutput,
    RosterQuery,
    ShiftChangeInput,
    SpanOutput,
    WeekInput,
    clocks,
    days_of,
)
from clinic.models import Membership, ShiftChange
from clinic.rights import Right


class Roster(AvailabilityView):
    """GET /sites/{id}/roster"""

    rights = {"GET": Right.VIEW_SCHEDULE}

    @extend_schema(
        operation_id="read_roster",
        tags=["availability"],
        parameters=[RosterQuery],
        responses=RosterLineOutput(many=True),
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """Who works when at the site; why somebody is away is not said."""
        place, said = self.place(site_id), self.asked(RosterQuery)
        days = days_of(said.get("first", place.today), said["days"])
        return Response(RosterLineOutput(roster(place.site, days), many=True).data)


class _OfPerson(AvailabilityView):
    """Somebody who works at the site."""

    rights = {
        "GET": Right.KEEP_ROSTER,
        "PUT": Right.KEEP_ROSTER,
        "POST": Right.KEEP_ROSTER,
        "DELETE": Right.KEEP_ROSTER,
    }

    def found(self, site_id: UUID, member_id: UUID) -> tuple[Place, Membership]:
        """The site and the person, or 404."""
        place = self.place(site_id)
        return place, colleague_at(place, member_id)


class Shifts(_OfPerson):
    """GET and PUT /sites/{id}/staff/{id}/shifts"""

    rights = {"GET": Right.KEEP_ROSTER, "PUT": Right.KEEP_ROSTER}

    @extend_schema(
        operation_id="read_shifts", tags=["availability"], responses=SpanOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """The person's weekly shifts at the site."""
        place, member = self.found(site_id, member_id)
        return Response(SpanOutput(shift_week(member, place.site), many=True).data)

    @extend_schema(
        operation_id="set_shifts",
        tags=["availability"],
        request=WeekInput,
        responses=SpanOutput(many=True),
    )
    def put(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """These are all the weekly shifts from now on."""
        place, member = self.found(site_id, member_id)
        week = WeekInput.spans(self.sent(WeekInput))
        rosters.set_shifts(member=member, site=place.site, week=week)
        return Response(SpanOutput(shift_week(member, place.site), many=True).data)


class ShiftChanges(_OfPerson):
    """GET and POST /sites/{id}/staff/{id}/shift-changes"""

    rights = {"GET": Right.KEEP_ROSTER, "POST": Right.KEEP_ROSTER}

    @extend_schema(
        operation_id="list_shift_changes",
        tags=["availability"],
        responses=DayHoursOutput(many=True),
    )
    def get(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """Dates from today on with shifts of their own."""
        place, member = self.found(site_id, member_id)
        rows = ShiftChange.objects.filter(membership=member, site=place.site, on__gte=place.today)
        return Response(DayHoursOutput(dated_hours(rows), many=True).data)

    @extend_schema(
        operation_id="change_shift",
        tags=["availability"],
        request=ShiftChangeInput,
        responses={201: DayHoursOutput},
    )
    def post(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """An extra shift, a shorter one or none on one date; it replaces what was said before."""
        place, member = self.found(site_id, member_id)
        said = self.sent(ShiftChangeInput)
        rosters.change_shift(
            member=member,
            site=place.site,
            on=said["on"],
            hours=clocks(said),
            reason=said["reason"],
            now=place.now,
        )
        rows = ShiftChange.objects.filter(membership=member, site=place.site, on=said["on"])
        [day] = dated_hours(rows)
        return Response(DayHoursOutput(day).data, status=status.HTTP_201_CREATED)


class ShiftChangeDetail(_OfPerson):
    """DELETE /sites/{id}/staff/{id}/shift-changes/{id}"""

    rights = {"DELETE": Right.KEEP_ROSTER}

    @extend_schema(operation_id="drop_shift_change", tags=["availability"], responses={204: None})
    def delete(
        self, request: Request, site_id: UUID, member_id: UUID, shift_change_id: UUID
    ) -> Response:
        """The shifts of the weekday hold again on that date."""
        place, member = self.found(site_id, member_id)
        row = row_at(place, ShiftChange.objects.filter(membership=member), shift_change_id)
        rosters.keep_usual_shift(member=member, site=place.site, on=row.on)
        return gone()


class Leaves(_OfPerson):
    """GET and POST /sites/{id}/staff/{id}/leave"""

    rights = {"GET": Right.KEEP_ROSTER, "POST": Right.KEEP_ROSTER}

    @extend_schema(
        operation_id="list_leave", tags=["availability"], responses=LeaveOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """The person's absences from today on."""
        place, member = self.found(site_id, member_id)
        rows = person_facts(member, place.site, today=place.today).leave
        return Response(LeaveOutput(rows, many=True, context=clock_of(place)).data)

    @extend_schema(
        operation_id="add_leave",
        tags=["availability"],
        request=LeaveInput,
        responses={201: LeaveOutput},
    )
    def post(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """Enter an absence."""
        place, member = self.found(site_id, member_id)
        leave = rosters.add_leave(member=member, **self.sent(LeaveInput))
        leave.refresh_from_db()
        shown = LeaveOutput(leave, context=clock_of(place)).data
        return Response(shown, status=status.HTTP_201_CREATED)


class LeaveDetail(_OfPerson):
    """DELETE /sites/{id}/staff/{id}/leave/{id}"""

    rights = {"DELETE": Right.KEEP_ROSTER}

    @extend_schema(operation_id="drop_leave", tags=["availability"], responses={204: None})
    def delete(self, request: Request, site_id: UUID, member_id: UUID, leave_id: UUID) -> Response:
        """Take an absence back."""
        place, member = self.found(site_id, member_id)
        rosters.drop_leave(leave=leave_of(place, member, leave_id))
        return gone()


class Credentials(_OfPerson):
    """GET and POST /sites/{id}/staff/{id}/credentials"""

    rights: dict[str, Any] = {"GET": Right.KEEP_ROSTER, "POST": Right.MANAGE_STAFF}

    @extend_schema(
        operation_id="list_credentials",
        tags=["availability"],
        responses=CredentialOutput(many=True),
    )
    def get(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """The person's credentials, those that expire first at the top."""
        place, member = self.found(site_id, member_id)
        rows = person_facts(member, place.site, today=place.today).credentials
        return Response(CredentialOutput(rows, many=True).data)

    @extend_schema(
        operation_id="record_credential",
        tags=["availability"],
        request=CredentialInput,
        responses={201: CredentialOutput},
    )
    def post(self, request: Request, site_id: UUID, member_id: UUID) -> Response:
        """Put a credential on record, or renew the one of that kind."""
        _, member = self.found(site_id, member_id)
        found = rosters.record_credential(member=member, **self.sent(CredentialInput))
        return Response(CredentialOutput(found).data, status=status.HTTP_201_CREATED)


class CredentialDetail(_OfPerson):
    """DELETE /sites/{id}/staff/{id}/credentials/{id}"""

    rights = {"DELETE": Right.MANAGE_STAFF}

    @extend_schema(operation_id="drop_credential", tags=["availability"], responses={204: None})
    def delete(
        self, request: Request, site_id: UUID, member_id: UUID, credential_id: UUID
    ) -> Response:
        """Take a credential off the record."""
        place, member = self.found(site_id, member_id)
        rosters.drop_credential(credential=credential_of(place, member, credential_id))
        return gone()
