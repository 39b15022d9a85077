"""Pages: a site's waitlist, a course's place on it, and the answer to an offer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, public
from clinic.errors import DomainError
from clinic.rights import Right, may, require
from courses.access import course_for
from scheduling.looking import looked_at
from scheduling.waitlist.accepting import (
    Answer,
    OfferOver,
    accept_offer,
    decline_offer,
    why_over,
)
from scheduling.waitlist.access import entry_for, offer_for
from scheduling.waitlist.entering import enter_waitlist, leave_waitlist
from scheduling.waitlist.forms import WaitForm
from scheduling.waitlist.legal import UNDER_WAY
from scheduling.waitlist.letters import is_written_to, language_of, words_of
from scheduling.waitlist.links import LinkUnknown, offer_behind
from scheduling.waitlist.models import SlotOffer, WaitlistEntry
from scheduling.waitlist.selectors import freed_times_of, still_waits, wait_of, waitlist_of

GONE = "The time is gone: nothing was changed, and the course waits on."


@allowed(Right.VIEW_PATIENTS)
@require_GET
def waitlist(request: MemberRequest) -> HttpResponse:
    """Who waits at a site, and the times that became free there."""
    look, now = looked_at(request), timezone.now()
    require(request.membership, Right.VIEW_PATIENTS, look.site)
    open_ids = look.viewer.open_ids
    times = freed_times_of(look.site, open_ids=open_ids, now=now)
    context = {
        **look.context,
        "lines": waitlist_of(look.site, open_ids=open_ids, now=now),
        "times": [time for time in times if not time.is_idle],
        "idle": [time for time in times if time.is_idle],
        "can_book": may(request.membership, Right.BOOK, look.site),
        "now": now,
    }
    return render(request, "waitlist/waitlist.html", context)


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """The course's place on the list, or the way onto it."""
    return _piece(request, course_id, WaitForm())


@allowed(Right.BOOK)
@require_POST
def enter(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Put the course on the list."""
    course, form = course_for(request.membership, course_id, Right.BOOK), WaitForm(request.POST)
    if not form.is_valid():
        return _piece(request, course_id, form, status=422)
    try:
        enter_waitlist(
            course=course, by=request.membership, now=timezone.now(), **form.cleaned_data
        )
    except DomainError as exc:
        form.add_error(None, str(exc))
        return _piece(request, course_id, form, status=exc.status)
    if request.htmx:
        return _piece(request, course_id, WaitForm())
    return redirect("courses:course", course_id)


def _piece(
    request: MemberRequest, course_id: UUID, form: WaitForm, status: int = 200
) -> HttpResponse:
    course = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    context = {
        "course": course,
        "line": wait_of(course, now=timezone.now()),
        "form": form,
        "zone": course.site.zone,
        "can_wait": course.status in UNDER_WAY,
        "can_book": may(request.membership, Right.BOOK, course.site),
    }
    return render(request, "waitlist/_of_course.html", context, status=status)


@allowed(Right.BOOK)
@require_POST
def leave(request: MemberRequest, entry_id: UUID) -> HttpResponse:
    """Take a course off the list."""
    entry = entry_for(request.membership, entry_id, Right.BOOK)
    try:
        leave_waitlist(entry=entry, by=request.membership, now=timezone.now())
        messages.success(request, "Taken off the waitlist.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return _back(request, entry)


def _back(request: MemberRequest, entry: WaitlistEntry) -> HttpResponse:
    """To where one came from: the course's page or the list."""
    if request.POST.get("from") == "course":
        return redirect("courses:course", entry.course_id)
    return redirect("scheduling:waitlist")


@allowed(Right.BOOK)
@require_POST
def accept(request: MemberRequest, offer_id: UUID) -> HttpResponse:
    """The patient said yes to the desk."""
    offer = offer_for(request.membership, offer_id, Right.BOOK)
    said = Answer(SlotOffer.Via.DESK, request.membership, timezone.now())
    try:
        done = accept_offer(offer=offer, said=said)
    except OfferOver as exc:
        messages.error(request, str(exc))
    else:
        is_done = done.status == SlotOffer.Status.ACCEPTED
        (messages.success if is_done else messages.error)(request, "Booked." if is_done else GONE)
    return _back(request, offer.entry)


@allowed(Right.BOOK)
@require_POST
def decline(request: MemberRequest, offer_id: UUID) -> HttpResponse:
    """The patient said no to the desk."""
    offer = offer_for(request.membership, offer_id, Right.BOOK)
    said = Answer(SlotOffer.Via.DESK, request.membership, timezone.now())
    try:
        decline_offer(offer=offer, said=said)
        messages.success(request, "Declined: the time goes to the next.")
    except OfferOver as exc:
        messages.error(request, str(exc))
    return _back(request, offer.entry)


@public
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, key: str) -> HttpResponse:
    """The page behind the link of an offer: looking changes nothing, saying yes or no does."""
    try:
        offer = offer_behind(key)
    except LinkUnknown:
        return render(request, "waitlist/unknown.html", status=404)
    with translation.override(language_of(offer)):
        if request.method == "POST":
            offer = _answered(offer, request.POST.get("answer", ""))
        return _answer_page(request, offer)


def _answered(offer: SlotOffer, said: str) -> SlotOffer:
    """The offer as it is after the answer; one that is over stays as it is."""
    by_link = Answer(SlotOffer.Via.LINK, None, timezone.now())
    try:
        if said == "yes":
            return accept_offer(offer=offer, said=by_link)
        if said == "no":
            return decline_offer(offer=offer, said=by_link)
    except OfferOver:
        offer.refresh_from_db()
    return offer


def _answer_page(request: HttpRequest, offer: SlotOffer) -> HttpResponse:
    now = timezone.now()
    is_open = offer.is_open_at(now)
    is_kept = offer.status in (SlotOffer.Status.ACCEPTED, SlotOffer.Status.DECLINED)
    state = "OPEN" if is_open else offer.status
    context = {
        **words_of(offer),
        "state": SlotOffer.Status.EXPIRED if state == "OPEN" and not is_open else state,
        "why": why_over(offer, now),
        "language": language_of(offer),
        "is_written_to": is_written_to(offer.entry.course.patient),
        "still_waits": still_waits(offer.entry),
    }
    status = 200 if is_open or is_kept else 410
    if request.method == "POST" and not (is_open or is_kept):
        status = 409
    return render(request, "waitlist/answer.html", context, status=status)
