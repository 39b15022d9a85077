"""A course's visits, as a piece of the course's page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.rights import Right
from courses.access import course_for
from courses.models import Course
from courses.selectors import definition_of
from scheduling.models import Proposal
from scheduling.selectors import course_timeline
from sessions.attendance.selectors import NOTHING, attendance_by_course

CAN_PLAN = (Course.Status.DRAFT, Course.Status.ACTIVE)
WORTH_A_LOOK = (*Proposal.OPEN, Proposal.Status.IMPOSSIBLE, Proposal.Status.FAILED)


@allowed(Right.VIEW_PATIENTS)
@require_GET
def timeline(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Every visit with its state, what comes next, and planning of what is missing."""
    course = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    line = course_timeline(course, now=timezone.now())
    doses = [
        visit for visit in line.visits if visit.kind == "dosing" and visit.status != "CANCELLED"
    ]
    latest = Proposal.objects.filter(course=course).order_by("-requested_at", "-pk").first()
    attendance = attendance_by_course([course], now=timezone.now())
    context = {
        "course": course,
        "attendance": attendance.get(course.pk, NOTHING),
        "line": line,
        "zone": line.zone,
        "missing": sum(visit.id is None for visit in line.visits),
        "can_plan": course.status in CAN_PLAN,
        "proposal": latest if latest and latest.status in WORTH_A_LOOK else None,
        "is_open": latest is not None and latest.status in Proposal.OPEN,
        "can_extend": course.status == Course.Status.ACTIVE and _has_more_doses(course),
        "doses_done": sum(visit.status == "DONE" for visit in doses),
    }
    return render(request, "scheduling/_timeline.html", context)


def _has_more_doses(course: Course) -> bool:
    """Whether the protocol goes on past what is planned so far."""
    definition = definition_of(course.protocol_version)
    return definition.most_doses is None or definition.most_doses > course.dose_count
