"""Whether the doses of a proposal are booked as firm."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from courses.models import Course
from courses.screening.selectors import clearance
from sessions.models import Session


def is_held_back(course: Course, visits: Sequence[dict[str, Any]]) -> bool:
    """Whether the course is not cleared for the first of these doses (DOMAIN 3.3); `visits` are
    as a proposal has them."""
    days = [
        datetime.fromisoformat(visit["starts_at"]).astimezone(course.site.zone).date()
        for visit in visits
        if visit["kind"] == Session.Kind.DOSING
    ]
    return bool(days) and not clearance(course, min(days)).is_cleared
