"""Visits: a site's day, one visit, its free times, moving and cancelling it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import site_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made, named, shown
from clinic.charts import open_patient_ids
from clinic.models import Membership
from clinic.rights import Right, may
from courses.access import course_for
from scheduling.authorizations import uncovered_by_move
from scheduling.moving import override_would_do
from scheduling.selectors import course_timeline, day_board, open_slot_days, slot_days, why_not
from scheduling.serializers import (
    BookingInput,
    CancelInput,
    DayOutput,
    DayQuery,
    FitOutput,
    FitQuery,
    MoveInput,
    PlaceQuery,
    SlotsOutput,
    SlotsQuery,
    VisitOutput,
)
from scheduling.services import BookedVisit, book_visit, cancel_visit, move_visit
from scheduling.wording import place_label
from sessions.access import visit_for
from sessions.models import Session


def visits_output(member: Membership, visits: Sequence[Session]) -> list[dict[str, Any]]:
    """Visits of one course as the member may see them, in the order given."""
    if not visits:
        return []
    timeline = course_timeline(visits[0].course, now=timezone.now())
    lines = {line.id: line for line in timeline.visits}
    reads_notes = may(member, Right.VIEW_CLINICAL, visits[0].site)
    context = {"zone": timeline.zone, "reads_notes": reads_notes}
    told = [SimpleNamespace(**asdict(lines[visit.pk]), session=visit) for visit in visits]
    return [dict(VisitOutput(one, context=context).data) for one in told]


def visit_output(member: Membership, visit: Session) -> dict[str, Any]:
    """One visit, as the member may see it."""
    return visits_output(member, [visit])[0]


def _booked_output(member: Membership, booked: BookedVisit) -> dict[str, Any]:
    """A visit that was just booked, of which everything is known."""
    visit, slot = booked.visit, booked.slot
    line = SimpleNamespace(
        id=visit.pk,
        kind=visit.kind,
        seq=visit.seq,
        label=place_label(booked.places.definition, visit.kind, visit.seq),
        status=visit.status,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        room_name=booked.names.rooms.get(slot.room_id, ""),
        staff=booked.names.crew(slot.staff),
        gap_days=booked.gap_days,
        reason="",
        is_provisional=visit.is_provisional,
        session=visit,
    )
    return shown(VisitOutput, line, zone=visit.site.zone)


def place_of(said: Mapping[str, Any]) -> tuple[str, int] | None:
    """The place of a course that the input names; None for its next one."""
    return (said["kind"], said["seq"]) if "kind" in said else None


class DayVisits(ApiView):
    """GET /visits?site=&day= and POST /visits"""

    rights = {"GET": Right.VIEW_SCHEDULE, "POST": Right.BOOK}

    @extend_schema(
        operation_id="list_visits", tags=["visits"], parameters=[DayQuery], responses=DayOutput
    )
    def get(self, request: Request) -> Response:
        """The visits of one site on one day by its calendar, all at once.

        Whose they are is told to callers with VIEW_PATIENTS there, and never of a restricted chart
        that is shut: its visits have a time, a room and people.
        """
        asked = self.asked(DayQuery)
        site = named("site", lambda: site_for(self.member, asked["site"], Right.VIEW_SCHEDULE))
        open_ids = open_patient_ids(self.member, now=timezone.now())
        has_names = may(self.member, Right.VIEW_PATIENTS, site)
        board = day_board(site=site, day=asked["day"], has_names=has_names, open_ids=open_ids)
        return Response(DayOutput(board, context={"zone": site.zone}).data)

    @extend_schema(
        operation_id="book_visit",
        tags=["visits"],
        request=BookingInput,
        responses={201: VisitOutput},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Book one visit of a course, its next one unless `kind` and `seq` name another.

        It gets the room and people that suit it best then. 409 `slot-taken` when others have what
        it needs; 400 `slot-refused` names every rule in the way; 409 `place-not-open` when the
        course does not call for the visit, or has it already.
        """
        said = self.sent(BookingInput)
        course = named("course", lambda: course_for(self.member, said["course"], Right.BOOK))
        booked = book_visit(
            course=course,
            starts_at=said["starts_at"],
            place=place_of(said),
            by=self.member,
            now=timezone.now(),
        )
        return made(_booked_output(self.member, booked), status.HTTP_201_CREATED)


