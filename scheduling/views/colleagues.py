"""What stands in the book for one of the staff, for the page of who manages them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, row_for
from clinic.models import Membership
from clinic.rights import Right
from scheduling.selectors.colleagues import coming_visits


@allowed(Right.MANAGE_STAFF)
@require_GET
def colleague_visits(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """How many visits count on the person from now on, and the first of them."""
    member = row_for(request.membership, Membership.objects.all(), member_id)
    context = {"member": member, "coming": coming_visits(member, now=timezone.now())}
    return render(request, "scheduling/_colleague_visits.html", context)
