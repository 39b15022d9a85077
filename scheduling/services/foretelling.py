"""Telling the plan of scores on which days doses are booked."""

from collections.abc import Mapping
from datetime import date, datetime

from courses.assessments.services import refresh_dues
from courses.models import Course
from sessions.models import Session


def foretell_doses(
    course: Course,
    *,
    now: datetime,
    planned: Mapping[int, date] | None = None,
    is_locked: bool = False,
) -> None:
    """Inside a transaction that changed the book: ask for scores by the doses as booked now.

    `planned` are their local dates by number, from whoever knows them; `is_locked` says that the
    course was read under its lock.
    """
    if planned is None:
        doses = Session.objects.planned().filter(course=course, kind=Session.Kind.DOSING)
        planned = {dose.seq: dose.local_date for dose in doses.select_related("site")}
    refresh_dues(course=course, now=now, planned=planned, is_locked=is_locked)
