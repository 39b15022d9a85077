"""Visits that fell through, as a piece of a patient's page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, patient_for
from clinic.rights import Right
from sessions.attendance.selectors import attendance_of_patient


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """How many visits were missed or cancelled, and which courses somebody should look at."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    counts, flagged, thresholds = attendance_of_patient(patient, now=timezone.now())
    context = {
        "patient": patient,
        "counts": counts,
        "flagged": flagged,
        "thresholds": thresholds,
    }
    return render(request, "attendance/_of_patient.html", context)
