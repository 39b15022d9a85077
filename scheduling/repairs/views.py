"""Pages: what an entry would hit, how a repair gets on, accepting one of its ways."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, require_at, site_for
from clinic.availability.access import Place, colleague_at, place_for
from clinic.errors import Conflict, DomainError
from clinic.rights import Right, may
from scheduling.looking import day_in
from scheduling.models import Repair
from scheduling.repairs import entering
from scheduling.repairs.accepting import RepairOutdated, accept_way
from scheduling.repairs.access import repair_for, way_of
from scheduling.repairs.forms import AwayForm, PartsForm
from scheduling.repairs.story import RepairStory, WayStory, hit_lines, repair_story
from scheduling.repairs.working import cancel_repair, request_repair

HANDED_ON = {"csrfmiddlewaretoken", "step"}


@allowed(Right.KEEP_ROSTER)
@require_http_methods(["GET", "POST"])
def disruption(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """What an entry would hit; then it is entered, with or without a repair."""
    place = _place(request, site_id)
    if request.method == "GET":
        return _asked(request, place)
    name = request.POST.get("act", "")
    if name not in entering.ACTS:
        raise Http404("There is no such entry.")
    if name in entering.OF_PERSON and place.member is None:
        return _asked(request, place)
    require_at(request.membership, entering.ACTS[name].right, [place.site.pk])
    form = entering.form_of(name, place, request.POST)
    try:
        if form.is_valid():
            return _entered(request, place, name, form)
    except DomainError as exc:
        form.refuse(exc)
    return _disruption(request, place, name, form=form, status=422)


def _place(request: MemberRequest, site_id: UUID) -> Place:
    place = place_for(request.membership, site_id, Right.KEEP_ROSTER, now=timezone.now())
    said = request.POST.get("member") or request.GET.get("member") or ""
    try:
        member = colleague_at(place, UUID(said)) if said else None
    except ValueError as exc:
        raise Http404("There is nobody of that name.") from exc
    return Place(place.by, place.site, place.now, member)


def _asked(request: MemberRequest, place: Place) -> HttpResponse:
    """Who is away: the short way in from the day board, on the day that it shows."""
    day = max(day_in(request.GET.get("day", ""), otherwise=place.today), place.today)
    form = AwayForm(request.POST or None, site=place.site, day=day)
    context = {"site": place.site, "zone": place.site.zone, "form": form}
    return render(request, "repairs/away.html", context, status=422 if form.is_bound else 200)


def _entered(request: MemberRequest, place: Place, name: str, form: Any) -> HttpResponse:
    step = request.POST.get("step", "look")
    if step == "look":
        impacts = entering.impact_of(name, place, form)
        return _disruption(request, place, name, impacts=impacts)
    words, impacts = entering.enter(name, place, form)
    messages.success(request, words)
    if step != "mend":
        return redirect("scheduling:today")
    made = _requested(request, impacts)
    if not made:
        return redirect("scheduling:today")
    return redirect("scheduling:repair", made[0].pk)


def _requested(request: MemberRequest, impacts: list[entering.Impact]) -> list[Repair]:
    """A repair at every site that is hit and where one may book."""
    return [
        request_repair(
            site=one.site,
            first_on=one.first,
            last_on=one.last,
            by=request.membership,
            now=timezone.now(),
        )
        for one in impacts
        if one.found.hits and may(request.membership, Right.BOOK, one.site)
    ]


def _disruption(
    request: MemberRequest,
    place: Place,
    name: str,
    *,
    impacts: list[entering.Impact] | None = None,
    form: Any = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    found = impacts or []
    told = [
        (one, hit_lines(one.found, member=request.membership, now=now) if one.is_told else [])
        for one in found
    ]
    visits = [hit.booked.visit for one in found for hit in one.found.hits]
    context = {
        "site": place.site,
        "zone": place.site.zone,
        "member": place.member,
        "act": name,
        "impacts": told,
        "count": len(visits),
        "courses": len({visit.course_id for visit in visits}),
        "form": form,
        "said": [
            (key, value)
            for key, values in request.POST.lists()
            if key not in HANDED_ON
            for value in values
        ],
        "can_book": may(request.membership, Right.BOOK, place.site),
    }
    return render(request, "repairs/disruption.html", context, status=status)


@allowed(Right.BOOK)
@require_GET
def call(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """Whether visits of the coming weeks wait to be mended; a fragment for other pages."""
    site = site_for(request.membership, site_id, Right.BOOK)
    now = timezone.now()
    found = entering.broken_ahead(site, now=now)
    latest = Repair.objects.filter(site=site, status__in=Repair.OPEN).order_by("-requested_at")
    context = {"site": site, "hits": found.hits, "repair": latest.first()}
    if found.hits:
        context |= {
            "first": found.hits[0].booked.day,
            "last": found.hits[-1].booked.day,
            "courses": len({hit.booked.visit.course_id for hit in found.hits}),
        }
    return render(request, "repairs/_call.html", context)


@allowed(Right.BOOK)
@require_POST
def repair_new(request: MemberRequest, site_id: UUID) -> HttpResponse:
    """Ask for a repair of all visits of the coming weeks that can no longer stay."""
    site = site_for(request.membership, site_id, Right.BOOK)
    now = timezone.now()
    today = now.astimezone(site.zone).date()
    hits = entering.broken_ahead(site, now=now).hits
    last = hits[-1].booked.day if hits else today
    first = hits[0].booked.day if hits else today
    made = request_repair(site=site, first_on=first, last_on=last, by=request.membership, now=now)
    return redirect("scheduling:repair", made.pk)


@allowed(Right.BOOK)
@require_GET
def repair(request: MemberRequest, repair_id: UUID) -> HttpResponse:
    """A repair with its ways, finished or not."""
    found = repair_for(request.membership, repair_id)
    return render(request, "repairs/repair.html", _context(request, found))


@allowed(Right.BOOK)
@require_GET
def repair_progress(request: MemberRequest, repair_id: UUID) -> HttpResponse:
    """The changing part of that page; it stops asking once the worker has finished."""
    found = repair_for(request.membership, repair_id)
    return render(request, "repairs/_repair.html", _context(request, found))


@allowed(Right.BOOK)
@require_POST
def repair_cancel(request: MemberRequest, repair_id: UUID) -> HttpResponse:
    """Stop looking; what was entered stays entered."""
    found = repair_for(request.membership, repair_id)
    try:
        cancel_repair(repair=found, now=timezone.now())
    except Conflict as exc:
        messages.warning(request, str(exc))
    return redirect("scheduling:repair", found.pk)


@allowed(Right.BOOK)
@require_POST
def repair_accept(request: MemberRequest, repair_id: UUID) -> HttpResponse:
    """Carry out a way or some parts of it; or say what has changed, with a fresh repair (409)."""
    found = repair_for(request.membership, repair_id)
    form = PartsForm(request.POST)
    if not form.is_valid():
        context = {**_context(request, found), "refusal": "Tick what you accept."}
        return render(request, "repairs/repair.html", context, status=422)
    way = way_of(request.membership, found, form.cleaned_data["way"])
    try:
        done = accept_way(way=way, parts=form.parts, by=request.membership, now=timezone.now())
    except RepairOutdated as exc:
        return _outdated(request, found, exc)
    except DomainError as exc:
        found.refresh_from_db()
        context = {**_context(request, found), "refusal": str(exc)}
        return render(request, "repairs/repair.html", context, status=exc.status)
    messages.success(request, _done(len(done.visits), len({v.patient_id for v in done.to_call})))
    return redirect("scheduling:repair", found.pk)


def _outdated(request: MemberRequest, found: Repair, exc: RepairOutdated) -> HttpResponse:
    """What changed, above a fresh repair of the same days."""
    fresh = request_repair(
        site=found.site,
        first_on=found.first_on,
        last_on=found.last_on,
        by=request.membership,
        now=timezone.now(),
    )
    context = {**_context(request, fresh), "refusal": str(exc), "changes": exc.details}
    return render(request, "repairs/repair.html", context, status=409)


def _done(visits: int, calls: int) -> str:
    what = "One visit is mended." if visits == 1 else f"{visits} visits are mended."
    if not calls:
        return f"{what} Who has a new time is told by e-mail."
    who = "one patient has" if calls == 1 else f"{calls} patients have"
    return f"{what} Who has a new time is told by e-mail; {who} none: please call."


def _context(request: MemberRequest, found: Repair) -> dict[str, Any]:
    story = repair_story(found, member=request.membership, now=timezone.now())
    return {
        "repair": found,
        "site": found.site,
        "zone": story.zone,
        "story": story,
        "shown": _shown(request, story),
        "can_keep": may(request.membership, Right.KEEP_ROSTER, found.site),
    }


def _shown(request: MemberRequest, story: RepairStory) -> WayStory | None:
    """The way that is looked at: the accepted one, the one asked for, or the first."""
    if story.chosen:
        return story.chosen
    asked = request.GET.get("way") or request.POST.get("way") or ""
    named = (way for way in story.ways if asked in (way.way.how, str(way.way.pk)))
    return next(named, story.ways[0] if story.ways else None)
