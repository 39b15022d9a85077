"""Pages about courses; the floors above add their visits and messages."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed, patient_for
from clinic.rights import Right
from courses.access import course_for
from courses.selectors import courses_of_patient, definition_of, events_of_course


@allowed(Right.VIEW_PATIENTS)
@require_GET
def course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """One course: who, what, where it stands, and what happened to it."""
    found = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    context = {
        "course": found,
        "patient": found.patient,
        "definition": definition_of(found.protocol_version),
        "events": events_of_course(course=found),
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
