"""The feed itself, for calendar programs, and the page of one's account that makes and ends it."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.request import Request

from clinic.access import MemberRequest, allowed, public
from clinic.api.throttles import WindowThrottle
from clinic.models import Membership
from clinic.rights import Right
from clinic.staffing.selectors import zone_for
from scheduling.feeds.calendars import calendar_of, entries_of
from scheduling.feeds.models import CalendarFeed
from scheduling.feeds.services import digest_of, make_feed, note_reading, owner_of, revoke_feed


class FeedThrottle(WindowThrottle):
    """How often one address may be read; programs look again every few minutes at most."""

    scope = "feed"
    rate = "60/hour"

    def caller(self, request: Request) -> str:
        """The address, by its hash."""
        return digest_of(request.parser_context["kwargs"]["key"])


@public
@require_safe
@transaction.atomic
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The visits of whoever made this address; 404 for any other, and when access has ended."""
    throttle = FeedThrottle()
    asked = Request(request, parser_context={"kwargs": {"key": key}})
    if not throttle.allow_request(asked, None):
        wait = str(round(throttle.wait()))
        return HttpResponse(status=429, headers={"Retry-After": wait})
    member = owner_of(key)
    if member is None:
        raise Http404("There is no such calendar.")
    now = timezone.now()
    note_reading(member=member, now=now)
    body = calendar_of(entries_of(member, now=now))
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="visits.ics"'
    answer["Cache-Control"] = "private, no-cache"
    etag = answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return get_conditional_response(request, etag=etag, response=answer) or answer


@allowed(Right.VIEW_SCHEDULE)
@require_http_methods(["GET", "POST"])
def own_feed(request: MemberRequest) -> HttpResponse:
    """One's own feed, and a new address for it, which is in the answer once."""
    member, address = request.membership, ""
    if request.method == "POST":
        key = make_feed(member=member, now=timezone.now())
        address = settings.BASE_URL + reverse("scheduling:feed", args=[key])
    return render(request, "feeds/own.html", _context(member, address))


def _context(member: Membership, address: str) -> dict[str, object]:
    return {
        "feed": CalendarFeed.objects.filter(membership=member).first(),
        "address": address,
        "subscribe": address.replace("https://", "webcal://").replace("http://", "webcal://"),
        "zone": zone_for(member),
    }


@allowed(Right.VIEW_SCHEDULE)
@require_POST
def own_feed_revoke(request: MemberRequest) -> HttpResponse:
    """End one's own feed."""
    revoke_feed(member=request.membership)
    messages.success(request, "The calendar’s address is revoked: nobody can read it any more.")
    return redirect("scheduling:own_feed")
