"""The worker's watch over courses without a dose (DOMAIN 2.7)."""

from datetime import datetime
from uuid import UUID

from clinic.tenancy import organization_ids, tenant
from courses.models import Course
from courses.services import CourseNotInState
from scheduling.services.halting import interrupt_if_lapsed


def watch_lapses(*, now: datetime) -> int:
    """Hold or interrupt every active course whose lapse asks for it today; the number of
    courses that were interrupted."""
    return sum(_watch(organization_id, now) for organization_id in organization_ids())


def _watch(organization_id: UUID, now: datetime) -> int:
    with tenant(organization_id):
        active = Course.objects.filter(
            organization_id=organization_id,
            status=Course.Status.ACTIVE,
            doses__withdrawn_at__isnull=True,
            doses__isnull=False,
        )
        ids = list(active.order_by("pk").distinct().values_list("pk", flat=True))
    return sum(_look_at(organization_id, course_id, now) for course_id in ids)


def _look_at(organization_id: UUID, course_id: UUID, now: datetime) -> bool:
    """One course, one transaction: what somebody does to it meanwhile comes before or after."""
    with tenant(organization_id):
        rows = Course.objects.select_related("site", "patient", "protocol_version", "organization")
        course = rows.get(pk=course_id)
        try:
            today = now.astimezone(course.site.zone).date()
            return interrupt_if_lapsed(course=course, on=today, now=now)
        except CourseNotInState:
            return False
