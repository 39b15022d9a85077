"""Moving, cancelling and missing one visit."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import CourseEvent
from reminders.models import Message
from scheduling.models import Reservation, StaffClaim
from scheduling.selectors import course_timeline, day_board, slot_days, why_not
from scheduling.services import (
    SlotRefused,
    VisitNotPlanned,
    cancel_visit,
    miss_visit,
    move_visit,
)
from tests.factories import NOW, make_course, make_patient, make_room, make_visit
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(clinic):
    return accepted(clinic)


@pytest.fixture
def dose(course):
    return course.visits.get(kind="dosing", seq=2)


def move(clinic, visit, to):
    return move_visit(visit=visit, starts_at=to, by=clinic.desk, reason="Car trouble", now=NOW)


def test_a_visit_moves_with_its_room_people_and_guard(clinic, dose):
    to = slot_days(dose, now=NOW)[0].slots[0].starts_at
    moved = move(clinic, dose, to)
    claim = Reservation.objects.get(session=dose)
    assert (moved.starts_at, moved.version) == (to, 1)
    assert claim.patient_during.lower == claim.room_during.lower == to
    assert claim.guard.lower == to.astimezone(clinic.site.zone).date()
    assert min(c.during.lower for c in claim.claims.all()) == to + timedelta(minutes=15)
    event = CourseEvent.objects.get(kind="VISIT_MOVED")
    assert (event.reason, event.detail["to"]) == ("Car trouble", to.isoformat())
    assert Message.objects.filter(kind="MOVED").count() == 1


def test_only_legal_times_are_offered(clinic, dose):
    first = dose.course.visits.get(kind="dosing", seq=1).local_date
    days = [day.day for day in slot_days(dose, now=NOW)]
    assert days
    assert all(2 <= (day - first).days <= 5 and day.weekday() < 5 for day in days)


def test_a_time_against_the_rules_is_refused_with_every_reason(clinic, dose):
    saturday = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)
    with pytest.raises(SlotRefused) as refusal:
        move(clinic, dose, saturday)
    assert "that time is outside the site's opening hours" in str(refusal.value)
    assert refusal.value.field == "starts_at"
    dose.refresh_from_db()
    assert dose.version == 0


def test_no_visit_moves_to_a_day_that_is_over(clinic, dose):
    with pytest.raises(SlotRefused):
        move_visit(
            visit=dose, starts_at=NOW - timedelta(days=1), by=clinic.desk, reason="", now=NOW
        )


def test_why_not_names_the_nurse(clinic, dose):
    rival = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    start = slot_days(dose, now=NOW)[0].slots[-1].starts_at
    make_visit(rival, clinic.office, start, nurse=clinic.nurse, load=6)
    until = (start + timedelta(hours=2)).astimezone(clinic.site.zone)
    assert why_not(dose, start, now=NOW) == [
        f"no nurse is free throughout ({clinic.nurse.name} is with others until {until:%H:%M})"
    ]


def test_cancelling_frees_the_place_and_tells_the_patient(clinic, dose):
    cancelled = cancel_visit(visit=dose, by=clinic.desk, reason="Fever", now=NOW)
    assert (cancelled.status, cancelled.cancel_reason, cancelled.version) == (
        "CANCELLED", "Fever", 1,
    )  # fmt: skip
    assert not Reservation.objects.filter(session=dose).exists()
    assert not StaffClaim.objects.filter(reservation__session=dose).exists()
    # The dose and the talk after it.
    assert Message.objects.filter(kind="CANCELLED").count() == 2
    timeline = course_timeline(dose.course, now=NOW)
    assert timeline.next_step == "Find a time for infusion 2 of 2."
    assert timeline.visits[-1].status == "UNBOOKED"


@pytest.mark.parametrize("change", [cancel_visit, move_visit, miss_visit])
def test_a_cancelled_visit_cannot_be_changed_again(clinic, dose, change):
    cancel_visit(visit=dose, by=clinic.desk, reason="Fever", now=NOW)
    more = {"starts_at": NOW} if change is move_visit else {}
    with pytest.raises(VisitNotPlanned, match="cancelled"):
        change(visit=dose, by=clinic.desk, reason="again", now=NOW, **more)


def test_only_a_visit_that_has_begun_can_be_missed(clinic, dose):
    with pytest.raises(VisitNotPlanned, match="ahead"):
        miss_visit(visit=dose, by=clinic.desk, reason="", now=NOW)
    late = dose.starts_at + timedelta(minutes=20)
    assert miss_visit(visit=dose, by=clinic.desk, reason="", now=late).status == "MISSED"
    assert not Reservation.objects.filter(session=dose).exists()


def queries(work) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_the_board_reads_a_day_in_a_fixed_number_of_queries(clinic):
    def read():
        return day_board(site=clinic.site, day=NOW.date())

    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(course, clinic.chair, NOW, nurse=clinic.nurse, load=1)
    few = queries(read)
    for number in range(1, 20):
        patient = make_patient(clinic.site)
        start = NOW + timedelta(minutes=15 * number)
        make_visit(
            make_course(patient, clinic.version, clinic.desk),
            make_room(clinic.site, "infusion"),
            start,
        )
    board = read()
    assert len(board.visits) == 20
    assert queries(read) == few
    assert board.visits[0].staff == [clinic.nurse.name]
    assert board.visits[0].phases[1].name == "administration"
