"""A clinic in which a nurse with twelve dosing visits falls ill, booked as the product books."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from clinic.availability.rosters import add_leave
from clinic.models import Membership, Role, Shift
from courses.models import Course
from courses.selectors import definition_of
from scheduling.models import Repair, Reservation, StaffClaim
from scheduling.repairs.working import request_repair, work_on_repair
from scheduling.services.claiming import Claim, write_claims
from sessions.models import Session
from tests.factories import (
    NEW_YORK,
    NOW,
    Clinic,
    make_clinic,
    make_course,
    make_member,
    make_patient,
    make_version,
    small_definition,
)

MONDAY = datetime(2026, 1, 12, tzinfo=NEW_YORK)
THURSDAY = MONDAY + timedelta(days=3)
LASTS = timedelta(hours=2)


@dataclass
class Ward:
    """The clinic, its nurses, and who is ill."""

    clinic: Clinic
    ill: Membership
    well: Membership
    late: Membership

    @property
    def site(self):
        return self.clinic.site


def at(hour: float, day: datetime = MONDAY) -> datetime:
    """A moment of that day by the clinic's clock."""
    return (day + timedelta(hours=hour)).astimezone(UTC)


@transaction.atomic
def book(
    ward: Clinic, course: Course, seq: int, start: datetime, room, nurse: Membership, **fields
) -> Session:
    """A dose as the product would have booked it."""
    if course.status == Course.Status.DRAFT:
        Course.objects.filter(pk=course.pk).update(status=Course.Status.ACTIVE)
        course.status = Course.Status.ACTIVE
    visit = Session.objects.create(
        organization_id=course.organization_id, course=course, patient=course.patient,
        site=course.site, kind="dosing", seq=seq, visit_type="infusion", starts_at=start,
        ends_at=start + LASTS, scheduled_at=NOW, **fields,
    )  # fmt: skip
    claim = Claim(visit, str(room.pk), {"rn": str(nurse.pk)})
    write_claims([claim], definition_of(course.protocol_version), now=NOW)
    return visit


def make_ward() -> Ward:
    """Four chairs, and three nurses: two all day, of whom one will be ill, and one from eleven."""
    clinic = make_clinic(chairs=4)
    clinic.version = make_version(
        clinic.organization, small_definition(preparation=[], integration=None)
    )
    Membership.objects.filter(pk=clinic.nurse.pk).update(capacity=18)
    well = make_member(clinic.site, Role.NURSE, capacity=9)
    late = make_member(clinic.site, Role.NURSE, capacity=6)
    Shift.objects.filter(membership=late).update(starts=time(11))
    return Ward(clinic, clinic.nurse, well, late)


def course_of(ward: Ward, **patient) -> Course:
    """A course of two doses for a new patient."""
    person = make_patient(ward.site, **patient)
    return make_course(person, ward.clinic.version, ward.clinic.desk)


def fill(ward: Ward, turns: int = 2) -> list[Session]:
    """Each turn three doses on Monday with the nurse who will be ill, one with the other; second
    doses on Thursday keep some of the first ones near."""
    rooms = list(ward.site.rooms.filter(kinds__contains=["infusion"]).order_by("pk"))
    ill = []
    for number in range(4 * turns):
        turn, chair = divmod(number, 4)
        is_well = chair == 3
        start = at(8 + 2.25 * turn + 0.25 * (chair == 1))
        course = course_of(ward)
        visit = book(ward, course, 1, start, rooms[chair], ward.well if is_well else ward.ill)
        ill += [] if is_well else [visit]
        if number % 2:
            book(ward, course, 2, start + timedelta(days=3), rooms[chair],
                 ward.well if is_well else ward.ill)  # fmt: skip
    return ill


def falls_ill(ward: Ward, day: datetime = MONDAY) -> None:
    """Sick leave for a day."""
    add_leave(member=ward.ill, kind="SICK", starts_at=day, ends_at=day + timedelta(days=1))


def mended(ward: Ward, *, now: datetime = NOW, days: int = 0) -> Repair:
    """A repair of Monday and so many days after it, as a worker leaves it."""
    first, last = MONDAY.date(), (MONDAY + timedelta(days=days)).date()
    repair = request_repair(
        site=ward.site, first_on=first, last_on=last, by=ward.clinic.desk, now=now
    )
    work_on_repair(organization_id=repair.organization_id, repair_id=repair.pk, now=now)
    repair.refresh_from_db()
    return repair


def way(repair: Repair, how: str = "FEWEST"):
    return repair.ways.get(how=how)


def book_as_it_is(ward: Ward) -> set[tuple]:
    """Who is where with whom, of every visit."""
    claims = StaffClaim.objects.filter(reservation__site=ward.site)
    rows = Reservation.objects.filter(site=ward.site).select_related("session")
    crew = dict(claims.values_list("reservation", "membership"))
    return {(r.session_id, r.session.starts_at, r.room_id, crew.get(r.pk)) for r in rows}
