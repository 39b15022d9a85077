"""The part of a course's page that says which conversations nobody has seen to."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.rights import Right
from courses.access import course_for
from courses.selectors import definition_of
from sessions.integrations.selectors import overdue_integrations


@allowed(Right.VIEW_PATIENTS)
@require_GET
def of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """After which doses of the course integration is overdue; empty where it is not."""
    course = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    definition = definition_of(course.protocol_version)
    source = definition.source_of("/integration/amber_after_days")
    context = {
        "overdue": overdue_integrations([course], now=timezone.now()).get(course.pk),
        "rule": definition.integration,
        "is_default": bool(source and "dd" in source.authority.split(", ")),
        "version": course.protocol_version,
    }
    return render(request, "integrations/_of_course.html", context)
