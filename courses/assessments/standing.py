"""How a score stands against the baseline that the course is judged by."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from courses.models import Assessment
from courses.response.rules import percent_change, shown_percent
from courses.response.selectors import standing_of


@dataclass(frozen=True, slots=True)
class Change:
    """The baseline, and how far a score has fallen from it."""

    baseline: Decimal
    on: date
    points: Decimal
    percent: Decimal | None


def change_since_baseline(assessment: Assessment, *, now: datetime) -> Change | None:
    """How the score compares with the course's baseline; None where they do not compare."""
    course = assessment.course
    if course is None or assessment.total is None or assessment.variant:
        return None
    standing = standing_of([course], now).get(course.pk)
    if standing is None or standing.instrument != assessment.instrument:
        return None
    began = standing.baseline
    if began is None or began.on >= assessment.taken_at.astimezone(course.site.zone).date():
        return None
    percent = shown_percent(percent_change(began.total, assessment.total))
    return Change(began.total, began.on, assessment.total - began.total, percent)
