"""Pages: what changing one visit does to its course, and accepting one of the ways."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right, may, require
from scheduling.cascade.answers import AnswerUnknown, Shown, read
from scheduling.cascade.forms import AcceptForm, wanted_of
from scheduling.cascade.service import Acceptance, change_course
from scheduling.cascade.story import WayStory, consequences
from scheduling.cascade.wish import Want, Wanted
from scheduling.moving import override_would_do
from sessions.access import visit_for
from sessions.models import Session


@allowed(Right.BOOK)
@require_GET
def visit_change(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """What a wish for one visit asks of the rest of its course, as a page or for a dialog."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    try:
        wanted = _wanted(request.GET.dict(), found)
    except ValidationError as exc:
        return render(request, "scheduling/change_unclear.html",
                      {"visit": found, "said": exc.messages}, status=400)  # fmt: skip
    if wanted is None:
        return redirect("scheduling:visit", found.pk)
    if wanted.want is Want.MISS:
        require(request.membership, Right.CHECK_IN, found.site)
    return _page(request, found, wanted, _form(request, found, wanted))


@allowed(Right.BOOK)
@require_POST
def visit_change_accept(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Carry out one of the ways, or say what is missing (422) or what has changed (409)."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    try:
        wanted = _wanted(request.POST.dict(), found)
    except ValidationError:
        wanted = None
    if wanted is None:
        return redirect("scheduling:visit", found.pk)
    form = _form(request, found, wanted, request.POST)
    if not form.is_valid():
        return _page(request, found, wanted, form, status=422)
    try:
        shown = _shown(request, found, form, wanted)
        said = Acceptance(
            by=request.membership,
            now=timezone.now(),
            is_amber_meant=form.is_amber_meant,
            decision=form.decision_said,
            why=form.why,
        )
        moved = change_course(visit=found, shown=shown, said=said)
    except DomainError as exc:
        return _refused(request, found, wanted, form, exc)
    messages.success(request, _done(found, shown, moved))
    return _to_course(request, found)


def _wanted(asked: dict[str, str], found: Session) -> Wanted | None:
    return wanted_of(asked, found, today=timezone.now().astimezone(found.site.zone).date())


def _form(request: MemberRequest, found: Session, wanted: Wanted, data: Any = None) -> AcceptForm:
    can_note = may(request.membership, Right.VIEW_CLINICAL, found.site)
    start = {"way": 0, "cancelled_by": Session.Party.PATIENT}
    return AcceptForm(data, want=wanted.want, can_note=can_note, initial=start)


def _shown(request: MemberRequest, found: Session, form: AcceptForm, wanted: Wanted) -> Shown:
    """The way that was shown; of a missed visit only to who may say that nobody came."""
    shown = read(form.answer, visit=found, member=request.membership)
    if shown.wanted.want is not wanted.want:
        raise AnswerUnknown("What you accept is not what you asked for: look again.")
    if shown.wanted.want is Want.MISS:
        require(request.membership, Right.CHECK_IN, found.site)
    return shown


def _refused(
    request: MemberRequest, found: Session, wanted: Wanted, form: AcceptForm, exc: DomainError
) -> HttpResponse:
    """The page afresh, with what was said and why it was refused."""
    fresh = visit_for(request.membership, found.pk, Right.BOOK)
    status = 409 if exc.status == 409 else 422
    more = {"refusal": str(exc), "changes": exc.details, "refused_field": exc.field}
    return _page(request, fresh, wanted, form, status=status, **more)


def _page(
    request: MemberRequest,
    found: Session,
    wanted: Wanted,
    form: AcceptForm,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    told = consequences(found, wanted, member=request.membership, now=timezone.now())
    chosen = _chosen(request, found, form, told.ways) if form.is_bound else "0"
    context = {
        "visit": found,
        "course": found.course,
        "patient": found.patient,
        "site": found.site,
        "told": told,
        "wanted": wanted,
        "form": form,
        "zone": told.zone,
        "chosen": chosen,
        "can_decide": may(request.membership, Right.DECIDE, found.site),
        "may_be_overridden": _may_be_overridden(request, found, wanted, bool(told.ways)),
        **more,
    }
    name = "scheduling/_change.html" if request.htmx else "scheduling/change.html"
    return render(request, name, context, status=status)


def _chosen(
    request: MemberRequest, found: Session, form: AcceptForm, ways: Sequence[WayStory]
) -> str:
    """The number of the way that was sent, among those of now; none where it is no more."""
    try:
        sent = read(form.answer_typed, visit=found, member=request.membership)
    except AnswerUnknown:
        return ""
    alike = (n for n, way in enumerate(ways) if (way.how, way.grade) == (sent.how, sent.grade))
    return str(next(alike, ""))


def _may_be_overridden(
    request: MemberRequest, found: Session, wanted: Wanted, has_ways: bool
) -> bool:
    """Whether a prescriber who looks could put the dose inside the minimum gap all the same."""
    if has_ways or wanted.starts_at is None or found.status != Session.Status.PLANNED:
        return False
    can_override = may(request.membership, Right.OVERRIDE, found.site)
    return can_override and override_would_do(found, wanted.starts_at, now=timezone.now())


def _done(found: Session, shown: Shown, moved: list[Session]) -> str:
    """What has been done, and whether the patient hears of it."""
    number = len(moved)
    times = "One visit has a new time." if number == 1 else f"{number} visits have new times."
    first = {
        Want.MOVE: "",
        Want.CANCEL: "The visit is cancelled. ",
        Want.MISS: "Noted: the patient did not come. ",
    }[shown.wanted.want]
    told = "The patient is told by e-mail." if shown.is_told else "No e-mail goes out: please call."
    return f"{first}{times if number else 'Its place is open.'} {told}"


def _to_course(request: MemberRequest, found: Session) -> HttpResponse:
    place = reverse("courses:course", args=[found.course_id])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": place})
    return redirect(place)
