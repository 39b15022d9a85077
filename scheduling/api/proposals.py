"""Asking for a schedule, waiting for it, accepting it."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made
from clinic.rights import Right
from courses.access import course_for
from scheduling.access import proposal_for
from scheduling.api.courses import course_output
from scheduling.keeping.selectors import hold_of
from scheduling.models import Proposal
from scheduling.selectors import proposal_story
from scheduling.serializers import (
    CourseTimelineOutput,
    NothingInput,
    ProposalOutput,
    ProposalStoryOutput,
)
from scheduling.services import accept_proposal, request_proposal


def story_output(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the API gives it, with who holds its times."""
    story = proposal_story(proposal)
    proposal.story = story  # type: ignore[attr-defined]
    proposal.hold = hold_of(proposal, now=timezone.now())  # type: ignore[attr-defined]
    return ProposalStoryOutput(proposal, context={"zone": story.zone}).data


class ProposalMaking(ApiView):
    """POST /courses/{id}/proposals"""

    right = Right.BOOK

    @extend_schema(
        operation_id="request_proposal",
        tags=["proposals"],
        request=NothingInput,
        responses={202: ProposalOutput},
    )
    @idempotent
    def post(self, request: Request, course_id: UUID) -> Response:
        """Ask for a schedule of every place of the course that is not booked.

        An older proposal that was not accepted is discarded.
        """
        course = course_for(self.member, course_id, Right.BOOK)
        self.sent(NothingInput)
        proposal = request_proposal(course=course, by=self.member, now=timezone.now())
        zone = {"zone": course.site.zone}
        return made(ProposalOutput(proposal, context=zone).data, status.HTTP_202_ACCEPTED)


class ProposalDetail(ApiView):
    """GET /proposals/{id}"""

    right = Right.VIEW_PATIENTS

    @extend_schema(operation_id="read_proposal", tags=["proposals"], responses=ProposalStoryOutput)
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """One proposal. Read it again every second or two until it is neither QUEUED nor RUNNING.

        READY has `visits` and says in `sentences` what they cost; IMPOSSIBLE says in `reason`
        why nothing fits, and in `relief` which single change would help.
        """
        proposal = proposal_for(self.member, proposal_id, Right.VIEW_PATIENTS)
        return Response(story_output(proposal))


class ProposalAcceptance(ApiView):
    """POST /proposals/{id}/accept"""

    right = Right.BOOK

    @extend_schema(
        operation_id="accept_proposal",
        tags=["proposals"],
        request=NothingInput,
        responses={201: CourseTimelineOutput},
    )
    @idempotent
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Book every visit of the proposal, or none; the answer is the course with its visits.

        409 `proposal-outdated` says in `changes` what changed since; 409 `proposal-not-ready`
        when there is nothing to accept.
        """
        proposal = proposal_for(self.member, proposal_id, Right.BOOK)
        self.sent(NothingInput)
        accept_proposal(proposal=proposal, by=self.member, now=timezone.now())
        course = course_for(self.member, proposal.course_id, Right.BOOK)
        return made(course_output(course), status.HTTP_201_CREATED)
