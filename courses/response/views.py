"""Pages about a course's response: fragments of its page, decisions, and what is due."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed, sites_of
from clinic.charts import open_patient_ids
from clinic.errors import DomainError
from clinic.forms import show_refusal
from clinic.rights import Right, may
from courses.access import course_for
from courses.models import Course, MaintenanceStep, Review
from courses.response import words
from courses.response.access import booster_window_for, review_for
from courses.response.baselines import missing_baseline, needed_measure
from courses.response.forms import BaselineForm, CloseWindowForm, DecisionForm, IntervalForm
from courses.response.history import History, history_of
from courses.response.intervals import proposal_for
from courses.response.selectors import standing_in
from courses.response.services import (
    Answer,
    Chosen,
    choose_interval,
    close_window,
    decide_review,
    rate_baseline,
)
from courses.response.worklist import (
    Filter,
    open_reviews,
    open_windows,
    review_lines,
    reviews_of,
    window_lines,
    windows_of,
)

# More than a person can look through; the worst waits first.
MOST_LINES = 100


def _numbers(history: History) -> dict[str, Any]:
    standing = standing_in(history)
    return {
        "standing": standing,
        "sentence": words.sentence(standing),
        "cautions": words.cautions(standing),
        "judged_by": words.judged_by(standing),
    }


@allowed(Right.VIEW_CLINICAL)
@require_GET
def response_of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """How the course does, in words, with the numbers and their caution."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    now = timezone.now()
    history = history_of(course, now)
    today = now.astimezone(course.site.zone).date()
    context = {
        "course": course,
        "missing": missing_baseline(course, today, now),
        "may_decide": may(request.membership, Right.DECIDE, course.site),
        **_numbers(history),
    }
    return render(request, "response/_of_course.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def reviews_of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """The course's reviews, its place on the ladder and its booster windows."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    now = timezone.now()
    history = history_of(course, now)
    context = {
        "course": course,
        "reviews": reviews_of(course),
        "windows": windows_of(course),
        "steps": history.steps[::-1],
        "has_ladder": history.definition.maintenance is not None,
        "today": now.astimezone(course.site.zone).date(),
        "zone": course.site.zone,
        "may_decide": may(request.membership, Right.DECIDE, course.site),
    }
    return render(request, "response/_reviews.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def due(request: MemberRequest) -> HttpResponse:
    """Reviews that await a decision, and boosters that are due, at one's sites."""
    member, now = request.membership, timezone.now()
    sites = sites_of(member, Right.VIEW_CLINICAL)
    site = next((one for one in sites if str(one.pk) == request.GET.get("site")), None)
    mine = request.GET.get("of") == "mine"
    wanted = Filter(site=site.pk if site else None, mine=mine)
    opened = open_patient_ids(member, now=now)
    reviews = list(open_reviews(member, wanted)[:MOST_LINES])
    windows = list(open_windows(member, wanted)[:MOST_LINES])
    context = {
        "sites": sites,
        "site": site,
        "mine": mine,
        "reviews": review_lines(reviews, member, open_ids=opened, now=now),
        "windows": window_lines(windows, member, open_ids=opened, now=now),
        "most": MOST_LINES,
    }
    return render(request, "response/due.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_http_methods(["GET", "POST"])
def review(request: MemberRequest, review_id: UUID) -> HttpResponse:
    """The numbers on one screen and the question; whoever may decide answers it here."""
    is_answer = request.method == "POST"
    right = Right.DECIDE if is_answer else Right.VIEW_CLINICAL
    found = review_for(request.membership, review_id, right)
    history = history_of(found.course, timezone.now())
    form = _decision_form(request, found, history)
    if is_answer and form.is_valid():
        try:
            decide_review(
                review=found, answer=_answer(form), by=request.membership, now=timezone.now()
            )
        except DomainError as exc:
            show_refusal(form, exc)
        else:
            messages.success(request, "The decision is kept.")
            return redirect("courses:course", found.course_id)
    return _review_page(request, found, history, form)


def _decision_form(request: MemberRequest, found: Review, history: History) -> DecisionForm:
    proposal = proposal_for(history, standing_in(history))
    start = {
        "seen": history.steps[-1].number if history.steps else 0,
        "days": proposal.to_days if proposal else None,
    }
    most = history.definition.most_doses
    return DecisionForm(request.POST or None, review=found, most_doses=most, initial=start)


def _answer(form: DecisionForm) -> Answer:
    said = form.cleaned_data
    return Answer(
        decision=said["decision"],
        reason=said["reason"],
        keeps_hold=said.get("keeps_hold", False),
        seen=said["seen"] or 0,
        days=said["days"],
    )


def _review_page(
    request: MemberRequest, found: Review, history: History, form: DecisionForm
) -> HttpResponse:
    course, standing = found.course, standing_in(history)
    context = {
        "review": found,
        "course": course,
        "patient": course.patient,
        "zone": course.site.zone,
        "form": form,
        "proposal": proposal_for(history, standing),
        "doses": history.counted,
        "suggestion": words.prompt(found, standing),
        "may_decide": may(request.membership, Right.DECIDE, course.site),
        **_numbers(history),
    }
    return render(request, "response/review.html", context, status=422 if form.errors else 200)


@allowed(Right.DECIDE)
@require_http_methods(["GET", "POST"])
def baseline(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Rate a baseline where the patient's own score is missing on the day of the first dose."""
    course = course_for(request.membership, course_id, Right.DECIDE)
    form = BaselineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        rating = {"code": said["instrument"], "total": said["total"], "reason": said["reason"]}
        try:
            rate_baseline(course=course, by=request.membership, now=timezone.now(), **rating)
        except DomainError as exc:
            show_refusal(form, exc)
        else:
            messages.success(request, "The rating holds for today’s first dose.")
            return redirect("courses:course", course.pk)
    history = history_of(course, timezone.now())
    context = {
        "course": course,
        "patient": course.patient,
        "form": form,
        "needed": needed_measure(history),
        "days": history.thresholds.baseline_window_days,
    }
    return render(request, "response/baseline.html", context, status=422 if form.errors else 200)


@allowed(Right.DECIDE)
@require_http_methods(["GET", "POST"])
def interval(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Choose the interval of maintenance, beside what the rule proposes."""
    course = course_for(request.membership, course_id, Right.DECIDE)
    history = history_of(course, timezone.now())
    start = {"seen": history.steps[-1].number if history.steps else 0}
    form = IntervalForm(request.POST or None, definition=history.definition, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            _choose(request, course, form)
        except DomainError as exc:
            known = {"interval_days": "other_days"}.get(exc.field or "", exc.field)
            form.add_error(known if known in form.fields else None, str(exc))
        else:
            messages.success(request, "The interval holds from now on.")
            return redirect("courses:course", course.pk)
    context = {
        "course": course,
        "patient": course.patient,
        "form": form,
        "steps": history.steps[::-1],
        "proposal": proposal_for(history, standing_in(history)),
        "zone": course.site.zone,
        **_numbers(history),
    }
    return render(request, "response/interval.html", context, status=422 if form.errors else 200)


def _choose(request: MemberRequest, course: Course, form: IntervalForm) -> None:
    said = form.cleaned_data
    move = MaintenanceStep.Move.CHOSEN if said["seen"] else MaintenanceStep.Move.START
    choose_interval(
        course=course,
        chosen=Chosen(move.value, form.days),
        seen=said["seen"],
        reason=said["reason"],
        by=request.membership,
        now=timezone.now(),
    )


@allowed(Right.DECIDE)
@require_POST
def close_booster_window(request: MemberRequest, booster_window_id: UUID) -> HttpResponse:
    """End a window without a dose, for a reason."""
    found = booster_window_for(request.membership, booster_window_id, Right.DECIDE)
    form = CloseWindowForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        close_window(window=found, reason=reason, by=request.membership, now=timezone.now())
        messages.success(request, "The window is closed.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:course", found.course_id)
