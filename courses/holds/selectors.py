"""Reading holds."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from courses.models import Course, Hold


def open_holds(courses: Iterable[Course]) -> dict[UUID, list[Hold]]:
    """The open holds of each course, oldest first, by the course's id."""
    found: dict[UUID, list[Hold]] = defaultdict(list)
    rows = Hold.objects.open().filter(course__in=[course.pk for course in courses])
    for hold in rows.select_related("opened_by").order_by("opened_at", "pk"):
        found[hold.course_id].append(hold)
    return dict(found)
