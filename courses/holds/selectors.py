"""Reading holds."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from clinic.models import Patient
from courses.models import Course, Hold


def open_holds(courses: Iterable[Course]) -> dict[UUID, list[Hold]]:
    """The open holds of each course, oldest first, by the course's id."""
    found: dict[UUID, list[Hold]] = defaultdict(list)
    rows = Hold.objects.open().filter(course__in=[course.pk for course in courses])
    for hold in rows.select_related("opened_by").order_by("opened_at", "pk"):
        found[hold.course_id].append(hold)
    return dict(found)


def held_at(patient: Patient, moment: datetime) -> bool:
    """Whether what happened at that moment holds doses of the patient."""
    return Hold.objects.open().filter(course__patient=patient, opened_at=moment).exists()
