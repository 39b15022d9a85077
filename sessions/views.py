"""What happens to a visit while the patient is there."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right
from sessions.access import visit_for
from sessions.models import Session
from sessions.rights import right_of_step
from sessions.services import change_status


@allowed(Right.CHECK_IN)
@require_POST
def step(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Take the visit one step on, then show it."""
    to = request.POST.get("to", "")
    visit = visit_for(request.membership, visit_id, right_of_step(to))
    try:
        if to not in Session.Status.values:
            raise DomainError("There is no such step.")
        change_status(visit=visit, to=to, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("scheduling:visit", visit.pk)
