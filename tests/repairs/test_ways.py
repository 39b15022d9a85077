"""Ways beside the fewest moves: longer shifts, lost visits with the rest kept, and rivals."""

from datetime import date, time, timedelta

import pytest

from clinic.availability.rosters import add_leave
from clinic.availability.services import block_room
from clinic.invariants import breaches
from clinic.models import (
    Membership,
    OpeningHours,
    PatientUnavailability,
    Role,
    Shift,
    ShiftChange,
)
from clinic.rights import RightMissing
from scheduling.invariants import INVARIANTS
from scheduling.models import Reservation, StaffClaim
from scheduling.repairs.accepting import accept_way
from scheduling.repairs.overtime import widened
from scheduling.repairs.working import request_repair, work_on_repair
from sessions.models import Session
from tests.factories import NOW, make_clinic, make_member
from tests.repairs.clinics import (
    MONDAY,
    at,
    book,
    course_of,
    falls_ill,
    make_ward,
    mended,
    way,
)
from tests.scheduling.test_proposing import accepted

LATER = NOW + timedelta(minutes=5)


def chairs(ward):
    return list(ward.site.rooms.filter(kinds__contains=["infusion"]).order_by("pk"))


@pytest.fixture
def evening(db):
    """The ill nurse's last dose ends half an hour after the others go home, and the patient can
    come at no other time."""
    ward = make_ward()
    OpeningHours.objects.filter(site=ward.site).update(ends=time(20))
    Shift.objects.filter(membership=ward.ill).update(ends=time(20))
    Shift.objects.filter(membership=ward.late).delete()
    course = course_of(ward)
    ward.visit = book(ward, course, 1, at(16.5), chairs(ward)[0], ward.ill)
    ward.hit = [ward.visit]
    falls_ill(ward)
    return ward


def only_then(ward):
    """The patient is away whenever the dose is not."""
    visit = ward.visit
    begins, ends = MONDAY - timedelta(days=20), MONDAY + timedelta(days=40)
    for during in ((begins, visit.starts_at), (visit.ends_at, ends)):
        PatientUnavailability.objects.create(
            organization_id=ward.site.organization_id, patient=visit.patient, during=during
        )


def test_a_longer_evening_that_spares_a_move_is_a_way_of_its_own(evening):
    repair = mended(evening)
    assert [row.is_moved for row in way(repair).visits.all()] == [True]
    longer = way(repair, "LONGER")
    [row] = longer.visits.all()
    assert not row.is_moved
    assert longer.longer == [
        {"member": str(evening.well.pk), "on": "2026-01-12", "before": 0, "after": 30}
    ]
    with pytest.raises(RightMissing):
        accept_way(way=longer, parts=None, by=evening.well, now=LATER)
    assert not ShiftChange.objects.exists()
    manager = make_member(evening.site, Role.MANAGER)
    done = accept_way(way=longer, parts=None, by=manager, now=LATER)
    [change] = ShiftChange.objects.all()
    assert (change.membership_id, change.on, change.starts, change.ends) == (
        evening.well.pk, date(2026, 1, 12), time(8), time(18, 30),
    )  # fmt: skip
    assert done.longer == 1
    assert not list(breaches(INVARIANTS))


def test_parts_lengthen_a_shift_once_and_only_those_that_need_it(evening):
    Membership.objects.filter(pk=evening.well.pk).update(capacity=18)
    late = book(evening, course_of(evening), 1, at(16.5), chairs(evening)[1], evening.ill)
    early = book(evening, course_of(evening), 1, at(9), chairs(evening)[2], evening.ill)
    longer = way(mended(evening), "LONGER")
    parts = dict(longer.visits.values_list("visit", "part"))
    assert len(set(parts.values())) == 3
    manager = make_member(evening.site, Role.MANAGER)

    def accept(visit, by):
        return accept_way(way=longer, parts=[parts[visit.pk]], by=by, now=LATER).longer

    assert accept(early, evening.clinic.desk) == 0
    assert not ShiftChange.objects.exists()
    assert accept(late, manager) == 1
    assert accept(evening.visit, evening.clinic.desk) == 0
    [change] = ShiftChange.objects.all()
    assert (change.starts, change.ends) == (time(8), time(18, 30))


