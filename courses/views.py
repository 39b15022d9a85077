"""Pages about courses; the floors above add their visits and messages."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, patient_for
from clinic.rights import Right, may
from courses.access import course_for
from courses.curves.selectors import chart_of
from courses.pieces import events_for, pieces_for
from courses.selectors import courses_of_patient, definition_of


@allowed(Right.VIEW_PATIENTS)
@require_GET
def course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """One course: who, what, where it stands, and what happened to it.

    Scores are read for those alone who may see them.
    """
    member = request.membership
    found = course_for(member, course_id, Right.VIEW_PATIENTS)
    is_clinical = may(member, Right.VIEW_CLINICAL, found.site)
    context = {
        "course": found,
        "patient": found.patient,
        "definition": definition_of(found.protocol_version),
        "events": events_for(found, is_clinical=is_clinical),
        "pieces": pieces_for(member, found),
        "chart": chart_of(found, now=timezone.now()) if is_clinical else None,
        "zone": found.site.zone,
    }
    return render(request, "courses/course.html", context)


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """A patient's courses, newest first."""
    patient = patient_for(request.membership, patient_id, Right.VIEW_PATIENTS)
    context = {"patient": patient, "courses": courses_of_patient(patient=patient)}
    return render(request, "courses/_of_patient.html", context)
