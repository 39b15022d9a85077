"""Telling the plan of scores on which days doses are booked."""

from datetime import datetime

from courses.assessments.services import refresh_dues
from courses.models import Course
from sessions.models import Session


def foretell_doses(course: Course, *, now: datetime) -> None:
    """Inside a transaction that changed the book: ask for scores by the doses as booked now."""
    doses = Session.objects.planned().filter(course=course, kind=Session.Kind.DOSING)
    planned = {dose.seq: dose.local_date for dose in doses.select_related("site")}
    refresh_dues(course=course, now=now, planned=planned)
