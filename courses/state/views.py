"""Where a course stands, and its doses, as pieces of the course's page."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.access import MemberRequest, allowed
from clinic.rights import Right, may
from courses.access import course_for
from courses.doses.amounts import next_amounts
from courses.doses.lines import dose_lines
from courses.models import Course
from courses.selectors import definition_of
from courses.state.acts import ACTS, acts_for
from courses.state.selectors import state_of


@allowed(Right.VIEW_PATIENTS)
@require_GET
def state_of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """What state the course is in, what holds it, and what the member can do about it."""
    course = course_for(request.membership, course_id, Right.VIEW_PATIENTS)
    state = state_of(course, now=timezone.now())
    acts = acts_for(
        request.membership,
        course,
        asks_decision=state.asks_decision,
        has_holds=bool(state.holds),
        confirms=state.asks_confirmation,
    )
    context = {
        "course": course,
        "state": state,
        "acts": acts,
        "zone": course.site.zone,
        "sees_why": may(request.membership, Right.VIEW_CLINICAL, course.site),
    }
    return render(request, "state/_of_course.html", context)


@allowed(Right.VIEW_CLINICAL)
@require_GET
def doses_of_course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Every dose of the patient, planned against actual gaps, with the ones elsewhere."""
    course = course_for(request.membership, course_id, Right.VIEW_CLINICAL)
    lines = dose_lines(course)
    context = {
        "course": course,
        "lines": lines,
        "amounts": next_amounts(course, today=timezone.localdate(timezone=course.site.zone)),
        "zone": course.site.zone,
        "can_record": _can(request, course, "elsewhere"),
        "can_withdraw": _can(request, course, "not_elsewhere")
        and any(line.is_elsewhere for line in lines),
        "can_exceed": _can(request, course, "beyond_cap"),
        "can_begin_unprepared": _waits_for_preparation(course)
        and _can(request, course, "unprepared"),
    }
    return render(request, "doses/_of_course.html", context)


def _waits_for_preparation(course: Course) -> bool:
    asked = definition_of(course.protocol_version).needs_preparation
    return asked and not course.doses.filter(withdrawn_at=None).exists()


def _can(request: MemberRequest, course: Course, name: str) -> bool:
    act = ACTS[name]
    return course.status in act.states and may(request.membership, act.right, course.site)
