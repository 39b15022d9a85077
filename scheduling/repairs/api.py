"""Repairs over the API: what is hit, asking, waiting, accepting whole or in part."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import site_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made
from clinic.models import Site
from clinic.rights import Right
from scheduling.models import Repair
from scheduling.repairs.accepting import accept_way
from scheduling.repairs.access import repair_for, way_of
from scheduling.repairs.entering import broken_ahead
from scheduling.repairs.reader import Reader
from scheduling.repairs.serializers import (
    HitVisitOutput,
    RepairAcceptInput,
    RepairCarriedOutput,
    RepairInput,
    RepairOutput,
    RepairStoryOutput,
)
from scheduling.repairs.story import hit_lines, repair_story
from scheduling.repairs.working import cancel_repair, request_repair
from scheduling.serializers import NothingInput


class _OfRepairs(ApiView):
    right = Right.BOOK

    def site(self, site_id: UUID) -> Site:
        """The site, where the caller may book."""
        return site_for(self.member, site_id, Right.BOOK)

    def told(self, repair: Repair) -> dict[str, Any]:
        """The repair with its ways, as the caller may know them."""
        story = repair_story(repair, member=self.member, now=timezone.now())
        return dict(RepairStoryOutput(story, context={"zone": story.zone}).data)


class HitVisits(_OfRepairs):
    """GET /sites/{id}/hit-visits"""

    @extend_schema(
        operation_id="list_hit_visits", tags=["repairs"], responses=HitVisitOutput(many=True)
    )
    def get(self, request: Request, site_id: UUID) -> Response:
        """The visits of the next four weeks that can no longer take place as booked.

        Leave, closures, blocked rooms, shorter days, credentials and absent prescribers count.
        """
        site, now = self.site(site_id), timezone.now()
        lines = hit_lines(broken_ahead(site, now=now), member=self.member, now=now)
        return Response(HitVisitOutput(lines, many=True, context={"zone": site.zone}).data)


class RepairMaking(_OfRepairs):
    """POST /sites/{id}/repairs"""

    @extend_schema(
        operation_id="request_repair",
        tags=["repairs"],
        request=RepairInput,
        responses={202: RepairOutput},
    )
    @idempotent
    def post(self, request: Request, site_id: UUID) -> Response:
        """Ask a worker to mend these days; an open repair of the same days is discarded."""
        site, said = self.site(site_id), self.sent(RepairInput)
        repair = request_repair(site=site, by=self.member, now=timezone.now(), **said)
        shown = RepairOutput(repair, context={"zone": site.zone})
        return made(shown.data, status.HTTP_202_ACCEPTED)


class RepairDetail(_OfRepairs):
    """GET /repairs/{id}"""

    @extend_schema(operation_id="read_repair", tags=["repairs"], responses=RepairStoryOutput)
    def get(self, request: Request, repair_id: UUID) -> Response:
        """One repair. Read it again every second until it is neither QUEUED nor RUNNING; each way
        is there as soon as it is found."""
        return Response(self.told(repair_for(self.member, repair_id)))


class RepairCancelling(_OfRepairs):
    """POST /repairs/{id}/cancel"""

    @extend_schema(
        operation_id="cancel_repair",
        tags=["repairs"],
        request=NothingInput,
        responses=RepairStoryOutput,
    )
    @idempotent
    def post(self, request: Request, repair_id: UUID) -> Response:
        """End a repair that nobody wants any more; 409 `repair-over` for one that is over."""
        repair = repair_for(self.member, repair_id)
        self.sent(NothingInput)
        return Response(self.told(cancel_repair(repair=repair, now=timezone.now())))


class RepairAcceptance(_OfRepairs):
    """POST /repairs/{id}/accept"""

    @extend_schema(
        operation_id="accept_repair",
        tags=["repairs"],
        request=RepairAcceptInput,
        responses=RepairCarriedOutput,
    )
    @idempotent
    def post(self, request: Request, repair_id: UUID) -> Response:
        """Carry out a way or some parts of it, every visit of them or none.

        409 `repair-outdated` says in `changes` what changed since; ask for a fresh repair. Where
        somebody works longer the caller needs KEEP_ROSTER (403).
        """
        repair, said = repair_for(self.member, repair_id), self.sent(RepairAcceptInput)
        way = way_of(self.member, repair, said["way"])
        now = timezone.now()
        done = accept_way(way=way, parts=said.get("parts"), by=self.member, now=now)
        repair.refresh_from_db()
        reader = Reader.of(self.member, repair.site, now=now)
        known = {v.patient_id for v in done.to_call if reader.knows(v.patient)}
        return Response(
            {
                "changed": [str(visit.pk) for visit in done.visits],
                "to_call": sorted(map(str, known)),
                "to_call_visits": sorted(str(visit.pk) for visit in done.to_call),
                "repair": self.told(repair),
            }
        )
