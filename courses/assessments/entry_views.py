"""Pages on which scores are answered, entered and mended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clinic.access import MemberRequest, allowed
from clinic.errors import DomainError
from clinic.rights import Right
from courses.assessments.access import assessment_for
from courses.assessments.forms import (
    ITEM,
    AmendForm,
    AnswersForm,
    ScoreForm,
    WithdrawForm,
)
from courses.assessments.selectors import alerts_of
from courses.assessments.services import (
    Finish,
    ItemsMissing,
    Saved,
    abandon_assessment,
    amend_assessment,
    answer_draft,
    save_item,
    save_items,
    withdraw_assessment,
)
from courses.assessments.services.results import instrument_of
from courses.assessments.words import CRISIS_LINES
from courses.models import Assessment


@allowed(Right.RECORD)
@require_http_methods(["GET", "POST"])
def answer(request: MemberRequest, assessment_id: UUID) -> HttpResponse:
    """Answer the questions one by one, or enter the scores; POST finishes it."""
    draft = assessment_for(request.membership, assessment_id, Right.RECORD)
    if draft.status != Assessment.Status.DRAFT:
        return redirect("courses:assessment", draft.pk)
    now = timezone.now()
    form = _form(request, draft, now)
    if request.method == "GET" or not form.is_valid():
        if form.is_bound:
            _keep_what_fits(request, draft, form, now)
        return _entry_page(request, draft, form)
    try:
        done = answer_draft(
            assessment=draft,
            answers=form.answers,
            finish=_finish(form),
            by=request.membership,
            now=now,
        )
    except ItemsMissing as exc:
        return _entry_page(request, draft, form, missing=exc)
    except DomainError as exc:
        form.refuse(exc.field, str(exc))
        return _entry_page(request, draft, form)
    messages.success(request, "Thank you. The answers are recorded.")
    return redirect("courses:assessment", done.pk)


def _form(request: MemberRequest, draft: Assessment, now: datetime) -> AnswersForm:
    data = request.POST if request.method == "POST" else None
    used = instrument_of(draft)
    if draft.mode == Assessment.Mode.FULL:
        return AnswersForm(data, used=used, language=draft.language, answers=draft.answers)
    return ScoreForm(data, used=used, assessment=draft, now=now)


def _finish(form: AnswersForm) -> Finish:
    if isinstance(form, ScoreForm):
        return form.finish
    return Finish(accept_missing=form.cleaned_data["accept_missing"])


def _keep_what_fits(
    request: MemberRequest, draft: Assessment, form: AnswersForm, now: datetime
) -> None:
    """Save the answers that are in order: a slip in one loses none of the others."""
    fitting = {
        key: given
        for key, given in form.answers.items()
        if ITEM.format(key) not in form.errors and given is not None
    }
    save_items(assessment=draft, answers=fitting, by=request.membership, now=now)


def _entry_page(
    request: MemberRequest,
    draft: Assessment,
    form: AnswersForm,
    *,
    missing: ItemsMissing | None = None,
) -> HttpResponse:
    is_full = draft.mode == Assessment.Mode.FULL
    template = "assessments/answer.html" if is_full else "assessments/enter.html"
    lacking = {str(one["item"]) for one in missing.details} if missing else set()
    context = {
        "draft": draft,
        "form": form,
        "rows": [(item, field, item.key in lacking) for item, field in form.items],
        "lacks_safety": bool(lacking & form.used.safety_items),
        "missing": sorted(lacking, key=_in_order),
        "prompt": form.used.prompt.get(draft.language, ""),
        **_state(draft, form.used.items),
    }
    status = 422 if missing or form.errors else 200
    return render(request, template, context, status=status)


def _in_order(key: str) -> tuple[int, str]:
    return int(key.rstrip("ABCDEFG")), key


def _state(draft: Assessment, items: Any) -> dict[str, Any]:
    answered = Assessment.objects.values_list("answers", flat=True).get(pk=draft.pk)
    return {
        "assessment": draft,
        "patient": draft.patient,
        "used": instrument_of(draft),
        "answered": len(answered),
        "asked": len(items),
        "alerts": alerts_of(draft),
        "crisis_lines": CRISIS_LINES,
        "zone": (draft.course or draft.patient).site.zone,
    }


@allowed(Right.RECORD)
@require_POST
def item(request: MemberRequest, assessment_id: UUID, item: str) -> HttpResponse:
    """Save one answer on the spot, or take it back; the page is told how it stands now."""
    draft = assessment_for(request.membership, assessment_id, Right.RECORD)
    used = instrument_of(draft)
    if used.item(item) is None:
        raise Http404("There is no such item.")
    now = timezone.now()
    form = AnswersForm(request.POST, used=used, language=draft.language)
    form.is_valid()
    context: dict[str, Any] = {"item": item, "saved_at": now}
    field = ITEM.format(item)
    is_taken_back = "clear" in request.POST
    if field in form.errors and not is_taken_back:
        context["fault"] = form.errors[field][0]
    else:
        given = None if is_taken_back else form.answers[item]
        _save(request, draft, item, given, context, now)
    if not request.htmx:
        return redirect("courses:assessment_answer", draft.pk)
    context |= _state(draft, used.items)
    return render(request, "assessments/_saved.html", context, status=_status(context))


def _save(
    request: MemberRequest,
    draft: Assessment,
    item: str,
    given: int | str | None,
    context: dict[str, Any],
    now: datetime,
) -> Saved | None:
    try:
        return save_item(assessment=draft, item=item, answer=given, by=request.membership, now=now)
    except DomainError as exc:
        context["fault"] = str(exc)
        return None


def _status(context: dict[str, Any]) -> int:
    return 422 if "fault" in context else 200


@allowed(Right.RECORD)
@require_POST
def abandon(request: MemberRequest, assessment_id: UUID) -> HttpResponse:
    """Break a draft off; its answers and its alerts stay."""
    draft = assessment_for(request.membership, assessment_id, Right.RECORD)
    try:
        abandon_assessment(assessment=draft, by=request.membership, now=timezone.now())
        messages.success(request, "Broken off. What was answered is kept; there is no score.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("courses:assessment_new", draft.patient_id)


@allowed(Right.RECORD)
@require_http_methods(["GET", "POST"])
def amend(request: MemberRequest, assessment_id: UUID) -> HttpResponse:
    """Put a mended score in the place of one that was recorded wrongly."""
    found = assessment_for(request.membership, assessment_id, Right.RECORD)
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = AmendForm(data, used=instrument_of(found), assessment=found, now=now)
    missing: ItemsMissing | None = None
    if form.is_valid():
        try:
            mended = amend_assessment(
                assessment=found,
                entry=form.entry,
                reason=form.cleaned_data["reason"],
                by=request.membership,
                now=now,
            )
        except ItemsMissing as exc:
            missing = exc
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
        else:
            messages.success(request, "The mended score stands; the earlier one is kept.")
            return redirect("courses:assessment", mended.pk)
    return _amend_page(request, found, form, missing)


def _amend_page(
    request: MemberRequest, found: Assessment, form: AmendForm, missing: ItemsMissing | None
) -> HttpResponse:
    lacking = {str(one["item"]) for one in missing.details} if missing else set()
    context = {
        "assessment": found,
        "patient": found.patient,
        "form": form,
        "used": form.used,
        "rows": [(item, field, item.key in lacking) for item, field in form.items],
        "missing": sorted(lacking, key=_in_order),
        "lacks_safety": bool(lacking & form.used.safety_items),
        "zone": form.zone,
    }
    status = 422 if missing or form.errors else 200
    return render(request, "assessments/amend.html", context, status=status)


@allowed(Right.RECORD)
@require_http_methods(["GET", "POST"])
def withdraw(request: MemberRequest, assessment_id: UUID) -> HttpResponse:
    """Let a score count no longer, for a reason."""
    found = assessment_for(request.membership, assessment_id, Right.RECORD)
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            withdraw_assessment(
                assessment=found,
                reason=form.cleaned_data["reason"],
                by=request.membership,
                now=timezone.now(),
            )
        except DomainError as exc:
            form.add_error("reason" if exc.field == "reason" else None, str(exc))
        else:
            messages.success(request, "Withdrawn. It is kept, and counts for nothing.")
            return redirect("courses:assessment", found.pk)
    context = {
        "assessment": found,
        "patient": found.patient,
        "used": instrument_of(found),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "assessments/withdraw.html", context, status=status)
