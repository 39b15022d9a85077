"""Sections of a screening whose saving changes what is booked, its decision, and what happened."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right
from courses.access import course_for
from courses.screening.access import screening_for
from courses.screening.forms import AnswersForm, CheckForm, DiagnosisForm, HappeningForm
from courses.screening.pages import (
    course_context,
    decision_form,
    draw,
    record_and_draw,
    sheet_of,
)
from scheduling.services.candidacy import Decided, decide_screening
from scheduling.services.happenings import (
    Happening,
    answer_checklist,
    note_check,
    note_diagnosis,
    report_happening,
)


@allowed(Right.RECORD)
@require_POST
def answers(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Save the checklist."""
    found = screening_for(request.membership, screening_id, Right.RECORD)
    sheet = sheet_of(found)
    form = AnswersForm(request.POST, known=sheet.findings)
    if form.is_valid():
        try:
            answer_checklist(
                screening=found, answers=form.answers, by=request.membership, now=sheet.now
            )
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
    if form.errors:
        return draw(request, sheet, "checklist", status=422, answers_form=form)
    return draw(request, sheet_of(found), "checklist", saved="checklist")


@allowed(Right.DECIDE)
@require_POST
def diagnosis_add(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Record a diagnosis."""
    found = screening_for(request.membership, screening_id, Right.DECIDE)
    form = DiagnosisForm(request.POST, auto_id="diagnosis_%s")
    return record_and_draw(request, found, form, note_diagnosis, "terms", "diagnosis")


@allowed(Right.RECORD)
@require_POST
def check_add(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Record the result of a check."""
    found = screening_for(request.membership, screening_id, Right.RECORD)
    form = CheckForm(request.POST, auto_id="check_%s")
    return record_and_draw(request, found, form, note_check, "checks", "check")


@allowed(Right.DECIDE)
@require_POST
def decide(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Decide, then show the result."""
    found = screening_for(request.membership, screening_id, Right.DECIDE)
    sheet = sheet_of(found)
    form = decision_form(sheet, request.POST)
    if form.is_valid():
        try:
            decided = decide_screening(
                screening=found,
                outcome=form.cleaned_data["outcome"],
                note=form.cleaned_data["note"],
                conditions=form.conditions,
                by=request.membership,
                now=sheet.now,
                keep_open=form.cleaned_data["keep_open"],
            )
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
        else:
            messages.success(request, _told(decided))
            return redirect("courses:screening", found.pk)
    return draw(request, sheet_of(found), "decision", status=422, decision_form=form)


def _told(decided: Decided) -> str:
    """What became of the visits, in words."""
    said = f"Decided: {decided.screening.get_status_display().lower()}."
    for number, what in (
        (len(decided.confirmed), "confirmed; the patient is told of them"),
        (len(decided.waiting), "held back until a new decision"),
        (len(decided.released), "called off"),
    ):
        if number:
            visits = "1 visit is" if number == 1 else f"{number} visits are"
            said += f" {visits} {what}."
    if decided.is_stopped:
        said += " The course is stopped."
    return said


@allowed(Right.RECORD)
@require_http_methods(["GET", "POST"])
def happening(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Report what happened to the patient during the course; doses are held at once."""
    course = course_for(request.membership, course_id, Right.RECORD)
    now = timezone.now()
    today = now.astimezone(course.site.zone).date()
    data = request.POST if request.method == "POST" else None
    form = HappeningForm(data, today=today, initial={"on": today})
    if form.is_valid():
        try:
            what = Happening(**form.cleaned_data)
            report_happening(course=course, what=what, by=request.membership, now=now)
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
        else:
            messages.success(request, "Recorded: doses are held until the patient is screened.")
            return redirect("courses:course", course.pk)
    context = course_context(request, course) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "screening/happening.html", context, status=status)
