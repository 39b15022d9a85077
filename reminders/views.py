"""Pages: what went out to a patient or about a visit, and the development mailbox."""

from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from clinic.access import MemberRequest, allowed, patient_for, public
from clinic.rights import Right
from reminders import selectors
from reminders.mailbox import PAGE, caught_lines, caught_message
from sessions.access import visit_for


@allowed(Right.VIEW_PATIENTS)
@require_safe
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """What the patient was and will be sent."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    context = {
        "letters": selectors.correspondence_with(patient),
        "zone": patient.site.zone,
        "patient": patient,
        "names_visits": True,
    }
    return render(request, "reminders/_correspondence.html", context)


@allowed(Right.VIEW_PATIENTS)
@require_safe
def of_visit(request: MemberRequest, visit_id: UUID) -> HttpResponse:
    """What was and will be sent about one visit."""
    visit = visit_for(request.membership, visit_id, Right.VIEW_PATIENTS)
    context = {
        "letters": selectors.correspondence_about(visit),
        "zone": visit.site.zone,
        "patient": visit.patient,
        "names_visits": False,
    }
    return render(request, "reminders/_correspondence.html", context)


@public
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every e-mail that the local mail server caught; only where one is running."""
    lines, total = caught_lines()
    context = {"lines": lines, "total": total, "page": PAGE}
    return render(request, "reminders/mailbox.html", context)


@public  # type: ignore[arg-type]
@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # knows views without arguments
def mailbox_message(request: HttpRequest, key: str) -> HttpResponse:
    """One caught e-mail, taken apart."""
    return render(request, "reminders/mailbox_message.html", {"caught": caught_message(key)})


@public  # type: ignore[arg-type]
@require_safe
@xframe_options_sameorigin
@csp(  # type: ignore[arg-type]
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "frame-ancestors": [SELF],
        "sandbox": True,
    }
)
def mailbox_letter(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML of one caught e-mail, which has its style inline and may do nothing at all."""
    return HttpResponse(caught_message(key).html)
