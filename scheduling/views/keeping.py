"""The times that a proposal holds: for how long yet, holding them again, letting go of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed
from clinic.asking import is_piece
from clinic.errors import Conflict
from clinic.rights import Right, may
from scheduling.access import proposal_for
from scheduling.keeping.selectors import hold_of
from scheduling.models import Proposal
from scheduling.services import discard_proposal
from scheduling.services.keeping import TimesHeld, extend_hold, hold_again


@allowed(Right.VIEW_PATIENTS)
@require_GET
def proposal_hold(request: MemberRequest, proposal_id: UUID) -> HttpResponse:
    """Until when the times are held; a page that is open asks, and so holds on.

    Not a POST, which would count as somebody at the screen.
    """
    found = proposal_for(request.membership, proposal_id, Right.VIEW_PATIENTS)
    now = timezone.now()
    if is_piece(request) and may(request.membership, Right.BOOK, found.course.site):
        extend_hold(proposal=found, now=now)
    context = {"proposal": found, "site": found.course.site, "zone": found.course.site.zone}
    return render(request, "scheduling/_hold.html", {**context, **hold_context(found, now)})


def hold_context(found: Proposal, now: datetime) -> dict[str, Any]:
    """What the piece about the hold shows; one query for a proposal that can be accepted."""
    is_ready = found.status == Proposal.Status.READY
    hold = hold_of(found, now=now) if is_ready else None
    return {
        "hold": hold,
        "hold_left": hold.seconds_left(now) if hold else 0,
        "is_ready": is_ready,
    }


@allowed(Right.BOOK)
@require_POST
def proposal_hold_again(request: MemberRequest, proposal_id: UUID) -> HttpResponse:
    """Hold the times of a proposal anew, unless somebody else has some of them by now."""
    found = proposal_for(request.membership, proposal_id, Right.BOOK)
    try:
        hold_again(proposal=found, by=request.membership, now=timezone.now())
    except TimesHeld as exc:
        told = "; ".join(f"{one['visit']} {one['change']}" for one in exc.details)
        messages.warning(request, f"{exc} {told}.")
    except Conflict as exc:
        messages.warning(request, str(exc))
    return redirect("scheduling:proposal", found.pk)


@allowed(Right.BOOK)
@require_POST
def proposal_discard(request: MemberRequest, proposal_id: UUID) -> HttpResponse:
    """Let go of the times: the proposal is not accepted any more."""
    found = proposal_for(request.membership, proposal_id, Right.BOOK)
    try:
        discard_proposal(proposal=found, now=timezone.now())
    except Conflict as exc:
        messages.warning(request, str(exc))
        return redirect("scheduling:proposal", found.pk)
    messages.success(request, "The proposal is discarded; its times are free again.")
    return redirect("courses:course", found.course_id)
