"""What happens to a visit while the patient is there."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.access import MemberRequest, member_required
from clinic.errors import DomainError
from sessions.access import visit_for
from sessions.models import Session
from sessions.services import change_status


@member_required
@require_POST
def step(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Take the visit one step on, then show it."""
    visit = visit_for(request.membership, visit_id)
    to = request.POST.get("to", "")
    try:
        if to not in Session.Status.values:
            raise DomainError("There is no such step.")
        change_status(visit=visit, to=to, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("scheduling:visit", visit.pk)
