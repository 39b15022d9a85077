"""Changing one visit with what follows, over the API."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, named
from clinic.rights import Right, require
from scheduling.api.visits import visits_output
from scheduling.cascade.answers import read
from scheduling.cascade.forms import first_day
from scheduling.cascade.serializers import (
    ChangeInput,
    ConsequencesOutput,
    ConsequencesQuery,
    VisitChangeOutput,
)
from scheduling.cascade.service import Acceptance, change_course
from scheduling.cascade.story import consequences
from scheduling.cascade.wish import Want, Wanted
from scheduling.models import GroupVisit
from scheduling.services.changing import Why
from sessions.access import visit_for
from sessions.models import Session


class VisitConsequences(ApiView):
    """GET /visits/{id}/consequences?to=… or ?cancel=1 or ?missed=1"""

    right = Right.BOOK

    @extend_schema(
        operation_id="read_consequences",
        tags=["visits"],
        parameters=[ConsequencesQuery],
        responses=ConsequencesOutput,
    )
    def get(self, request: Request, visit_id: UUID) -> Response:
        """What another time for the visit, or its falling through, asks of the rest of its course.

        Each way carries an `answer` that accepts it as it is shown. A missed visit needs CHECK_IN.
        """
        visit = visit_for(self.member, visit_id, Right.BOOK)
        wanted = _wanted(self.asked(ConsequencesQuery), visit)
        if wanted.want is Want.MISS:
            require(self.member, Right.CHECK_IN, visit.site)
        told = consequences(visit, wanted, member=self.member, now=timezone.now())
        return Response(ConsequencesOutput(told, context={"zone": told.zone}).data)


def _wanted(asked: dict[str, Any], visit: Session) -> Wanted:
    if group := asked.get("group"):
        return named("group", lambda: _place_in(group))
    if to := asked.get("to"):
        return Wanted(Want.MOVE, to)
    today = timezone.now().astimezone(visit.site.zone).date()
    want = Want.CANCEL if asked.get("cancel") else Want.MISS
    return Wanted(want, not_before=first_day(asked.get("not_before"), visit, today))


def _place_in(group: UUID) -> Wanted:
    return Wanted(Want.MOVE, get_object_or_404(GroupVisit, pk=group).starts_at, group=str(group))


class VisitChange(ApiView):
    """POST /visits/{id}/change"""

    right = Right.BOOK

    @extend_schema(
        operation_id="change_visit",
        tags=["visits"],
        request=ChangeInput,
        responses={200: VisitChangeOutput},
    )
    @idempotent
    def post(self, request: Request, visit_id: UUID) -> Response:
        """Carry out one of the ways, whole or not at all.

        409 `change-outdated` with what changed meanwhile, and `answer-unknown` for an answer that
        is old or another's: ask for the consequences again. 400 `amber-not-accepted` where a usual
        maximum is left and `amber` is not true. Past a hard maximum the caller needs DECIDE (403).
        """
        visit = visit_for(self.member, visit_id, Right.BOOK)
        said = self.sent(ChangeInput)
        shown = read(said["answer"], visit=visit, member=self.member)
        if shown.wanted.want is Want.MISS:
            require(self.member, Right.CHECK_IN, visit.site)
        acceptance = Acceptance(
            by=self.member,
            now=timezone.now(),
            is_amber_meant=said["amber"],
            decision=said["decision"],
            why=Why(said["code"], said["cancelled_by"], said["reason"]),
        )
        moved = change_course(visit=visit, shown=shown, said=acceptance)
        visit.refresh_from_db()
        own, *changed = visits_output(self.member, [visit, *moved])
        return Response({"visit": own, "changed": changed})
