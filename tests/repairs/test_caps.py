"""Caps and gaps when a repair moves doses of two courses of one person (DOMAIN 2.10)."""

from datetime import timedelta

import pytest

from clinic.availability.services import block_room
from courses.caps.services import CapExceeded
from scheduling.repairs.accepting import accept_way
from scheduling.services.capping import BookedDose, refuse_beyond_caps
from tests.factories import NOW, make_course, make_version, small_definition
from tests.repairs.clinics import MONDAY, at, book, course_of, make_ward, mended, way

DAY = timedelta(days=1)


CAP = {
    "caps": [{"doses": 1, "days": 3}],
    "sources": [{"path": "/caps/0", "authority": "dd", "note": "Nobody outside stands for it."}],
}


@pytest.fixture(params=[CAP, {}], ids=["cap", "no cap"])
def two_courses(db, request):
    """One person's two courses, each with a dose; at most one within three days, or no cap."""
    ward = make_ward()
    ward.cap = request.param
    content = small_definition(preparation=[], integration=None, **ward.cap)
    ward.clinic.version = make_version(ward.clinic.organization, content)
    first = course_of(ward)
    second = make_course(first.patient, ward.clinic.version, ward.clinic.desk)
    room = ward.site.rooms.filter(kinds__contains=["infusion"]).order_by("pk").first()
    ward.doses = [
        book(ward, course, 1, at(10, MONDAY + 3 * n * DAY), room, ward.well)
        for n, course in enumerate([first, second])
    ]
    return ward


@pytest.mark.parametrize("two_courses", [CAP], indirect=True)
def test_a_dose_is_measured_by_the_new_day_of_what_moves_with_it(two_courses):
    first, second = two_courses.doses
    monday = first.local_date
    later = [BookedDose(1, monday + 2 * DAY, first.pk)]
    with pytest.raises(CapExceeded):
        refuse_beyond_caps(first.course, later)
    refuse_beyond_caps(first.course, later, moved={second.pk: monday + 5 * DAY})
    with pytest.raises(CapExceeded):
        refuse_beyond_caps(first.course, [BookedDose(1, monday, first.pk)],
                           moved={second.pk: monday + 2 * DAY})  # fmt: skip


def test_a_repair_moves_both_as_far_as_cap_and_gap_ask_and_is_carried_out(two_courses):
    first, second = two_courses.doses
    for dose in (first, second):
        for room in two_courses.site.rooms.all():
            block_room(room=room, starts_at=dose.starts_at - timedelta(hours=2),
                       ends_at=dose.starts_at + timedelta(hours=9), reason="Leak")  # fmt: skip
    repair = mended(two_courses, days=3)
    rows = {row.visit_id: row for row in way(repair).visits.all()}
    assert all(row.new_starts_at for row in rows.values())
    accept_way(way=way(repair), parts=None, by=two_courses.clinic.desk, now=NOW)
    days = []
    for dose in (first, second):
        old = dose.local_date
        dose.refresh_from_db()
        assert dose.local_date != old
        days.append(dose.local_date)
    assert abs(days[1] - days[0]) >= (3 if two_courses.cap else 2) * DAY
