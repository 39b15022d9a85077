"""What the planner is told of a site's availability and its book, and in how many queries."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import scheduling.selectors  # noqa: F401 # loads what `moving` tells refusals by
from clinic.availability import rosters, services
from clinic.models import (
    Credential,
    Leave,
    Membership,
    OpeningHours,
    Organization,
    Role,
    RoleAssignment,
    Room,
    Shift,
)
from scheduling.moving import _task, slots_of
from scheduling.planner import plan_course, visit_slots
from scheduling.planner.model import Placed
from scheduling.problem import course_problem
from tests.factories import (
    NEW_YORK,
    NOW,
    make_clinic,
    make_course,
    make_member,
    make_patient,
    make_room,
    make_site,
    make_visit,
)
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAY = TODAY + timedelta(days=2)
NOON, SIX = time(12), time(18)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), NEW_YORK)


@pytest.fixture
def course(clinic):
    return make_course(make_patient(clinic.site), clinic.version, clinic.desk)


def problem_of(course):
    return course_problem(course, now=NOW).problem


def person(problem, member):
    return next(one for one in problem.staff if one.id == str(member.pk))


def test_hours_and_closures_of_the_site(clinic, course):
    services.shorten_day(site=clinic.site, on=DAY, hours=[(NOON, SIX)], now=NOW)
    services.close_site(site=clinic.site, on=DAY + timedelta(days=1), reason="Painters", now=NOW)
    here = problem_of(course).clinic
    assert here.hours == dict.fromkeys(range(5), ((480, 1080),))
    assert here.dated == {DAY: ((720, 1080),)}
    assert here.closures == {DAY + timedelta(days=1)}


def test_rooms_with_what_can_be_done_in_them_and_when_they_are_out_of_use(clinic, course):
    services.block_room(room=clinic.chair, starts_at=at(DAY, 9), ends_at=at(DAY, 12), reason="Pump")
    services.change_room(room=clinic.office, name="Office", kinds=["consulting"], is_active=False)
    rooms = {room.id: room for room in problem_of(course).rooms}
    assert rooms[str(clinic.chair.pk)].blocked == ((at(DAY, 9), at(DAY, 12)),)
    assert rooms[str(clinic.office.pk)].kinds == frozenset()


def test_shifts_dates_and_leave_of_people(clinic, course):
    ask = {"member": clinic.nurse, "site": clinic.site, "now": NOW}
    rosters.change_shift(on=DAY, hours=[(NOON, SIX)], **ask)
    rosters.change_shift(on=DAY + timedelta(days=1), hours=[], **ask)
    rosters.add_leave(
        member=clinic.nurse, kind=Leave.Kind.SICK, starts_at=at(TODAY, 12), ends_at=at(TODAY, 18)
    )
    nurse = person(problem_of(course), clinic.nurse)
    assert nurse.shifts == dict.fromkeys(range(5), ((480, 1080),))
    assert nurse.dated == {DAY: ((720, 1080),), DAY + timedelta(days=1): ()}
    assert nurse.leave == ((at(TODAY, 12), at(TODAY, 18)),)


def test_who_was_deactivated_works_no_more(clinic, course):
    rosters.change_shift(
        member=clinic.nurse, site=clinic.site, on=DAY, hours=[(NOON, SIX)], now=NOW
    )
    clinic.nurse.is_active = False
    clinic.nurse.save(update_fields=["is_active"])
    nurse = person(problem_of(course), clinic.nurse)
    assert (nurse.shifts, nurse.dated) == ({}, {})


def test_no_roster_from_the_day_on_which_a_credential_expires(clinic, course):
    rosters.record_credential(
        member=clinic.nurse, kind=Credential.Kind.LICENSE, expires_on=TODAY + timedelta(days=4)
    )
    problem = problem_of(course)
    [(begins, ends)] = person(problem, clinic.nurse).leave
    assert begins == at(TODAY + timedelta(days=4), 0)
    assert ends == at(problem.clinic.horizon[1], 0)
    placed = plan_course(problem, str(course.pk))
    assert not isinstance(placed, Placed) or all(
        one.start < begins for one in placed.appointments if "rn" in one.staff
    )


def test_control_a_credential_that_no_role_needs_ends_nothing(clinic, course):
    rosters.record_credential(
        member=clinic.nurse, kind=Credential.Kind.BLS, expires_on=TODAY - timedelta(days=4)
    )
    assert person(problem_of(course), clinic.nurse).leave == ()


def test_a_booked_visit_outside_of_new_hours_stays_in_the_book(clinic, course):
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    visit = make_visit(other, clinic.chair, at(DAY, 9), nurse=clinic.nurse)
    services.close_site(site=clinic.site, on=DAY, reason="Painters", now=NOW)
    [booking] = problem_of(course).bookings
    assert booking.id == str(visit.reservation.pk)
    assert booking.start == visit.starts_at
    assert booking.staff == {"rn": str(clinic.nurse.pk)}


def test_visits_of_people_at_other_sites_take_their_time_here(clinic, course):
    branch = make_site(clinic.organization)
    own = {"organization": clinic.organization, "membership": clinic.nurse}
    RoleAssignment.objects.create(site=branch, role=Role.NURSE, **own)
    there = make_course(make_patient(branch), clinic.version, clinic.desk)
    make_visit(there, make_room(branch, "infusion"), at(DAY, 9), nurse=clinic.nurse)
    problem = problem_of(course)
    assert problem.bookings == ()
    assert person(problem, clinic.nurse).busy == ((at(DAY, 9), at(DAY, 11)),)


def test_a_visit_keeps_its_crew_when_the_role_was_taken_away(clinic, course):
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(other, clinic.chair, at(DAY, 9), nurse=clinic.nurse)
    clinic.nurse.assignments.all().delete()
    problem = problem_of(course)
    assert [one.staff for one in problem.bookings] == [{"rn": str(clinic.nurse.pk)}]
    assert str(clinic.nurse.pk) not in {one.id for one in problem.staff}


def queries_of(course) -> int:
    with CaptureQueriesContext(connection) as captured:
        problem_of(course)
    return len(captured)


def test_as_many_queries_for_a_full_book_as_for_an_empty_one(clinic, course):
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(other, clinic.chair, at(DAY, 8), nurse=clinic.nurse)
    queries_of(course)
    few = queries_of(course)
    for number in range(20):
        on = TODAY + timedelta(days=number + 3)
        nurse = make_member(clinic.site, Role.NURSE, capacity=6)
        patient = make_patient(clinic.site)
        other = make_course(patient, clinic.version, clinic.desk)
        make_visit(other, make_room(clinic.site, "infusion"), at(on, 9), nurse=nurse)
        rosters.add_leave(member=nurse, starts_at=at(on, 12), ends_at=at(on, 18))
        rosters.change_shift(member=nurse, site=clinic.site, on=on, hours=[], now=NOW)
        rosters.record_credential(member=nurse, kind="LICENSE", expires_on=on)
        services.shorten_day(site=clinic.site, on=on, hours=[(NOON, SIX)], now=NOW)
    assert queries_of(course) == few + 1  # hours and rosters, since they changed
    assert queries_of(course) == few
    assert len(problem_of(course).bookings) == 21


def test_what_the_others_leave_one_visit_is_read_alone_and_offers_the_same(clinic):
    course = accepted(clinic)
    for visit in course.visits.all():
        whole, narrow = (
            course_problem(course, now=NOW, only=only).problem.clinic.horizon
            for only in (None, (visit.kind, visit.seq))
        )
        assert whole[0] <= narrow[0] < narrow[1] <= whole[1]
        assert (narrow[1] - narrow[0]).days <= 14 < (whole[1] - whole[0]).days
        task = _task(visit, NOW, is_overridden=False)
        slots = visit_slots(task.problem, task.course_id, task.kind, task.seq)
        assert slots_of(visit, now=NOW) == slots != []


def test_what_is_kept_of_availability_is_never_older_than_the_rows(clinic, course):
    """Each change shows at once; what is undone was never kept."""

    def said() -> Any:
        found = problem_of(course)
        return found.clinic, found.rooms, found.staff

    nurse, site = clinic.nurse, clinic.site
    organization = Organization.objects.filter(pk=site.organization_id)
    rooms = Room.objects.filter(pk=clinic.chair.pk)
    people = Membership.objects.filter(pk=nurse.pk)
    changes = [
        lambda: services.shorten_day(site=site, on=DAY, hours=[(NOON, SIX)], now=NOW),
        lambda: services.close_site(site=site, on=DAY, reason="Painters", now=NOW),
        lambda: OpeningHours.objects.filter(site=site, weekday=0).delete(),
        lambda: rooms.update(is_active=False),
        lambda: people.update(capacity=9),
        lambda: Shift.objects.filter(membership=nurse, weekday=1).delete(),
        lambda: rosters.add_leave(member=nurse, starts_at=at(DAY, 9), ends_at=at(DAY, 12)),
        lambda: rosters.record_credential(member=nurse, kind="LICENSE", expires_on=DAY),
        lambda: organization.update(credentials_required=["LICENSE"]),
        lambda: RoleAssignment.objects.filter(membership=nurse).delete(),
        lambda: setattr(course.site, "soft_doses_per_day", 1),
    ]
    for change in changes:
        before = said()
        with transaction.atomic():
            change()
            assert said() != before
            transaction.set_rollback(True)
        course.site.refresh_from_db()
        assert said() == before
        change()
        assert said() != before


# (zone, the night's Sunday, hours from one midnight to the next)
CHANGES = [
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("Europe/London", date(2026, 3, 29), 23),
    ("Europe/London", date(2026, 10, 25), 25),
    ("Australia/Sydney", date(2026, 4, 5), 25),
    ("Australia/Sydney", date(2026, 10, 4), 23),
    ("Asia/Kolkata", date(2026, 3, 8), 24),
]


@pytest.mark.parametrize(("tz", "change", "hours"), CHANGES)
def test_hours_leave_and_bookings_hold_by_the_wall_clock_around_a_change(tz, change, hours):
    """On the Sunday itself only from 12:00 to 18:00, though every clock there was just changed."""
    zone = ZoneInfo(tz)
    clinic = make_clinic(timezone=tz)
    now = datetime.combine(change - timedelta(days=2), time(7), zone)
    for member in (clinic.nurse, clinic.therapist):
        Shift.objects.filter(membership=member).delete()
        rosters.change_shift(
            member=member, site=clinic.site, on=change, hours=[(time(8), SIX)], now=now
        )
    services.shorten_day(site=clinic.site, on=change, hours=[(NOON, SIX)], now=now)
    noon, two = (datetime.combine(change, time(hour), zone) for hour in (12, 14))
    rosters.add_leave(member=clinic.nurse, starts_at=noon, ends_at=two)
    course = make_course(
        make_patient(clinic.site),
        clinic.version,
        clinic.desk,
        earliest_on=change,
        latest_first_on=change,
        dose_count=1,
    )
    task = course_problem(course, now=now)
    assert task.problem.clinic.dated == {change: ((720, 1080),)}
    assert person(task.problem, clinic.nurse).leave == ((noon, two),)
    local = [datetime.combine(change + timedelta(days=n), time(0), zone) for n in (0, 1)]
    assert local[1].astimezone(UTC) - local[0].astimezone(UTC) == timedelta(hours=hours)
    slots = visit_slots(task.problem, task.course_id, "dosing", 1)
    starts = sorted(slot.start.astimezone(zone) for slot in slots)
    assert starts[0] == datetime.combine(change, time(13, 45), zone)
