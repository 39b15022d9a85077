"""The book: a site's day by room and by person, and its week."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import site_for
from clinic.api.views import ApiView, named
from clinic.charts import open_patient_ids
from clinic.models import Site
from clinic.rights import Right, may
from scheduling.api.book_shapes import BookDayOutput, BookWeekOutput
from scheduling.keeping.board import board_holds
from scheduling.selectors import day_board
from scheduling.selectors.board import Viewer
from scheduling.selectors.week import week_board
from scheduling.serializers import DayQuery


class _BookView(ApiView):
    right = Right.VIEW_SCHEDULE

    def looked_at(self) -> tuple[Site, dict[str, Any], Viewer]:
        """The site, what was asked, and how much of it the caller is shown."""
        asked = self.asked(DayQuery)
        site = named("site", lambda: site_for(self.member, asked["site"], Right.VIEW_SCHEDULE))
        viewer = Viewer(
            has_names=may(self.member, Right.VIEW_PATIENTS, site),
            open_ids=open_patient_ids(self.member, now=timezone.now()),
        )
        return site, asked, viewer


class BookDay(_BookView):
    """GET /book/day?site=&day="""

    @extend_schema(
        operation_id="read_book_day",
        tags=["visits"],
        parameters=[DayQuery],
        responses=BookDayOutput,
    )
    def get(self, request: Request) -> Response:
        """One day of a site by room and by person, with hours, absences, load and visits.

        Whose the visits are is told as by `GET /visits`.
        """
        site, asked, viewer = self.looked_at()
        board = day_board(
            site=site, day=asked["day"], has_names=viewer.has_names, open_ids=viewer.open_ids
        )
        holds = board_holds(site, [asked["day"]], now=timezone.now())
        return Response(BookDayOutput(board, context={"zone": site.zone, "holds": holds}).data)


class BookWeek(_BookView):
    """GET /book/week?site=&day="""

    @extend_schema(
        operation_id="read_book_week",
        tags=["visits"],
        parameters=[DayQuery],
        responses=BookWeekOutput,
    )
    def get(self, request: Request) -> Response:
        """The week in which the day lies, from Monday on: hours, visits, and how full it is."""
        site, asked, viewer = self.looked_at()
        board = week_board(site=site, day=asked["day"], viewer=viewer)
        holds = board_holds(site, [day.on for day in board.days], now=timezone.now())
        return Response(BookWeekOutput(board, context={"zone": site.zone, "holds": holds}).data)