@pytest.mark.parametrize(
    ("hours", "need", "wider"),
    [
        ([(8, 18)], (10, 18), [(8, 18)]),
        ([(8, 18)], (16.5, 18.55), [(8, 18 + 35 / 60)]),
        ([(8, 18)], (16.5, 19.25), [(8, 18)]),
        ([(8, 18)], (7.5, 18.5), [(7.5, 18.5)]),
        ([(8, 12), (13, 18)], (11, 12.5), [(8, 12.5), (13, 18)]),
        ([(8, 12), (12.5, 18)], (11, 13), [(8, 18)]),
        ([(8, 12), (12, 18)], (11, 13), [(8, 12), (12, 18)]),
        ([], (11, 13), []),
    ],
)
def test_hours_are_widened_to_what_is_needed_and_never_farther_than_said(hours, need, wider):
    def clock(hour):
        return time(*divmod(round(60 * hour), 60))

    [begins, ends] = (round(60 * hour) for hour in need)
    found = widened([(clock(a), clock(b)) for a, b in hours], [(begins, ends)], 60, 60)
    assert found == [(clock(a), clock(b)) for a, b in wider]


def test_what_cannot_be_kept_is_lost_alone_and_the_rest_of_the_course_stays(evening):
    only_then(evening)
    course = evening.visit.course
    stays = book(evening, course, 2, at(10, MONDAY + timedelta(days=3)), chairs(evening)[0],
                 evening.well)  # fmt: skip
    repair = mended(evening)
    [row] = way(repair).visits.all()
    assert (row.visit_id, row.reason, row.new_starts_at) == (evening.visit.pk, "NO_PLACE", None)
    assert Session.objects.get(pk=stays.pk).starts_at == stays.starts_at


def test_two_doses_of_one_course_that_both_move_keep_their_gap(db):
    ward = make_ward()
    course = course_of(ward)
    room = chairs(ward)[0]
    for other in chairs(ward)[1:]:
        other.delete()
    doses = [book(ward, course, seq, at(10, MONDAY + timedelta(days=3 * seq - 3)), room, ward.well)
             for seq in (1, 2)]  # fmt: skip
    for start in (dose.starts_at for dose in doses):
        block_room(room=room, starts_at=start - timedelta(hours=2),
                   ends_at=start + timedelta(hours=9), reason="Leak")  # fmt: skip
    repair = mended(ward, days=3)
    rows = {row.visit_id: row for row in way(repair).visits.all()}
    first, second = (rows[dose.pk].new_starts_at for dose in doses)
    assert first.date() not in (doses[0].starts_at.date(), doses[1].starts_at.date())
    assert 2 <= (second.date() - first.date()).days <= 5
    accept_way(way=way(repair), parts=None, by=ward.clinic.desk, now=LATER)
    assert not list(breaches(INVARIANTS))
    assert Reservation.objects.count() == 2


def test_nobody_gets_other_people_only_because_that_is_cheaper(db):
    clinic = make_clinic()
    make_member(clinic.site, Role.NURSE, capacity=6)
    course = accepted(clinic)
    talk, dose = (course.visits.get(kind=kind, seq=1) for kind in ("prep", "dosing"))
    StaffClaim.objects.filter(reservation__session=talk).update(
        membership=make_member(clinic.site, Role.THERAPIST)
    )
    add_leave(
        member=clinic.nurse, starts_at=dose.starts_at, ends_at=dose.ends_at + timedelta(hours=1)
    )
    repair = request_repair(
        site=clinic.site, first_on=NOW.date(), last_on=dose.local_date, by=clinic.desk, now=NOW
    )
    work_on_repair(organization_id=repair.organization_id, repair_id=repair.pk, now=NOW)
    assert [row.visit_id for row in way(repair).visits.all()] == [dose.pk]
