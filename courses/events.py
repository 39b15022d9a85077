"""The course's timeline: what happened, by whom and why; rows are only ever added."""

from datetime import datetime
from typing import Any

from clinic.errors import DomainError
from clinic.models import Membership
from courses.models import Course, CourseEvent

LONGEST_REASON = 240


def record_event(
    *,
    course: Course,
    kind: str,
    by: Membership | None,
    now: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> CourseEvent:
    """Add to the course's history; `detail` holds ids and instants only.

    Raise DomainError when the reason is too long.
    """
    if len(reason := reason.strip()) > LONGEST_REASON:
        raise DomainError(
            f"Please give the reason in {LONGEST_REASON} characters at most.", field="reason"
        )
    return CourseEvent.objects.create(
        organization_id=course.organization_id,
        course=course,
        kind=kind,
        at=now,
        by=by,
        reason=reason,
        detail=detail or {},
    )
