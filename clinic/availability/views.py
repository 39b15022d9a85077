"""Pages on which a site's hours, its rooms and its roster are kept."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from clinic.access import MemberRequest, allowed, require_at, require_everywhere, sites_of
from clinic.availability import acts
from clinic.availability.access import Place, colleague_at, place_for
from clinic.availability.acts import Act
from clinic.availability.presence import credential_lines, person_facts, roster
from clinic.availability.rules import WARN_DAYS
from clinic.availability.selectors import known_kinds, rooms_with_blocks, site_hours
from clinic.errors import DomainError
from clinic.rights import Right, may_everywhere


@allowed(Right.KEEP_ROSTER)
@require_GET
def start(request: MemberRequest) -> HttpResponse:
    """Go on to the roster of the first site whose roster one keeps."""
    site = sites_of(request.membership, Right.KEEP_ROSTER).first()
    if site is None:
        raise Http404("There is no site to keep.")
    return redirect("availability:roster", site.pk)


@allowed(Right.KEEP_ROSTER)
@require_http_methods(["GET", "POST"])
def hours(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """When the site is open: the week, other hours, closures, public holidays."""
    place = _place(request, site_id)
    context = {"hours": site_hours(place.site, today=place.today)}
    return _answer(request, place, "hours", acts.HOURS, context)


@allowed(Right.KEEP_ROSTER)
@require_http_methods(["GET", "POST"])
def rooms(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """The site's rooms, what can be done in them, and when they are out of use."""
    place = _place(request, site_id)
    found = rooms_with_blocks(place.site, now=place.now)
    context = {"rooms": found, "kinds": known_kinds(place.site)}
    return _answer(request, place, "rooms", acts.ROOMS, context)


@allowed(Right.VIEW_SCHEDULE)
@require_GET
def week(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """Who works when in one week; `?week=` is any date of it."""
    place = place_for(request.membership, site_id, Right.VIEW_SCHEDULE, now=timezone.now())
    monday = _monday(request.GET.get("week", ""), place.today)
    days = [monday + timedelta(days=number) for number in range(7)]
    context = {
        "lines": roster(place.site, days),
        "days": days,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
    }
    return render(request, "availability/roster.html", _context(request, place, "roster", context))


def _monday(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    in_reach = date(2000, 1, 8) < day < date(2200, 1, 1)
    return (day if in_reach else today) - timedelta(days=(day if in_reach else today).weekday())


@allowed(Right.KEEP_ROSTER)
@require_http_methods(["GET", "POST"])
def person(request: MemberRequest, site_id: UUID, member_id: UUID) -> HttpResponse:
    """One person's shifts at the site, leave and credentials."""
    here = _place(request, site_id)
    member = colleague_at(here, member_id)
    place = Place(here.by, here.site, here.now, member, request.GET.get("on", ""))
    context = {
        "member": member,
        "facts": person_facts(member, place.site, today=place.today),
    }
    return _answer(request, place, "person", acts.PERSON, context)


@allowed(Right.KEEP_ROSTER)
@require_http_methods(["GET", "POST"])
def credentials(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """Whose credentials expire when, and which of them end a roster."""
    place = _place(request, site_id)
    if request.method == "POST":
        require_everywhere(request.membership, Right.MANAGE_SETTINGS)
    context = {
        "lines": credential_lines(place.site, today=place.today),
        "warn_days": WARN_DAYS,
        "can_require": may_everywhere(request.membership, Right.MANAGE_SETTINGS),
    }
    return _answer(request, place, "credentials", acts.CREDENTIALS, context)


def _place(request: MemberRequest, site_id: UUID) -> Place:
    return place_for(request.membership, site_id, Right.KEEP_ROSTER, now=timezone.now())


def _answer(
    request: MemberRequest,
    place: Place,
    page: str,
    known: Mapping[str, Act],
    context: Mapping[str, Any],
) -> HttpResponse:
    """The page; after a POST the act that was asked for, or its form with what is wrong."""
    forms = {name: _form(name, act, place) for name, act in known.items()}
    faulty = ""
    if request.method == "POST":
        faulty = request.POST.get("act", "")
        if faulty not in known:
            raise Http404("There is no such act on this page.")
        act = known[faulty]
        require_at(request.membership, act.right, [place.site.pk])
        forms[faulty] = _form(faulty, act, place, request.POST)
        if _is_done(request, place, act, forms[faulty]):
            return redirect(request.path)
    found = _context(request, place, page, {**context, "forms": forms, "faulty": faulty})
    found["typed_id"] = request.POST.get("id", "") if faulty else ""
    name = f"availability/{page}.html"
    return render(request, name, found, status=422 if faulty else 200)


def _form(name: str, act: Act, place: Place, data: QueryDict | None = None) -> Any:
    """The act's form, whose inputs are named apart from those of the page's other forms."""
    form = act.form(place, data)
    form.auto_id = f"{name}_%s"
    return form


def _is_done(request: MemberRequest, place: Place, act: Act, form: Any) -> bool:
    if not form.is_valid():
        return False
    try:
        messages.success(request, act.do(place, form))
    except DomainError as exc:
        form.refuse(exc)
        return False
    return True


def _context(
    request: MemberRequest, place: Place, page: str, context: Mapping[str, Any]
) -> dict[str, Any]:
    right = Right.VIEW_SCHEDULE if page == "roster" else Right.KEEP_ROSTER
    return {
        "page": page,
        "site": place.site,
        "zone": place.site.zone,
        "today": place.today,
        "sites": sites_of(request.membership, right),
        **context,
    }
