"""The only way for views and API to reach a review or a booster window."""

from uuid import UUID

from clinic.access import require_at, require_open, row_for
from clinic.models import Membership
from clinic.rights import Right
from courses.models import BoosterWindow, Course, Review

COURSE = (
    "course__organization",
    "course__patient__site",
    "course__site",
    "course__protocol_version__protocol",
)


def review_for(member: Membership, review_id: UUID, right: Right) -> Review:
    """The review; refuses as `course_for` does, by the course's site."""
    rows = Review.objects.select_related(*COURSE, "decided_by")
    review = row_for(member, rows, review_id)
    _ask(member, review.course, right)
    return review


def booster_window_for(member: Membership, window_id: UUID, right: Right) -> BoosterWindow:
    """The window; refuses as `course_for` does, by the course's site."""
    window = row_for(member, BoosterWindow.objects.select_related(*COURSE), window_id)
    _ask(member, window.course, right)
    return window


def _ask(member: Membership, course: Course, right: Right) -> None:
    require_at(member, right, [course.site_id])
    require_open(member, course.patient)
