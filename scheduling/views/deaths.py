"""That a patient has died: one person says so, another confirms it."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinic.access import MemberRequest, allowed, patient_for
from clinic.deaths.selectors import death_of
from clinic.deaths.services import report_death, withdraw_death
from clinic.errors import Conflict, DomainError
from clinic.forms import DateInput, show_refusal
from clinic.models import Patient, PatientDeath
from clinic.rights import Right, may
from scheduling.services import settle_death


class ReportForm(forms.Form):
    """When, and how it is known."""

    died_on = forms.DateField(required=False, label="Date of death", widget=DateInput())
    known_from = forms.CharField(
        max_length=240,
        label="How it is known",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say how this is known."},
    )


class SettleForm(forms.Form):
    """Whether it is so, and whether few may open the chart from now on."""

    answer = forms.ChoiceField(
        choices=[("confirm", "Confirm"), ("withdraw", "Withdraw")],
        error_messages={"required": "Confirm it or withdraw it."},
    )
    restricts = forms.BooleanField(required=False, label="Restrict the chart")


@allowed(Right.BOOK)
@require_http_methods(["GET", "POST"])
def death(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Report that the patient has died, or settle what somebody else reported."""
    patient = patient_for(request.membership, patient_id, Right.BOOK)
    known = death_of(patient)
    form = _form(request, known)
    if request.method == "GET" or not form.is_valid():
        return _page(request, patient, known, form)
    try:
        words = _settle(request, known, form) if known else _report(request, patient, form)
    except DomainError as exc:
        show_refusal(form, exc)
        return _page(request, patient, known, form, 409 if isinstance(exc, Conflict) else 422)
    messages.success(request, words)
    return redirect("clinic:patient", patient.pk)


def _form(request: MemberRequest, known: PatientDeath | None) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    return SettleForm(data) if known else ReportForm(data)


def _report(request: MemberRequest, patient: Patient, form: forms.Form) -> str:
    died_on: date | None = form.cleaned_data["died_on"]
    report_death(
        patient=patient,
        died_on=died_on,
        known_from=form.cleaned_data["known_from"],
        by=request.membership,
        now=timezone.now(),
    )
    return "Noted. No message leaves any more; another person confirms it."


def _settle(request: MemberRequest, known: PatientDeath, form: forms.Form) -> str:
    said: dict[str, Any] = {"death": known, "by": request.membership, "now": timezone.now()}
    if form.cleaned_data["answer"] == "withdraw":
        withdraw_death(**said)
        return "The report is withdrawn; messages go on."
    settle_death(restricts=form.cleaned_data["restricts"], **said)
    return "Confirmed. Courses are stopped, visits called off, and nothing is sent."


def _page(
    request: MemberRequest,
    patient: Patient,
    known: PatientDeath | None,
    form: forms.Form,
    status: int = 200,
) -> HttpResponse:
    context = {
        "patient": patient,
        "known": known,
        "form": form,
        "zone": patient.site.zone,
        "is_own": known is not None and known.reported_by_id == request.membership.pk,
        "may_restrict": may(request.membership, Right.RESTRICT_CHARTS, patient.site),
    }
    status = 422 if form.errors and status == 200 else status
    return render(request, "scheduling/death.html", context, status=status)
