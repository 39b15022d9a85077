"""One visit: what it is, moving it, cancelling it, noting that nobody came."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right, may
from clinic.templatetags.courseline import local_day, local_time
from courses.checks.confirming import confirmation_of
from courses.models import CapOverride
from courses.selectors import definition_of
from scheduling.authorizations import uncovered_by_move, uncovered_visit
from scheduling.forms import EndForm, MoveForm
from scheduling.moving import override_would_do
from scheduling.selectors import slot_days, why_not
from scheduling.selectors.board import planned_phases
from scheduling.selectors.visit import overrides_of, visit_place
from scheduling.services import cancel_visit, miss_visit, move_visit
from scheduling.services.changing import talk_after
from scheduling.wording import place_label
from sessions.access import visit_for
from sessions.models import Session
from sessions.readiness import blockers_for
from sessions.rights import right_of_step
from sessions.rules import has_come, next_status

STEPS = {
    "ARRIVED": "The patient is here",
    "IN_PROGRESS": "Begin",
    "OBSERVING": "Begin observation",
    "DONE": "Finish",
}


@allowed(Right.VIEW_PATIENTS)
@require_GET
def visit(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """One visit with everything that can be done about it."""
    found = visit_for(request.membership, visit_id, Right.VIEW_PATIENTS)
    return render(request, "scheduling/visit.html", _context(request, found))


@allowed(Right.BOOK)
@require_GET
def visit_slots(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """The free times to which the visit can move, by day."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    days = slot_days(found, now=timezone.now())
    context = {"visit": found, "days": days, "zone": found.site.zone}
    return render(request, "scheduling/_slots.html", context)


@allowed(Right.BOOK)
@require_POST
def visit_check(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Whether the time that is being typed will do, and why not."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    form = MoveForm(request.POST, zone=found.site.zone)
    context: dict[str, Any] = {"zone": found.site.zone, "visit": found}
    if request.POST.get("on") and request.POST.get("at") and form.is_valid():
        starts_at, now = form.starts_at, timezone.now()
        context["starts_at"] = starts_at
        context["uncovered"] = uncovered_by_move(found, starts_at)
        context["reasons"] = why_not(found, starts_at, now=now)
        context["may_be_overridden"] = _can_override(request, found) and override_would_do(
            found, starts_at, now=now
        )
    return render(request, "scheduling/_check.html", context)


def _can_override(request: MemberRequest, found: Session) -> bool:
    is_dose = found.kind == Session.Kind.DOSING
    return is_dose and may(request.membership, Right.OVERRIDE, found.site)


@allowed(Right.BOOK)
@require_POST
def visit_move(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Move the visit, or say why it cannot go there."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    form = MoveForm(request.POST, zone=found.site.zone, can_override=_can_override(request, found))
    if not form.is_valid():
        return _again(request, found, {"move": form})
    try:
        moved = move_visit(
            visit=found,
            starts_at=form.starts_at,
            by=request.membership,
            reason=form.cleaned_data["reason"],
            override_reason=form.cleaned_data.get("override_reason", ""),
            now=timezone.now(),
        )
    except DomainError as exc:
        form.add_error(None, str(exc))
        more = {"move": form, "refused_start": form.starts_at}
        return _again(request, found, more, status=_status(exc))
    zone = moved.site.zone
    when = f"{local_day(moved.starts_at, zone)}, {local_time(moved.starts_at, zone)}"
    messages.success(request, f"The visit is now on {when}. {_told(moved)}")
    for dose in uncovered_visit(moved):
        messages.warning(request, dose.text)
    return redirect("scheduling:visit", moved.pk)


def _told(found: Session) -> str:
    patient = found.patient
    if patient.email and patient.email_reminders:
        return "The patient is told by e-mail."
    return "No e-mail goes out: please call."


@allowed(Right.BOOK)
@require_POST
def visit_cancel(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Cancel the visit for a coded reason; its place in the course is open then."""
    found = visit_for(request.membership, visit_id, Right.BOOK)
    return _end(request, found, cancel_visit, "cancel", f"The visit is cancelled. {_told(found)}")


@allowed(Right.CHECK_IN)
@require_POST
def visit_miss(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """Note that the patient did not come."""
    found = visit_for(request.membership, visit_id, Right.CHECK_IN)
    return _end(request, found, miss_visit, "miss", "Noted: the patient did not come.")


def _end(
    request: MemberRequest, found: Session, service: Any, name: str, done: str
) -> HttpResponse:
    form = _end_form(request, found, name, request.POST)
    if not form.is_valid():
        return _again(request, found, {name: form})
    try:
        said = {"reason": "", **form.cleaned_data}
        service(visit=found, by=request.membership, now=timezone.now(), **said)
    except DomainError as exc:
        form.add_error(None, str(exc))
        return _again(request, found, {name: form}, status=_status(exc))
    messages.success(request, done)
    return redirect("courses:course", found.course_id)


def _end_form(request: MemberRequest, found: Session, name: str, data: Any = None) -> EndForm:
    can_note = may(request.membership, Right.VIEW_CLINICAL, found.site)
    is_missed = name == "miss"
    return EndForm(data, is_missed=is_missed, can_note=can_note, auto_id=f"id_{name}_%s")


def _is_to_begin(found: Session) -> bool:
    """Whether the dose of the visit is still to begin."""
    is_waiting = found.status in (Session.Status.PLANNED, Session.Status.ARRIVED)
    return is_waiting and found.kind == Session.Kind.DOSING


def _status(exc: DomainError) -> int:
    return 409 if exc.status == 409 else 422


def _again(
    request: MemberRequest, found: Session, forms: dict[str, Any], status: int = 422
) -> HttpResponse:
    """The page again, with what was typed and why it was refused."""
    fresh = visit_for(request.membership, found.pk, Right.VIEW_PATIENTS)
    return render(
        request, "scheduling/visit.html", {**_context(request, fresh), **forms}, status=status
    )


def _confirmed(request: MemberRequest, found: Session) -> CapOverride | None:
    """By whose word the dose is given in spite of a result, for who may know (DOMAIN 8.70)."""
    is_told = may(request.membership, Right.VIEW_CLINICAL, found.site)
    is_dose = found.kind == Session.Kind.DOSING
    return confirmation_of(found.course, found.local_date) if is_told and is_dose else None


def _context(request: MemberRequest, found: Session) -> dict[str, Any]:
    now, zone = timezone.now(), found.site.zone
    step = next_status(found.kind, found.status)
    has_come_today = has_come(found.local_date, today=now.astimezone(zone).date())
    is_planned = found.status == Session.Status.PLANNED
    return {
        "visit": found,
        "course": found.course,
        "patient": found.patient,
        "site": found.site,
        "zone": zone,
        "label": place_label(definition_of(found.course.protocol_version), found.kind, found.seq),
        "phases": [(phase, phase.ends_at - phase.starts_at) for phase in planned_phases(found)],
        "place": visit_place(found),
        "uncovered": uncovered_visit(found),
        "is_planned": is_planned,
        "can_be_missed": is_planned and found.starts_at <= now,
        "talk": talk_after(found),
        "step": step if has_come_today else None,
        "step_right": right_of_step(step or ""),
        "blockers": blockers_for(request.membership, found, now=now) if _is_to_begin(found) else [],
        "confirmed": _confirmed(request, found),
        "step_label": STEPS.get(step or "", ""),
        "move": MoveForm(zone=zone, can_override=_can_override(request, found)),
        "overrides": overrides_of(found),
        "cancel": _end_form(request, found, "cancel"),
        "miss": _end_form(request, found, "miss"),
    }
