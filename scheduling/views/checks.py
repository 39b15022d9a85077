"""Results of laboratory and other checks of a patient, whether or not somebody screens them."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed, patient_for
from clinic.errors import DomainError
from clinic.models import Patient
from clinic.rights import Right, may
from courses.checks.rules import Due
from courses.checks.selectors import due_for, results_of
from courses.checks.services import withdraw_check
from courses.holds.selectors import held_at
from courses.models import Course
from courses.rules import is_final
from courses.screening.access import check_result_for
from courses.screening.forms import CheckForm
from courses.selectors import courses_of_patient
from scheduling.services.happenings import note_check

PAGE = 50


@allowed(Right.VIEW_CLINICAL)
@require_GET
def checks(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """What is due in the patient's courses, and every result so far."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_CLINICAL)
    form = CheckForm(initial={"on": _today(patient), "kind": request.GET.get("kind", "")})
    return _page(request, patient, form)


@allowed(Right.RECORD)
@require_POST
def check_record(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Record a result; one that excludes holds the patient's courses at once."""
    patient = patient_for(request.membership, patient_id, Right.RECORD)
    form, now = CheckForm(request.POST), timezone.now()
    if form.is_valid():
        try:
            note_check(patient=patient, by=request.membership, now=now, **form.cleaned_data)
        except DomainError as exc:
            form.refuse(exc.field, str(exc))
        else:
            messages.success(request, "The result is recorded.")
            if held_at(patient, now):
                messages.warning(request, "Doses are held: screen the patient again and decide.")
            return redirect("scheduling:checks", patient.pk)
    return _page(request, patient, form)


@allowed(Right.RECORD)
@require_POST
def check_withdraw(request: MemberRequest, check_result_id: UUID) -> HttpResponse:
    """Take back a result that was recorded in error; what it held stays held."""
    row = check_result_for(request.membership, check_result_id, Right.RECORD)
    try:
        withdraw_check(result=row, by=request.membership, now=timezone.now())
        messages.success(request, "Withdrawn: it stays on record and counts for nothing.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("scheduling:checks", row.patient_id)


def _page(request: MemberRequest, patient: Patient, form: CheckForm) -> HttpResponse:
    found = Paginator(results_of(patient), PAGE).get_page(request.GET.get("page"))
    every = courses_of_patient(patient=patient)
    context: dict[str, Any] = {
        "patient": patient,
        "courses": [(one, _needed(one)) for one in every if not is_final(one.status)],
        "page": found,
        "form": form,
        "may_record": may(request.membership, Right.RECORD, patient),
        "zone": patient.site.zone,
    }
    status = 422 if form.errors else 200
    return render(request, "scheduling/checks.html", context, status=status)


def _needed(course: Course) -> list[tuple[Due, bool]]:
    """The checks that the course needs, what is due today first."""
    today = timezone.now().astimezone(course.site.zone).date()
    needed = [(one, one.is_due(today)) for one in due_for(course, today) if one.is_needed]
    return sorted(needed, key=lambda line: not line[1])


def _today(patient: Patient) -> date:
    return timezone.now().astimezone(patient.site.zone).date()
