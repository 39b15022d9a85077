"""The times that a proposal holds: holding on or anew, and letting go of them."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView
from clinic.rights import Right
from scheduling.access import proposal_for
from scheduling.api.proposals import story_output
from scheduling.keeping.selectors import hold_of
from scheduling.serializers import NothingInput, ProposalStoryOutput
from scheduling.services import discard_proposal
from scheduling.services.keeping import extend_hold, hold_again


class ProposalHolding(ApiView):
    """POST /proposals/{id}/hold"""

    right = Right.BOOK

    @extend_schema(
        operation_id="hold_proposal",
        tags=["proposals"],
        request=NothingInput,
        responses={200: ProposalStoryOutput},
    )
    @idempotent
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Hold the proposal's times on, up to the limit since they were first held, or anew.

        Anew where the hold is over: 409 `times-held` says who else holds which of the times by
        now; 409 `nothing-to-hold` when the proposal cannot be accepted.
        """
        proposal = proposal_for(self.member, proposal_id, Right.BOOK)
        self.sent(NothingInput)
        now = timezone.now()
        if hold_of(proposal, now=now):
            extend_hold(proposal=proposal, now=now)
        else:
            hold_again(proposal=proposal, by=self.member, now=now)
        return Response(story_output(proposal))


class ProposalDiscarding(ApiView):
    """POST /proposals/{id}/discard"""

    right = Right.BOOK

    @extend_schema(
        operation_id="discard_proposal",
        tags=["proposals"],
        request=NothingInput,
        responses={200: ProposalStoryOutput},
    )
    @idempotent
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Throw the proposal away and let go of its times; 409 `nothing-to-discard`."""
        proposal = proposal_for(self.member, proposal_id, Right.BOOK)
        self.sent(NothingInput)
        discard_proposal(proposal=proposal, now=timezone.now())
        proposal.refresh_from_db(fields=["status", "finished_at"])
        return Response(story_output(proposal))
