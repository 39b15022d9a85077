"""Pages of screenings: the working page in sections, its result, the history, and a course's piece.

Answers, diagnoses, results of checks and decisions change what is booked: scheduling has those.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right
from courses.access import course_for
from courses.checks.selectors import due_for
from courses.models import Finding, MedicationTrial, Screening
from courses.screening.access import condition_for, diagnosis_for, screening_for, trial_for
from courses.screening.facts import Sheet, trial_fact
from courses.screening.forms import InErrorForm, MetForm, OverrideForm, TrialForm
from courses.screening.pages import (
    EFFECTS,
    course_context,
    draw,
    page_context,
    record_and_draw,
    result_context,
    sheet_of,
    terms_form,
)
from courses.screening.payers import profiles_on
from courses.screening.selectors import (
    clearance,
    open_screening,
    screenings_of,
    standing_screening,
)
from courses.screening.services import (
    OPEN,
    begin_screening,
    change_trial,
    mark_in_error,
    meet_condition,
    override_finding,
    record_trial,
    save_terms,
    take_over_answers,
    withdraw_diagnosis,
    withdraw_trial,
)
from courses.screening.trials import verdict


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Whether the course is cleared, and for clinicians why: a piece of the course's page."""
    course = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    today = timezone.now().astimezone(course.site.zone).date()
    context = course_context(request, course)
    context["clearance"] = clearance(course, today)
    if context["may_see"]:
        standing = standing_screening(course)
        is_open = course.status in OPEN
        due = [one for one in due_for(course, today) if one.is_due(today)] if is_open else []
        context |= {
            "is_course_open": is_open,
            "due_checks": due,
            "plain_checks": [one.check.label for one in due if not one.prompted_on],
            "standing": standing,
            "current": open_screening(course),
            "conditions": standing.conditions.filter(met_at=None) if standing else [],
            "latest_reason": course.rescreen_reasons.order_by("-recorded_at").first(),
        }
    return render(request, "screening/_of_course.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def history(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Every screening of the course, and why it was screened again."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    rows = screenings_of(course).prefetch_related("conditions")
    reasons = course.rescreen_reasons.select_related("recorded_by").order_by("-recorded_at")
    context = course_context(request, course) | {"screenings": rows, "reasons": reasons}
    return render(request, "screening/history.html", context)


@allowed(Right.RECORD)
@require_POST
def begin(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Begin a screening, or go on with the one in progress."""
    course = course_for(request.membership, course_id, Right.RECORD)
    try:
        found = begin_screening(course=course, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("courses:course", course.pk)
    return redirect("courses:screening", found.pk)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def screening(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """One screening: its sections while it is in progress, its result once it is decided."""
    found = screening_for(request.membership, screening_id, Right.VIEW_CLINICAL)
    sheet = sheet_of(found)
    if found.is_open:
        return render(request, "screening/screening.html", page_context(request, sheet))
    return render(request, "screening/result.html", _decided(request, sheet))


def _decided(request: MemberRequest, sheet: Sheet) -> dict[str, Any]:
    found = sheet.screening
    return course_context(request, sheet.course) | {
        "screening": found,
        "findings": [row for row in sheet.findings.values() if _is_worth_telling(row)],
        "conditions": found.conditions.select_related("met_by").order_by("due_on", "pk"),
        "groups": _grouped(found.reasons),
        "met_form": MetForm(),
    }


def _is_worth_telling(row: Finding) -> bool:
    """What stands against treatment or is not known; of criteria it is those not met."""
    usual = Finding.Answer.YES if row.code.startswith("IN_") else Finding.Answer.NO
    return row.answer != usual


def _grouped(reasons: list[dict[str, str]]) -> list[tuple[str, list[dict[str, str]]]]:
    """The reasons that a decision keeps, by what they did."""
    found = [(label, [r for r in reasons if r["effect"] == effect]) for effect, label in EFFECTS]
    return [(label, rows) for label, rows in found if rows]


@allowed(Right.VIEW_CLINICAL)
@require_GET
def result(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """What the screening comes to now: the piece beside its sections."""
    found = screening_for(request.membership, screening_id, Right.VIEW_CLINICAL)
    sheet = sheet_of(found)
    context = {"screening": found, "sheet": sheet, **result_context(sheet)}
    return render(request, "screening/_result.html", context)


@allowed(Right.RECORD)
@require_POST
def terms(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Save the indication, the payer and the severity."""
    found = screening_for(request.membership, screening_id, Right.RECORD)
    sheet = sheet_of(found)
    form = terms_form(sheet, request.POST)
    if form.is_valid():
        try:
            save_terms(screening=found, terms=form.terms, now=sheet.now)
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
    if form.errors:
        return draw(request, sheet, "terms", status=422, terms_form=form)
    return draw(request, sheet_of(found), "terms", saved="terms")


@allowed(Right.RECORD)
@require_POST
def take_over(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Answer what is open as the patient’s screening before did."""
    found = screening_for(request.membership, screening_id, Right.RECORD)
    try:
        rows = take_over_answers(screening=found, by=request.membership, now=timezone.now())
        messages.success(request, f"{len(rows)} answers were taken over. Look at each.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:screening", found.pk)


@allowed(Right.OVERRIDE)
@require_POST
def override(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Go on despite a caution."""
    found = screening_for(request.membership, screening_id, Right.OVERRIDE)
    form = OverrideForm(request.POST, auto_id=False)
    if form.is_valid():
        try:
            override_finding(
                screening=found, by=request.membership, now=timezone.now(), **form.cleaned_data
            )
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
    if form.errors:
        extra = {"override_form": form, "overriding": form["code"].value()}
        return draw(request, sheet_of(found), "checklist", status=422, **extra)
    return draw(request, sheet_of(found), "checklist")


@allowed(Right.SIGN_THRESHOLDS)
@require_POST
def in_error(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Take back what was recorded in error."""
    found = screening_for(request.membership, screening_id, Right.SIGN_THRESHOLDS)
    form = InErrorForm(request.POST, auto_id=False)
    if form.is_valid():
        try:
            mark_in_error(
                screening=found, by=request.membership, now=timezone.now(), **form.cleaned_data
            )
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
    if form.errors:
        extra = {"error_form": form, "erring": form["code"].value()}
        return draw(request, sheet_of(found), "checklist", status=422, **extra)
    return draw(request, sheet_of(found), "checklist")


@allowed(Right.RECORD)
@require_POST
def trial_add(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """Record a medication trial."""
    found = screening_for(request.membership, screening_id, Right.RECORD)
    form = TrialForm(request.POST, auto_id="trial_%s")
    return record_and_draw(request, found, form, record_trial, "trials", "trial")


@allowed(Right.VIEW_CLINICAL)
@require_GET
def trial_preview(request: MemberRequest, screening_id: UUID) -> HttpResponse:
    """How the trial that is being typed would count, under each profile."""
    found = screening_for(request.membership, screening_id, Right.VIEW_CLINICAL)
    sheet = sheet_of(found)
    row = _typed(request)
    profiles = profiles_on(sheet.today)
    verdicts = [(one, verdict(trial_fact(row), one, sheet.thresholds)) for one in profiles]
    return render(request, "screening/_verdicts.html", {"verdicts": verdicts})


def _typed(request: HttpRequest) -> MedicationTrial:
    """What is typed so far; what cannot be read yet is not known."""
    form = TrialForm(QueryDict(request.META["QUERY_STRING"]))
    form.is_valid()
    fields = TrialForm.base_fields
    known = {name: form.cleaned_data[name] for name in fields if name in form.cleaned_data}
    return MedicationTrial(**known)


@allowed(Right.RECORD)
@require_POST
def trial_change(
    request: MemberRequest, screening_id: UUID, medication_trial_id: UUID
) -> HttpResponse:
    """Correct a medication trial."""
    found, trial = _with_trial(request, screening_id, medication_trial_id)
    form = TrialForm(request.POST, auto_id=f"trial_{trial.pk}_%s")
    if form.is_valid():
        try:
            change_trial(
                trial=trial, by=request.membership, now=timezone.now(), **form.cleaned_data
            )
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
    if form.errors:
        extra = {"changing": trial.pk, "changed_form": form}
        return draw(request, sheet_of(found), "trials", status=422, **extra)
    return draw(request, sheet_of(found), "trials")


def _with_trial(
    request: MemberRequest, screening_id: UUID, trial_id: UUID
) -> tuple[Screening, MedicationTrial]:
    """The screening and a trial of its patient; 404 for anybody else's."""
    found = screening_for(request.membership, screening_id, Right.RECORD)
    trial = trial_for(request.membership, trial_id, Right.RECORD)
    if trial.patient_id != found.course.patient_id:
        raise Http404("This trial is another patient’s.")
    return found, trial


@allowed(Right.RECORD)
@require_POST
def trial_withdraw(
    request: MemberRequest, screening_id: UUID, medication_trial_id: UUID
) -> HttpResponse:
    """Take back a medication trial that was recorded in error."""
    found, trial = _with_trial(request, screening_id, medication_trial_id)
    try:
        withdraw_trial(trial=trial, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
    return draw(request, sheet_of(found), "trials")


@allowed(Right.DECIDE)
@require_POST
def diagnosis_withdraw(
    request: MemberRequest, screening_id: UUID, diagnosis_id: UUID
) -> HttpResponse:
    """Take back a diagnosis."""
    found = screening_for(request.membership, screening_id, Right.DECIDE)
    row = diagnosis_for(request.membership, diagnosis_id, Right.DECIDE)
    if row.patient_id != found.course.patient_id:
        raise Http404("This diagnosis is another patient’s.")
    try:
        withdraw_diagnosis(diagnosis=row, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
    return draw(request, sheet_of(found), "terms")


@allowed(Right.DECIDE)
@require_POST
def condition_meet(request: MemberRequest, condition_id: UUID) -> HttpResponse:
    """Note that a condition is met."""
    condition = condition_for(request.membership, condition_id, Right.DECIDE)
    form = MetForm(request.POST)
    try:
        if not form.is_valid():
            raise DomainError("Please say it in 240 characters at most.")
        meet_condition(
            condition=condition, by=request.membership, now=timezone.now(), **form.cleaned_data
        )
        messages.success(request, "The condition is met.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:screening", condition.screening_id)
