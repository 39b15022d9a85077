"""What counts as fallen through, where it is told, and when a clinician looks at it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.thresholds.catalogue import Thresholds
from scheduling.services import cancel_visit, miss_visit
from sessions.attendance.rules import Ended, attendance_of, is_late
from sessions.attendance.selectors import attendance_by_course
from sessions.caseload.facts import facts_of
from sessions.caseload.lines import line_of
from sessions.models import Session
from tests.factories import NOW, make_course, make_patient, make_visit

MISSED = Ended("MISSED", "", is_late=False)
LATE = Ended("CANCELLED", "PATIENT", is_late=True)
IN_TIME = Ended("CANCELLED", "PATIENT", is_late=False)
OURS = Ended("CANCELLED", "CLINIC", is_late=False)


@pytest.mark.parametrize(
    ("by", "hours", "late"),
    [("PATIENT", 23, True), ("PATIENT", 24, False), ("CLINIC", 1, False), ("", 1, False)],
)
def test_late_is_with_less_notice_than_asked_for_and_by_the_patient(by, hours, late):
    starts_at = NOW + timedelta(hours=hours)
    assert is_late(starts_at=starts_at, at=NOW, by=by, notice_hours=24) is late


@pytest.mark.parametrize(
    ("ended", "counts_late", "counted", "flagged"),
    [
        ([], 1, 0, False),
        ([MISSED, IN_TIME, OURS], 1, 1, False),
        ([MISSED, LATE], 1, 2, True),
        ([MISSED, LATE], 0, 1, False),
        ([MISSED, MISSED], 0, 2, True),
    ],
)
def test_missed_and_late_ones_count_as_the_settings_say(ended, counts_late, counted, flagged):
    found = attendance_of(ended, Thresholds(late_cancels_count=counts_late))
    assert (found.counted, found.is_flagged) == (counted, flagged)


@pytest.fixture
def course(clinic):
    """A course of which one visit was missed and one cancelled late."""
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    missed = make_visit(course, clinic.chair, NOW)
    late = make_visit(course, clinic.chair, NOW + timedelta(days=4), seq=2)
    miss_visit(visit=missed, by=clinic.desk, reason="", now=NOW + timedelta(minutes=30))
    cancel_visit(
        visit=late, by=clinic.desk, reason="", now=late.starts_at - timedelta(hours=1),
        code="FORGOTTEN", cancelled_by="PATIENT",
    )  # fmt: skip
    return course


@pytest.mark.django_db
def test_the_patients_page_and_the_courses_tell_it(sign_in, clinic, course):
    desk = sign_in(clinic.desk)
    piece = desk.get(
        reverse("treatment_sessions:attendance_of_patient", args=[course.patient_id])
    ).content.decode()
    assert "2 visits fell through" in piece
    assert "defaults without authority" in piece
    line = desk.get(reverse("scheduling:timeline", args=[course.pk])).content.decode()
    assert "1 missed, 1 cancelled late, 0 cancelled in time" in line
    assert "a clinician should look at it" in line


@pytest.mark.django_db
def test_a_patient_who_always_came_is_praised(sign_in, clinic):
    patient = make_patient(clinic.site)
    page = reverse("treatment_sessions:attendance_of_patient", args=[patient.pk])
    assert "every visit so far" in sign_in(clinic.desk).get(page).content.decode()


@pytest.mark.django_db
def test_the_caseload_flags_the_course(clinic, course):
    facts = facts_of([course], member=clinic.prescriber, open_ids=(), now=NOW)
    flags = {flag.code: flag.label for flag in line_of(course, facts).flags}
    assert flags["FALLEN_THROUGH"] == "2 visits fell through"


@pytest.mark.django_db
def test_counts_of_many_courses_take_two_queries(clinic, course, django_assert_num_queries):
    others = [make_course(make_patient(clinic.site), clinic.version, clinic.desk) for _ in "abc"]
    courses = [course, *others]
    assert clinic.organization == course.organization
    with django_assert_num_queries(2):
        found = attendance_by_course(courses, now=NOW)
    assert set(found) == {course.pk}
    assert Session.objects.filter(course=course).count() == 2