class VisitDetail(ApiView):
    """GET /visits/{id}"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_visit", tags=["visits"], responses=VisitOutput)
    def get(self, request: Request, visit_id: UUID) -> Response:
        """One visit."""
        return Response(
            visit_output(self.member, visit_for(self.member, visit_id, Right.VIEW_PATIENTS))
        )


class VisitSlots(ApiView):
    """GET /visits/{id}/slots"""

    right = Right.BOOK

    @extend_schema(
        operation_id="list_slots", tags=["visits"], parameters=[SlotsQuery], responses=SlotsOutput
    )
    def get(self, request: Request, visit_id: UUID) -> Response:
        """Every time to which the visit can move now, day by day; on one `day` alone if asked."""
        visit = visit_for(self.member, visit_id, Right.BOOK)
        days = slot_days(visit, now=timezone.now(), on=self.asked(SlotsQuery).get("day"))
        found = {"timezone": visit.site.timezone, "days": days}
        return Response(shown(SlotsOutput, found, zone=visit.site.zone))


class CourseSlots(ApiView):
    """GET /courses/{id}/slots"""

    right = Right.BOOK

    @extend_schema(
        operation_id="list_course_slots",
        tags=["visits"],
        parameters=[PlaceQuery],
        responses=SlotsOutput,
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        """Every time that an open visit of the course could have, its next one unless named.

        Day by day, or on one `day` alone; 409 `place-not-open` when there is no such visit.
        """
        course = course_for(self.member, course_id, Right.BOOK)
        asked = self.asked(PlaceQuery)
        now = timezone.now()
        days = open_slot_days(course, place_of(asked), now=now, on=asked.get("day"))
        found = {"timezone": course.site.timezone, "days": days}
        return Response(shown(SlotsOutput, found, zone=course.site.zone))


class VisitFit(ApiView):
    """GET /visits/{id}/fit?starts_at="""

    right = Right.BOOK

    @extend_schema(
        operation_id="check_slot", tags=["visits"], parameters=[FitQuery], responses=FitOutput
    )
    def get(self, request: Request, visit_id: UUID) -> Response:
        """Whether the visit could start at a time, and every reason why not."""
        visit = visit_for(self.member, visit_id, Right.BOOK)
        starts_at = self.asked(FitQuery)["starts_at"]
        now = timezone.now()
        reasons = why_not(visit, starts_at, now=now)
        found = {
            "starts_at": starts_at,
            "fits": not reasons,
            "reasons": reasons,
            "may_be_overridden": override_would_do(visit, starts_at, now=now),
            "uncovered": [one.text for one in uncovered_by_move(visit, starts_at)],
        }
        return Response(FitOutput(found, context={"zone": visit.site.zone}).data)


class VisitMove(ApiView):
    """POST /visits/{id}/move"""

    right = Right.BOOK

    @extend_schema(
        operation_id="move_visit", tags=["visits"], request=MoveInput, responses={200: VisitOutput}
    )
    @idempotent
    def post(self, request: Request, visit_id: UUID) -> Response:
        """Give the visit a new start, with the room and people that suit it best then.

        A prescriber's `override_reason` lets a dose inside the minimum gap, never within 24 hours
        of another. 400 `slot-refused` names every rule in the way; 409 `slot-taken` when somebody
        was faster; 409 `visit-not-planned` when it has begun or was cancelled.
        """
        visit = visit_for(self.member, visit_id, Right.BOOK)
        said = self.sent(MoveInput)
        moved = move_visit(visit=visit, by=self.member, now=timezone.now(), **said)
        return Response(visit_output(self.member, moved))


class VisitCancel(ApiView):
    """POST /visits/{id}/cancel"""

    right = Right.BOOK

    @extend_schema(
        operation_id="cancel_visit",
        tags=["visits"],
        request=CancelInput,
        responses={200: VisitOutput},
    )
    @idempotent
    def post(self, request: Request, visit_id: UUID) -> Response:
        """Cancel the visit and free its room and people; 409 `visit-not-planned`."""
        visit = visit_for(self.member, visit_id, Right.BOOK)
        said = self.sent(CancelInput)
        gone = cancel_visit(visit=visit, by=self.member, now=timezone.now(), **said)
        return Response(visit_output(self.member, gone))
