"""Pages about restricted charts, and about who may do what."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import charts
from clinic.access import MemberRequest, allowed, closed_patient_for, signed_in
from clinic.chart_forms import LongReasonForm
from clinic.errors import DomainError
from clinic.glass_handles import HandleSpent, handle_for, patient_behind
from clinic.models import Role
from clinic.rights import AREAS, TABLE, Right

PAGE = 50


def restricted_chart(request: HttpRequest, refusal: charts.ChartRestricted) -> HttpResponse:
    """What stands in place of a page that would show a restricted chart (403)."""
    context = {
        "handle": refusal.handle,
        "minutes": refusal.minutes,
        "may_open": refusal.may_open,
        "form": LongReasonForm(),
        "next": request.get_full_path() if request.method == "GET" else "",
    }
    answer = render(request, "clinic/chart_restricted.html", context, status=403)
    # A piece of a page that was open when the time ran out: the whole page is asked for again.
    answer["HX-Refresh"] = "true"
    return answer


@allowed(Right.BREAK_GLASS)
@require_http_methods(["GET", "POST"])
def break_glass(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Open a restricted chart for a reason, then go on to where one was."""
    form = LongReasonForm(request.POST if request.method == "POST" else None)
    return _opened(request, patient_id, form)


@allowed(Right.BREAK_GLASS)
@require_POST
def open_chart(request: MemberRequest) -> HttpResponse:
    """The same for a chart that was met by its handle; without a reason yet, ask for it."""
    try:
        patient_id = patient_behind(request.membership, request.POST.get("handle", ""))
    except HandleSpent as exc:
        messages.error(request, str(exc))
        return redirect("scheduling:today")
    form = LongReasonForm(request.POST if "reason" in request.POST else None)
    return _opened(request, patient_id, form)


def _opened(request: MemberRequest, patient_id: UUID, form: LongReasonForm) -> HttpResponse:
    patient = closed_patient_for(request.membership, patient_id, Right.BREAK_GLASS)
    onward = _onward(request, reverse("clinic:patient", args=[patient.pk]))
    if not patient.is_restricted:
        return redirect(onward)
    if form.is_valid():
        opening = charts.break_glass(
            patient=patient,
            by=request.membership,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        until = opening.expires_at.astimezone(patient.site.zone)
        messages.warning(
            request, f"This chart is open to you until {until:%H:%M}. The managers are told."
        )
        return redirect(onward)
    context = {
        "handle": handle_for(request.membership, patient),
        "minutes": request.membership.organization.break_glass_minutes,
        "may_open": True,
        "form": form,
        "next": request.POST.get("next", ""),
    }
    return render(request, "clinic/chart_restricted.html", context, status=_status(form))


def _status(form: LongReasonForm) -> int:
    return 422 if form.is_bound else 200


def _onward(request: HttpRequest, otherwise: str) -> str:
    """Where the person wanted to go, if that is a page of ours."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, settings.HTTPS)
    return asked if is_ours else otherwise


@allowed(Right.RESTRICT_CHARTS)
@require_http_methods(["GET", "POST"])
def restriction(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Restrict a patient's chart, or lift that, for a reason."""
    patient = closed_patient_for(request.membership, patient_id, Right.RESTRICT_CHARTS)
    form = LongReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            charts.restrict_chart(
                patient=patient,
                by=request.membership,
                is_restricted=request.POST.get("to") == "restricted",
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except DomainError as exc:
            form.add_error(None, str(exc))
        else:
            state = "now restricted" if patient.is_restricted else "open again"
            messages.success(request, f"The chart is {state}.")
            return redirect("clinic:restricted")
    context = {"patient": patient, "form": form}
    return render(request, "clinic/restriction.html", context, status=_status(form))


@allowed(Right.RESTRICT_CHARTS)
@require_GET
def restricted(request: MemberRequest) -> HttpResponse:
    """The charts that are restricted, and who opened them when, why and until when."""
    before = parse_datetime(request.GET.get("before", "")[:40])
    found = list(charts.glass_broken_at(request.membership, before=before)[: PAGE + 1])
    context = {
        "patients": charts.restricted_patients(request.membership),
        "openings": found[:PAGE],
        "is_later_page": before is not None,
        "before": found[PAGE - 1].opened_at if len(found) > PAGE else None,
        "now": timezone.now(),
    }
    return render(request, "clinic/restricted.html", context)


@signed_in
@require_GET
def roles(request: MemberRequest) -> HttpResponse:
    """The table of roles and rights, as the code has it."""
    own = {role for _, role in request.membership.duties} if request.membership else set()
    return render(request, "clinic/roles.html", {"roles": _columns(own), "areas": _areas()})


def _columns(own: set[str]) -> list[dict[str, Any]]:
    return [{"role": role, "label": Role(role).label, "is_own": role in own} for role in TABLE]


def _areas() -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "rows": [
                {"right": right, "cells": [(role, right in TABLE[role]) for role in TABLE]}
                for right in rights
            ],
        }
        for title, rights in AREAS.items()
    ]
