"""How full chairs and nurses are: one week by hand, and the queries that it takes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clinic.models import Leave, RoomBlock
from scheduling.capacity.filling import weeks_filled
from scheduling.models import Reservation
from sessions.models import Session
from tests.factories import Clinic, make_course, make_patient, make_visit

pytestmark = pytest.mark.django_db

# A Wednesday; visits begin at 9 in New York.
TODAY = date(2026, 1, 14)
HOURS = 10 * 5


def visit(clinic: Clinic, day: date, status: str = "PLANNED", **fields: Any) -> Session:
    """Two hours in the chair, with a load of 3 on the nurse; who missed it has no claim left."""
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    nine = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
    made = make_visit(course, clinic.chair, nine, nurse=clinic.nurse, **fields)
    if status == Session.Status.MISSED:
        Reservation.objects.filter(session=made).delete()
    if status != Session.Status.PLANNED:
        begun = nine if status in Session.BEGUN else None
        Session.objects.filter(pk=made.pk).update(status=status, begun_at=begun)
    return made


def week_of(clinic: Clinic, monday: date) -> Any:
    return next(one for one in weeks_filled(clinic.site, today=TODAY) if one.monday == monday)


def test_a_past_week_counts_what_took_place(clinic: Clinic) -> None:
    for day, status in ((5, "DONE"), (6, "PLANNED"), (7, "MISSED"), (8, "DONE")):
        visit(clinic, date(2026, 1, day), status)
    week = week_of(clinic, date(2026, 1, 5))
    assert (week.is_past, week.missed, week.unrecorded) == (True, 1, 1)
    assert (week.chairs.used_hours, week.chairs.available_hours) == (4, HOURS)
    # Two visits of two hours at a load of 3, of five days of ten hours at a capacity of 6.
    assert (week.nurses.used_hours, week.nurses.available_hours) == (12, 6 * HOURS)
    assert (week.chairs.percent, week.nurses.percent) == (8, 4)


def test_this_week_and_the_next_ones_count_what_is_booked(clinic: Clinic) -> None:
    visit(clinic, date(2026, 1, 12), "DONE")
    visit(clinic, date(2026, 1, 13), "MISSED")
    visit(clinic, date(2026, 1, 16))
    visit(clinic, date(2026, 1, 19), load=6)
    now, then = week_of(clinic, date(2026, 1, 12)), week_of(clinic, date(2026, 1, 19))
    assert (now.is_now, now.chairs.used_hours, now.nurses.used_hours) == (True, 4, 12)
    assert (now.missed, now.unrecorded) == (1, 0)
    assert (then.is_past, then.chairs.used_hours, then.nurses.used_hours) == (False, 2, 12)


def test_blocks_leave_and_closed_hours_leave_less(clinic: Clinic) -> None:
    own = {"organization": clinic.organization}
    monday = datetime(2026, 1, 19, 13, tzinfo=UTC)  # 8 in New York
    day = (monday, monday + timedelta(hours=10))
    RoomBlock.objects.create(room=clinic.chair, during=day, reason="Painted", **own)
    Leave.objects.create(
        membership=clinic.nurse, during=(day[0], day[0] + timedelta(hours=4)), **own
    )
    week = week_of(clinic, date(2026, 1, 19))
    assert week.chairs.available_hours == HOURS - 10
    assert week.nurses.available_hours == 6 * (HOURS - 4)


def test_the_queries_are_as_many_for_one_visit_and_for_twenty(
    clinic: Clinic, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for visits in (range(5, 6), range(19, 24)):
        for day in visits:
            visit(clinic, date(2026, 1, day))
        with django_assert_max_num_queries(16) as seen:
            weeks = weeks_filled(clinic.site, today=TODAY)
        counts.append(len(seen))
    assert len(weeks) == 17
    assert counts[0] == counts[1]
