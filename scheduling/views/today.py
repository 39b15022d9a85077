"""The day of one site: who is where, and when."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, sites_of
from clinic.charts import open_patient_ids
from clinic.models import Site
from clinic.rights import Right, may
from scheduling.board_data import grid_data, state_counts
from scheduling.forms import is_within_planning
from scheduling.selectors import day_board


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def today(request: MemberRequest) -> HttpResponse:
    """Visits by room on one day at one site; without a choice, today where one was last."""
    sites = list(sites_of(request.membership, Right.VIEW_SCHEDULE))
    context = _board_context(request, _chosen_site(request, sites))
    return render(request, "scheduling/today.html", {**context, "sites": sites})


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def board(request: MemberRequest) -> HttpResponse:
    """The same day again, for a page that is open; 204 while nothing has changed."""
    sites = list(sites_of(request.membership, Right.VIEW_SCHEDULE))
    context = _board_context(request, _chosen_site(request, sites))
    if request.GET.get("mark") == context["grid"]["mark"]:
        return HttpResponse(status=204)
    return render(request, "scheduling/_board.html", context)


def _board_context(request: MemberRequest, site: Site) -> dict[str, Any]:
    now = timezone.now()
    here = now.astimezone(site.zone).date()
    day = _day(request.GET.get("day", ""), otherwise=here)
    open_ids = open_patient_ids(request.membership, now=now)
    has_names = may(request.membership, Right.VIEW_PATIENTS, site)
    found = day_board(site=site, day=day, has_names=has_names, open_ids=open_ids)
    return {
        "board": found,
        "site": site,
        "day": day,
        "is_today": day == here,
        "here": here,
        "now": now,
        "noon": datetime.combine(day, datetime.min.time(), site.zone) + timedelta(hours=12),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "states": state_counts(found),
        "room_names": {room.pk: room.name for room in found.rooms},
        "grid": grid_data(found, now=now),
    }


def _day(text: str, *, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if is_within_planning(found) else otherwise


def _chosen_site(request: MemberRequest, sites: list[Site]) -> Site:
    """The site in the address, else the last one looked at, else the first of one's own."""
    known = {str(site.pk): site for site in sites}
    asked = request.GET.get("site", "")
    if asked:
        site = known.get(_plain(asked))
        if site is None:
            raise Http404("There is no such site.")
        request.session["site"] = str(site.pk)
        return site
    return known.get(request.session.get("site", "")) or sites[0]


def _plain(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""
