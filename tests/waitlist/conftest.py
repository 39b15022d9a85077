"""A site with one chair: somebody's visit takes a day of it and is cancelled, others wait."""

from datetime import UTC, datetime, timedelta

from courses.models import Course
from scheduling.models import FreedTime, SlotOffer, WaitlistEntry
from scheduling.services import cancel_visit
from scheduling.waitlist.entering import enter_waitlist
from scheduling.waitlist.matching import look_at
from sessions.models import Session
from tests.factories import (
    NOW,
    Clinic,
    make_course,
    make_patient,
    make_version,
    make_visit,
    small_definition,
)
from tests.scheduling.test_proposing import accepted

Wish, Status = WaitlistEntry.Wish, SlotOffer.Status
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def january(day: int) -> datetime:
    """08:00 of that day in New York."""
    return datetime(2026, 1, day, 13, 0, tzinfo=UTC)


def whole_day(clinic: Clinic, day: int) -> Session:
    """The first of others' visits that take the chair all day."""
    step = 2 * HOUR + timedelta(minutes=15)
    visits = [_visit_of_another(clinic, january(day) + n * step) for n in range(4)]
    return visits[0]


def _visit_of_another(clinic: Clinic, starts_at: datetime) -> Session:
    other = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    return make_visit(other, clinic.chair, starts_at)


def two_doses(clinic: Clinic, **fields) -> Course:
    """A booked course whose second dose came later than its target: its best day was taken.

    Doses on Thursday 8 and Tuesday 13 January; they may be 2 to 5 days apart, 3.5 at best.
    """
    first_on = fields.pop("earliest_on", january(7).date())
    return accepted(clinic, earliest_on=first_on, **fields)


def one_dose(clinic: Clinic) -> None:
    """From here on courses have a single dose."""
    clinic.version = make_version(clinic.organization, small_definition(doses=1))


def wait(clinic: Clinic, course: Course, wish: str = Wish.SOONER_VISIT, **more) -> WaitlistEntry:
    return enter_waitlist(course=course, wish=wish, by=clinic.desk, **{"now": NOW, **more})


def freed_by(clinic: Clinic, visit: Session, now: datetime = NOW) -> FreedTime:
    """The time that cancelling the visit frees."""
    cancel_visit(visit=visit, by=clinic.desk, reason="", now=now)
    return FreedTime.objects.get(visit=visit)


def look(freed: FreedTime, now: datetime = NOW) -> list[SlotOffer]:
    """The open offers after a worker's look."""
    look_at(organization_id=freed.organization_id, freed_id=freed.pk, now=now)
    freed.refresh_from_db()
    return list(SlotOffer.objects.open().filter(freed=freed).order_by("-benefit", "pk"))


def next_visit(course: Course, kind: str = "dosing", seq: int = 1) -> Session:
    return course.visits.live().get(kind=kind, seq=seq)
