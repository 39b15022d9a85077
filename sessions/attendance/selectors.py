"""Reads: which visits fell through, by course."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from clinic.models import Patient
from courses.models import Course
from courses.thresholds.catalogue import Thresholds
from courses.thresholds.selectors import thresholds_at
from sessions.attendance.rules import Attendance, Ended, attendance_of
from sessions.models import Session

NOTHING = Attendance(0, 0, 0, 0, is_flagged=False)


def attendance_by_course(courses: Sequence[Course], *, now: datetime) -> Mapping[UUID, Attendance]:
    """The counts of the courses of which something fell through: two queries for all of them."""
    if not courses:
        return {}
    thresholds = thresholds_at(courses[0].organization, now)
    ended = _ended([course.pk for course in courses])
    return {pk: attendance_of(rows, thresholds) for pk, rows in ended.items()}


def attendance_of_patient(
    patient: Patient, *, now: datetime
) -> tuple[Attendance, list[tuple[Course, Attendance]], Thresholds]:
    """The counts over all courses, those of each course that a clinician looks at, and the
    settings by which they are counted."""
    thresholds = thresholds_at(patient.organization, now)
    related = Course.objects.filter(patient=patient).select_related("protocol_version__protocol")
    courses = list(related.order_by("-created_at", "-pk"))
    ended = _ended([course.pk for course in courses])
    every = [row for rows in ended.values() for row in rows]
    each = [(one, attendance_of(ended.get(one.pk, ()), thresholds)) for one in courses]
    return attendance_of(every, thresholds), [one for one in each if one[1].is_flagged], thresholds


def _ended(course_ids: Sequence[UUID]) -> dict[UUID, list[Ended]]:
    rows = Session.objects.filter(
        course__in=course_ids, status__in=[Session.Status.MISSED, Session.Status.CANCELLED]
    )
    found: dict[UUID, list[Ended]] = defaultdict(list)
    columns = ("course_id", "status", "cancelled_by", "is_late_cancel")
    for course_id, status, by, is_late in rows.values_list(*columns):
        found[course_id].append(Ended(status, by, is_late))
    return found
