"""A site's capacity: how many courses could start, and how full it is."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed, site_for
from clinic.models import Site
from clinic.rights import Right
from courses.models import ProtocolVersion
from scheduling.capacity.access import chosen_version, versions_for
from scheduling.capacity.filling import weeks_filled
from scheduling.capacity.forms import ForecastForm
from scheduling.capacity.models import WEEKS
from scheduling.capacity.selectors import forecast_story
from scheduling.capacity.services import cancel_forecast, request_forecast
from scheduling.looking import looked_at


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def capacity(request: MemberRequest) -> HttpResponse:
    """The coming weeks of a protocol, and the site's chairs and nurses week by week."""
    context = _context(request)
    context["filled"] = weeks_filled(context["site"], today=context["here"])
    return render(request, "capacity/capacity.html", context)


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def capacity_forecast(request: MemberRequest) -> HttpResponse:
    """The changing part of that page; it stops asking once the weeks are counted."""
    return render(request, "capacity/_forecast.html", _context(request))


@allowed(Right.BOOK)
@require_POST
def capacity_count(request: MemberRequest) -> HttpResponse:
    """Count the coming weeks anew."""
    site, version = _named(request)
    request_forecast(site=site, protocol_version=version, by=request.membership, now=timezone.now())
    return _back(site, version)


@allowed(Right.BOOK)
@require_POST
def capacity_cancel(request: MemberRequest) -> HttpResponse:
    """Count no further."""
    site, version = _named(request)
    cancel_forecast(site=site, protocol_version=version, now=timezone.now())
    return _back(site, version)


def _context(request: MemberRequest) -> dict[str, Any]:
    look, versions = looked_at(request), versions_for(request.membership)
    version = chosen_version(versions, request.GET.get("protocol", ""))
    story = forecast_story(look.site, version) if version else None
    return {
        "sites": look.sites,
        "site": look.site,
        "zone": look.site.zone,
        "here": look.here,
        "versions": versions,
        "version": version,
        "story": story,
        "is_old": story is not None and story.is_old(look.here),
        "number_of_weeks": WEEKS,
    }


def _named(request: MemberRequest) -> tuple[Site, ProtocolVersion]:
    form = ForecastForm(request.POST, versions_for(request.membership))
    if not form.is_valid():
        raise Http404("There is no such site or protocol.")
    return site_for(request.membership, form.site_id, Right.BOOK), form.version


def _back(site: Site, version: ProtocolVersion) -> HttpResponse:
    said = urlencode({"site": site.pk, "protocol": version.pk})
    return redirect(f"{reverse('scheduling:capacity')}?{said}")
