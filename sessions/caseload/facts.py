"""What the lines of the caseload are made of: each kind of fact in one look for all courses."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from clinic.models import Membership
from courses.alerts.selectors import open_alerts_by_course
from courses.assessments.selectors import overdue_by_course
from courses.authorizations.selectors import renewals_due
from courses.holds.selectors import open_holds
from courses.models import Authorization, BoosterWindow, Course, Hold, SafetyAlert
from courses.response.history import History, histories
from courses.response.selectors import Standing, standing_in
from courses.screening.selectors import Clearance, clearances
from sessions.attendance.rules import Attendance
from sessions.attendance.selectors import attendance_by_course
from sessions.integrations.rules import Overdue
from sessions.integrations.selectors import overdue_integrations
from sessions.models import Session

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Facts:
    """By the course's id; a course of which there is nothing to say is not there."""

    histories: Mapping[UUID, History]
    standing: Mapping[UUID, Standing]
    next_visits: Mapping[UUID, Session]
    alerts: Mapping[UUID, Sequence[SafetyAlert]]
    holds: Mapping[UUID, Sequence[Hold]]
    boosters: Mapping[UUID, BoosterWindow]
    overdue: Mapping[UUID, int]
    clearances: Mapping[UUID, Clearance]
    renewals: Sequence[Authorization]
    talks: Mapping[UUID, Overdue]
    attendance: Mapping[UUID, Attendance]
    today: Mapping[UUID, date]


def facts_of(
    courses: Sequence[Course], *, member: Membership, open_ids: Collection[UUID], now: datetime
) -> Facts:
    """Everything about these courses, in as many queries however many they are."""
    known = histories(courses, now)
    today = {course.pk: now.astimezone(course.site.zone).date() for course in courses}
    return Facts(
        histories=known,
        standing={pk: standing_in(history) for pk, history in known.items()},
        next_visits=_next_visits(courses, now),
        alerts=open_alerts_by_course(courses),
        holds=open_holds(courses),
        boosters=_boosters(courses),
        overdue=_by_day(courses, today, overdue_by_course),
        clearances=_by_day(courses, today, clearances),
        renewals=[
            line.standing.authorization for line in renewals_due(member, now=now, open_ids=open_ids)
        ],
        talks=overdue_integrations(courses, now=now),
        attendance=attendance_by_course(courses, now=now),
        today=today,
    )


def _next_visits(courses: Sequence[Course], now: datetime) -> dict[UUID, Session]:
    ids = [course.pk for course in courses]
    ahead = Session.objects.planned().filter(course__in=ids, starts_at__gte=now)
    rows = ahead.order_by("course_id", "starts_at", "pk").distinct("course_id")
    return {visit.course_id: visit for visit in rows}


def _boosters(courses: Sequence[Course]) -> dict[UUID, BoosterWindow]:
    rows = BoosterWindow.objects.open().filter(course__in=[course.pk for course in courses])
    return {window.course_id: window for window in rows}


def _by_day(
    courses: Sequence[Course],
    today: Mapping[UUID, date],
    look: Callable[[list[Course], date], Mapping[UUID, Found]],
) -> dict[UUID, Found]:
    """What holds today, each site's courses by its own day; there are one or two."""
    by_day: dict[date, list[Course]] = defaultdict(list)
    for course in courses:
        by_day[today[course.pk]].append(course)
    found: dict[UUID, Found] = {}
    for day, there in by_day.items():
        found |= look(there, day)
    return found
