"""Proposals: how far the planner is, what it found, accepting it, asking again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import Conflict, DomainError
from clinic.models import Membership
from clinic.rights import Right, may
from courses.access import course_for
from courses.models import Course
from scheduling.access import proposal_for
from scheduling.forms import ExtendForm
from scheduling.keeping.selectors import others_hold_at
from scheduling.models import Proposal
from scheduling.selectors import proposal_story
from scheduling.selectors.held_back import is_held_back
from scheduling.services import (
    ProposalOutdated,
    accept_proposal,
    plan_more_doses,
    request_proposal,
)
from scheduling.views.keeping import hold_context
from scheduling.weeks_map import weeks_map

STAGES = {
    "": "Waiting for a planner",
    "reading": "Reading hours, shifts, leave and the book",
    "planning": "Looking for the best schedule",
    "explaining": "Nothing fits yet: looking for what would help",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One change that would make the course fit, and where to make it."""

    sentence: str
    label: str = ""
    url: str = ""
    icon: str = ""


@allowed(Right.VIEW_PATIENTS)
@require_GET
def proposal(request: MemberRequest, proposal_id: UUID) -> HttpResponse:
    """A proposal, finished or not."""
    found = proposal_for(request.membership, proposal_id, Right.VIEW_PATIENTS)
    return render(request, "scheduling/proposal.html", _context(request, found))


@allowed(Right.VIEW_PATIENTS)
@require_GET
def proposal_progress(request: MemberRequest, proposal_id: UUID) -> HttpResponse:
    """The changing part of that page; it stops asking once the planner has finished."""
    found = proposal_for(request.membership, proposal_id, Right.VIEW_PATIENTS)
    return render(request, "scheduling/_proposal.html", _context(request, found))


@allowed(Right.BOOK)
@require_POST
def proposal_accept(request: MemberRequest, proposal_id: UUID) -> HttpResponse:
    """Book the whole course, or say what has changed meanwhile (409)."""
    found = proposal_for(request.membership, proposal_id, Right.BOOK)
    try:
        visits = accept_proposal(proposal=found, by=request.membership, now=timezone.now())
    except ProposalOutdated as exc:
        context = {**_context(request, found), "changes": exc.details, "refusal": str(exc)}
        return render(request, "scheduling/proposal.html", context, status=409)
    except Conflict as exc:
        found.refresh_from_db(fields=["status"])
        context = {**_context(request, found), "refusal": str(exc)}
        return render(request, "scheduling/proposal.html", context, status=409)
    number = f"{len(visits)} visits are" if len(visits) != 1 else "One visit is"
    messages.success(request, f"{number} booked.")
    return redirect("courses:course", found.course_id)


@allowed(Right.BOOK)
@require_POST
def course_plan(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Ask for a schedule of every place of the course that has no visit."""
    course = course_for(request.membership, course_id, Right.BOOK)
    try:
        made = request_proposal(course=course, by=request.membership, now=timezone.now())
    except Conflict as exc:
        messages.warning(request, str(exc))
        return redirect("courses:course", course.pk)
    return redirect("scheduling:proposal", made.pk)


@allowed(Right.BOOK)
@require_POST
def course_extend(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Plan a few more doses of a course whose protocol goes on, and ask for their schedule."""
    course = course_for(request.membership, course_id, Right.BOOK)
    form = ExtendForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Between one and four doses can be planned at a time.")
        return redirect("courses:course", course.pk)
    try:
        made = plan_more_doses(
            course=course, by=request.membership, now=timezone.now(), **form.cleaned_data
        )
    except DomainError as exc:
        messages.warning(request, str(exc))
        return redirect("courses:course", course.pk)
    return redirect("scheduling:proposal", made.pk)


def _context(request: MemberRequest, found: Proposal) -> dict[str, Any]:
    story = proposal_story(found)
    return {
        "proposal": found,
        "course": found.course,
        "patient": found.course.patient,
        "site": found.course.site,
        "story": story,
        "zone": story.zone,
        "is_waiting": found.status in (Proposal.Status.QUEUED, Proposal.Status.RUNNING),
        "stage": STAGES.get(found.stage, STAGES["planning"]),
        "weeks": weeks_map(story.visits, story.zone),
        "new_visits": [visit for visit in story.visits if not visit.is_kept],
        "is_held": is_held_back(found.course, [v for v in found.visits if not v["is_kept"]]),
        "ways": _ways(request.membership, found, story.relief),
        "others_hold": _others_hold(found),
        **hold_context(found, timezone.now()),
    }


def _others_hold(found: Proposal) -> bool:
    """Whether nothing fits while others hold times at the site, which may soon be free again."""
    is_impossible = found.status == Proposal.Status.IMPOSSIBLE
    return is_impossible and others_hold_at(found.course, now=timezone.now())


def _ways(member: Membership, found: Proposal, sentences: list[str]) -> list[Way]:
    options = found.relief.get("options", [])
    return [
        Way(sentence, *_where(member, found, option))
        for sentence, option in zip(sentences, options, strict=True)
    ]


def _where(member: Membership, found: Proposal, option: dict[str, Any]) -> tuple[str, ...]:
    """Where the member can make the change; nothing for changes that are made elsewhere."""
    course = found.course
    is_draft = course.status == Course.Status.DRAFT and may(member, Right.BOOK, course.site)
    can_edit = may(member, Right.EDIT_PATIENTS, course.patient)
    start = reverse("scheduling:course_new", args=[course.patient_id]) + f"?again={course.pk}"
    if option["reason"] == "START_WINDOW" and is_draft:
        return "Allow a later start", f"{start}&latest={option['latest_first_on']}", "calendar-plus"
    if option["reason"] == "PATIENT_WINDOW" and (is_draft or can_edit):
        edit = reverse("clinic:patient_edit", args=[course.patient_id])
        return "Change the patient’s times", f"{start if is_draft else edit}#week-title", "clock"
    if option["reason"] == "CAPACITY":
        day = f"{reverse('scheduling:today')}?site={course.site_id}&day={option['first_dose_on']}"
        return "Look at that day", day, "calendar-days"
    return ()
