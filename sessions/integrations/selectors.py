"""Reads: after which doses of courses nobody has talked or booked a talk."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from courses.models import Course, Dose
from courses.protocols import Integration
from courses.selectors import definition_of
from sessions.integrations.rules import Given, Overdue, Talks, overdue
from sessions.models import Session

UNDER_WAY = frozenset({Course.Status.ACTIVE, Course.Status.PAUSED, Course.Status.INTERRUPTED})


def overdue_integrations(courses: Iterable[Course], *, now: datetime) -> dict[UUID, Overdue]:
    """What is overdue of each course under way, by its id; two queries however many there are.

    The courses come with site and version. With a course that ended its tasks end too.
    """
    asked = {course.pk: course for course in courses if course.status in UNDER_WAY}
    rules = {key: _rule(course) for key, course in asked.items()}
    today = {key: _day(now, course) for key, course in asked.items()}
    given, talks = _given(rules), _talks(asked, now)
    found = {
        key: overdue(rule, given[key], talks[key], now=now, today=today[key])
        for key, rule in rules.items()
        if rule
    }
    return {key: one for key, one in found.items() if one}


def _rule(course: Course) -> Integration | None:
    return definition_of(course.protocol_version).integration


def _day(moment: datetime, course: Course) -> date:
    return moment.astimezone(course.site.zone).date()


def _given(courses: Iterable[UUID]) -> dict[UUID, list[Given]]:
    """Doses given here; after one elsewhere it is the other clinic that talks."""
    rows = Dose.objects.filter(
        course__in=list(courses), source=Dose.Source.HERE, withdrawn_at__isnull=True
    )
    found: dict[UUID, list[Given]] = defaultdict(list)
    for key, seq, on, given_at in rows.values_list("course_id", "seq", "on", "given_at"):
        if key and seq and given_at:
            found[key].append(Given(seq, on, given_at))
    return found


def _talks(courses: Mapping[UUID, Course], now: datetime) -> dict[UUID, Talks]:
    """A planned one whose day is over is no talk: nobody came, or nobody said so."""
    found: dict[UUID, Talks] = defaultdict(Talks)
    rows = Session.objects.live().filter(course__in=courses, kind=Session.Kind.INTEGRATION)
    for key, seq, status, starts_at in rows.values_list("course_id", "seq", "status", "starts_at"):
        course = courses[key]
        if status == Session.Status.DONE:
            found[key].done.add(seq)
        elif status != Session.Status.PLANNED or _day(starts_at, course) >= _day(now, course):
            found[key].booked.add(seq)
    return found
