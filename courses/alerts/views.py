"""Pages about safety alerts: the inbox, one alert, and what other pages show of them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.access import MemberRequest, allowed, patient_for
from clinic.charts import open_patient_ids
from clinic.errors import DomainError
from clinic.rights import Right, may
from courses.access import course_for
from courses.alerts.access import alert_for
from courses.alerts.forms import CloseForm
from courses.alerts.rules import forbids_doses
from courses.alerts.selectors import (
    alerts_of_patient,
    inbox,
    open_alerts_of,
    steps_of,
    waiting_count,
)
from courses.alerts.services import acknowledge_alert, close_alert
from courses.alerts.words import label_of
from courses.models import SafetyAlert


@allowed(Right.HANDLE_ALERTS)
@require_GET
def alerts(request: MemberRequest) -> HttpResponse:
    """What awaits an answer, what is being dealt with, and what was closed lately."""
    opened = open_patient_ids(request.membership, now=timezone.now())
    found = inbox(request.membership, open_ids=opened)
    if request.htmx and request.GET.get("seen") == found.mark:
        return HttpResponse(status=204)
    context = {"inbox": found, "mark": found.mark, "count": len(found.waiting)}
    template = "alerts/_inbox.html" if request.htmx else "alerts/inbox.html"
    return render(request, template, context)


@allowed(Right.HANDLE_ALERTS)
@require_GET
def badge(request: MemberRequest) -> HttpResponse:
    """How many alerts await an answer; nothing new where it is as the page has it already."""
    count = waiting_count(request.membership)
    if request.GET.get("seen") == str(count):
        return HttpResponse(status=204)
    return render(request, "alerts/_badge.html", {"count": count})


@allowed(Right.VIEW_CLINICAL)
@require_GET
def alert(request: MemberRequest, safety_alert_id: UUID) -> HttpResponse:
    """One alert: what was positive, who was told when, and the form that ends it."""
    found = alert_for(request.membership, safety_alert_id, Right.VIEW_CLINICAL)
    form = CloseForm(alert=found, member=request.membership, now=timezone.now())
    return _alert_page(request, found, form)


def _alert_page(request: MemberRequest, alert: SafetyAlert, form: CloseForm) -> HttpResponse:
    context: dict[str, Any] = {
        "alert": alert,
        "patient": alert.patient,
        "what": label_of(alert.rule),
        "zone": alert.site.zone,
        "steps": steps_of(alert),
        "form": form,
        "may_answer": may(request.membership, Right.HANDLE_ALERTS, alert.site),
        "may_decide": may(request.membership, Right.DECIDE, alert.site),
        "holds_doses": forbids_doses(alert.level),
    }
    return render(request, "alerts/alert.html", context, status=422 if form.errors else 200)


@allowed(Right.HANDLE_ALERTS)
@require_POST
def acknowledge(request: MemberRequest, safety_alert_id: UUID) -> HttpResponse:
    """Take the alert on, then show it with what is to be done."""
    found = alert_for(request.membership, safety_alert_id, Right.HANDLE_ALERTS)
    try:
        acknowledge_alert(alert=found, by=request.membership, now=timezone.now())
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, "You have taken this alert on. Assess the patient now.")
    return redirect("courses:alert", found.pk)


@allowed(Right.HANDLE_ALERTS)
@require_POST
def close(request: MemberRequest, safety_alert_id: UUID) -> HttpResponse:
    """End the alert with an assessment, then go back to what else awaits."""
    found = alert_for(request.membership, safety_alert_id, Right.HANDLE_ALERTS)
    now = timezone.now()
    form = CloseForm(request.POST, alert=found, member=request.membership, now=now)
    if not form.is_valid():
        return _alert_page(request, found, form)
    said = form.cleaned_data
    try:
        close_alert(
            alert=found,
            assessor=said["assessor"],
            assessed_at=form.assessed_at,
            risk=said["risk"],
            plan=said["plan"],
            by=request.membership,
            now=now,
        )
    except DomainError as exc:
        form.refuse(exc.field, str(exc))
        return _alert_page(request, found, form)
    messages.success(request, "The alert is closed; assessment and plan are kept.")
    return redirect("courses:alerts")


@allowed(Right.VIEW_CLINICAL)
@require_GET
def of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """The alerts of the course's patient: a piece of the course's page."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    found = [(one, label_of(one.rule)) for one in alerts_of_patient(course.patient)]
    context = {"course": course, "alerts": found, "zone": course.site.zone}
    return render(request, "alerts/_of_course.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def banner(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """The patient's open alerts in a line each, above their pages; nothing where there is none."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_CLINICAL)
    found = [(one, label_of(one.rule)) for one in open_alerts_of(patient)]
    context = {"alerts": found, "zone": patient.site.zone}
    return render(request, "alerts/_banner.html", context)
