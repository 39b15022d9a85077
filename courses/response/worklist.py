"""Lists: reviews that await a clinician, and boosters that are due, at the sites of somebody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from clinic.charts import RESTRICTED_NAME, is_shut
from clinic.models import Membership
from clinic.rights import Right, sites_where
from courses.models import BoosterWindow, Course, Review
from courses.response.access import COURSE
from courses.response.selectors import Standing, standing_of

Row = TypeVar("Row", Review, BoosterWindow)
# Of a course that was stopped nobody is asked any more.
ASKED_ABOUT = [status for status in Course.Status.values if status != Course.Status.STOPPED]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review in a list; of a shut chart only that there is one."""

    review: Review
    name: str
    is_shut: bool
    is_mine: bool
    is_overdue: bool
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A booster window in a list."""

    window: BoosterWindow
    name: str
    is_shut: bool
    is_mine: bool
    is_open: bool
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: of one site or all, of one's own patients or everybody's."""

    site: UUID | None = None
    mine: bool = False


def open_reviews(member: Membership, wanted: Filter) -> QuerySet[Review]:
    """Reviews that nobody has decided, those due first; restricted charts among them."""
    rows = Review.objects.open().filter(_places(member, wanted), course__status__in=ASKED_ABOUT)
    return rows.select_related(*COURSE).order_by("due_on", "pk")


def open_windows(member: Membership, wanted: Filter) -> QuerySet[BoosterWindow]:
    """Booster windows that are open or come, the first first."""
    rows = BoosterWindow.objects.open().filter(_places(member, wanted))
    return rows.select_related(*COURSE).order_by("due_from", "pk")


def _places(member: Membership, wanted: Filter) -> Q:
    sites = sites_where(member, Right.VIEW_CLINICAL)
    chosen = sites & {wanted.site} if wanted.site else sites
    found = Q(organization_id=member.organization_id, course__site__in=chosen)
    if wanted.mine:
        found &= Q(course__lead_prescriber=member) | Q(course__lead_therapist=member)
    return found


def seen_by(rows: QuerySet[Row], open_ids: Collection[UUID]) -> QuerySet[Row]:
    """Without those of restricted charts whose glass is whole."""
    return rows.filter(Q(course__patient__is_restricted=False) | Q(course__patient__in=open_ids))


def review_lines(
    rows: Collection[Review], member: Membership, *, open_ids: Collection[UUID], now: datetime
) -> list[ReviewLine]:
    """The reviews with how each course does, in a fixed number of queries."""
    seen = [review.course for review in rows if not is_shut(review.course.patient, open_ids)]
    standings = standing_of(seen, now)
    return [_review_line(review, member, standings, now) for review in rows]


def _review_line(
    review: Review, member: Membership, standings: dict[UUID, Standing], now: datetime
) -> ReviewLine:
    course, standing = review.course, standings.get(review.course_id)
    return ReviewLine(
        review,
        str(course.patient) if standing else RESTRICTED_NAME,
        standing is None,
        _is_mine(course, member),
        review.due_on < _today(course, now),
        standing,
    )


def window_lines(
    rows: Collection[BoosterWindow],
    member: Membership,
    *,
    open_ids: Collection[UUID],
    now: datetime,
) -> list[WindowLine]:
    """The windows with whose they are."""
    return [_window_line(window, member, open_ids, now) for window in rows]


def _window_line(
    window: BoosterWindow, member: Membership, open_ids: Collection[UUID], now: datetime
) -> WindowLine:
    course, today = window.course, _today(window.course, now)
    shut = is_shut(course.patient, open_ids)
    name = RESTRICTED_NAME if shut else str(course.patient)
    is_open, is_over = window.due_from <= today, window.due_to < today
    return WindowLine(window, name, shut, _is_mine(course, member), is_open, is_over)


def _is_mine(course: Course, member: Membership) -> bool:
    return member.pk in (course.lead_prescriber_id, course.lead_therapist_id)


def _today(course: Course, now: datetime) -> date:
    return now.astimezone(course.site.zone).date()


def reviews_of(course: Course) -> QuerySet[Review]:
    """Every review of the course, open ones and the latest first."""
    rows = Review.objects.filter(course=course).select_related("decided_by")
    return rows.order_by("-raised_at", "-pk")


def windows_of(course: Course) -> QuerySet[BoosterWindow]:
    """Every booster window of the course, the latest first."""
    rows = BoosterWindow.objects.filter(course=course).select_related("dose", "opened_by")
    return rows.order_by("-due_from", "-pk")
