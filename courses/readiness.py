"""Everything that stands between a course and a dose on a day; each noun adds its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from courses.alerts.selectors import alerts_before_dose
from courses.holds.selectors import open_holds
from courses.models import Course


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why a dose cannot start.

    Some a prescriber may decide against, for a reason that is kept; the page names where.
    """

    code: str
    text: str
    can_override: bool = False


def blockers(*, course: Course, on: date, now: datetime) -> list[Blocker]:
    """What must be settled before a dose of the course on that local date, hardest first."""
    return [*_of_status(course), *_of_holds(course), *_of_alerts(course)]


def _of_status(course: Course) -> Iterator[Blocker]:
    if course.status != Course.Status.ACTIVE:
        yield Blocker("STATUS", f"The course is {course.get_status_display().lower()}.")


def _of_holds(course: Course) -> Iterator[Blocker]:
    for hold in open_holds([course]).get(course.pk, []):
        yield Blocker(f"HOLD_{hold.kind}", f"Doses are held: {hold.get_kind_display().lower()}.")


def _of_alerts(course: Course) -> Iterator[Blocker]:
    for alert in alerts_before_dose(course.patient):
        if alert.acknowledged_at is None:
            yield Blocker("ALERT_UNANSWERED", "A safety alert must be taken on first.")
        else:
            yield Blocker("ALERT_HIGH", "A safety alert at high risk must be closed first.")
