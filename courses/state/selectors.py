"""Where a course stands: what holds it, what its lapse asks, and its neighbours."""

from dataclasses import dataclass
from datetime import date, datetime

from courses.doses.selectors import doses_of
from courses.holds.selectors import open_holds
from courses.lapses.rules import week_of_treatment
from courses.lapses.selectors import Lapse, lapse_of
from courses.models import Course, Hold, LapseDecision
from courses.readiness import Blocker, blockers


@dataclass(frozen=True, slots=True)
class CourseState:
    """What the course's page says first."""

    course: Course
    today: date
    holds: list[Hold]
    lapse: Lapse | None
    blockers: list[Blocker]
    doses_given: int
    week: int | None
    followers: list[Course]
    decisions: list[LapseDecision]

    @property
    def asks_decision(self) -> bool:
        """Whether a clinician has to decide after a lapse."""
        return self.lapse is not None and self.lapse.awaits_decision

    @property
    def asks_confirmation(self) -> bool:
        """Whether a clinician has to confirm a dose that were given today."""
        return any(blocker.code == "CONFIRM" for blocker in self.blockers)


def state_of(course: Course, *, now: datetime) -> CourseState:
    """Where the course stands now; what stands before a dose is told for today."""
    today = now.astimezone(course.site.zone).date()
    given = list(doses_of(course).filter(counts=True).values_list("on", flat=True))
    return CourseState(
        course=course,
        today=today,
        holds=open_holds([course]).get(course.pk, []),
        lapse=lapse_of(course, on=today),
        blockers=blockers(course=course, on=today, now=now),
        doses_given=len(given),
        week=week_of_treatment(today, given=given),
        followers=list(_followers(course)),
        decisions=list(course.lapse_decisions.select_related("by").order_by("-at", "-pk")[:3]),
    )


def _followers(course: Course) -> "list[Course]":
    rows = Course.objects.filter(follows=course).select_related("protocol_version__protocol")
    return list(rows.order_by("created_at", "pk"))
