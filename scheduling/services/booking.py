"""Booking one open place of a course at a time that somebody chose."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from clinic.errors import DomainError
from clinic.models import Membership
from clinic.prepared import Prepared
from courses.models import Course, CourseEvent
from courses.services import activate_course, record_event
from reminders.services import announce_booking
from scheduling.authorizations import note_uncovered
from scheduling.moving import PlaceNotOpen, open_place, refusals_of_place, slots_of_place
from scheduling.names import Names
from scheduling.places import Key, Places
from scheduling.planner.slots import Slot
from scheduling.services.accepting import write_visits
from scheduling.services.capping import BookedDose, note_next_dose, refuse_beyond_caps
from scheduling.services.changing import SlotRefused, SlotTaken
from scheduling.services.claiming import (
    LostRace,
    constraints_in_words,
    lock_parties,
)
from scheduling.services.foretelling import foretell_doses
from sessions.models import Session

__all__ = ["BookedVisit", "PlaceNotOpen", "book_visit"]

# How often another room or person is looked for when a rival took the one just chosen.
TRIES = 3


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A visit just booked, and whom and what it takes."""

    visit: Session
    slot: Slot
    places: Places
    names: Names

    @property
    def gap_days(self) -> int | None:
        """For a dose, days since the dose before."""
        if self.visit.kind != Session.Kind.DOSING:
            return None
        day = self.visit.local_date
        days = [one.day for (kind, _), one in self.places.kept.items() if kind == "dosing"]
        before = max((one for one in days if one < day), default=None)
        return (day - before).days if before else None


# Whoever calls has a savepoint around it, or undoes the whole request.
@transaction.atomic(savepoint=False)
def book_visit(
    *, course: Course, starts_at: datetime, by: Membership, now: datetime, place: Key | None = None
) -> BookedVisit:
    """Book an open place of the course (its next one unless named) at that start, in the room and
    with the people that suit it best; a draft course is under way from then on.

    Raises PlaceNotOpen, SlotRefused (field `starts_at`), SlotTaken, CapExceeded.
    """
    course = _locked(course)
    places, key = open_place(course, place, now=now)
    lock_parties(patient_id=course.patient_id)
    refuse_beyond_caps(course, [_dose(course, key, starts_at)])
    visit, slot, names = take_place(course, places, key, starts_at, now)
    note_uncovered([visit], by=by, now=now)
    if course.status == Course.Status.DRAFT:
        activate_course(course=course, by=by, now=now)
    detail = {"visits": 1, "visit": str(visit.pk)}
    kind = CourseEvent.Kind.SCHEDULED
    record_event(course=course, kind=kind, by=by, now=now, detail=detail)
    announce_booking(visits=[visit], now=now)
    ahead = _doses_ahead(places, visit)
    note_next_dose(course, by=by, now=now, ahead=ahead)
    foretell_doses(course, now=now, planned=ahead, is_locked=True)
    return BookedVisit(visit, slot, places, names)


def _by_key(course: UUID) -> QuerySet[Course]:
    return Course.objects.select_for_update(no_key=True, of=("self",)).filter(pk=course)


_BY_KEY = Prepared(_by_key, course=uuid4())


def _locked(course: Course) -> Course:
    """The course as it is once nobody else is at it; the first of all locks."""
    (fresh,) = _BY_KEY(course=course.pk)
    for name in ("organization", "patient", "site", "protocol_version"):
        if getattr(fresh, f"{name}_id") == getattr(course, f"{name}_id"):
            setattr(fresh, name, getattr(course, name))
    return fresh


def _doses_ahead(places: Places, visit: Session) -> dict[int, date]:
    """The local dates of the course's planned doses, the visit among them, by number."""
    kept = [one.visit for one in places.kept.values()]
    planned = [one for one in [*kept, visit] if one.status == Session.Status.PLANNED]
    return {one.seq: one.local_date for one in planned if one.kind == Session.Kind.DOSING}


def _dose(course: Course, key: Key, starts_at: datetime) -> BookedDose | None:
    if key[0] != Session.Kind.DOSING:
        return None
    return BookedDose(key[1], starts_at.astimezone(course.site.zone).date())


def take_place(
    course: Course, places: Places, key: Key, starts_at: datetime, now: datetime
) -> tuple[Session, Slot, Names]:
    """Inside a transaction that has locked course and patient: the visit, written with its claims.

    In another room or with another crew where a rival was faster; SlotRefused, SlotTaken.
    """
    day = starts_at.astimezone(course.site.zone).date()
    for _ in range(TRIES):
        slots, names = slots_of_place(course, places, key, now=now, on=day)
        slot = next((slot for slot in slots if slot.start == starts_at), None)
        if slot is None:
            raise _refusal(course, places, key, starts_at, now)
        try:
            with constraints_in_words():
                return _write(course, places, key, slot, now), slot, names
        except LostRace as exc:
            lost = SlotTaken(f"Nothing was booked: {exc.change}.", field="starts_at")
    raise lost


def _write(course: Course, places: Places, key: Key, slot: Slot, now: datetime) -> Session:
    lock_parties(room_ids=[slot.room_id], member_ids=list(slot.staff.values()))
    new: dict[str, Any] = {
        "kind": key[0],
        "seq": key[1],
        "visit_type": places.visit_type(*key),
        "starts_at": slot.start.isoformat(),
        "ends_at": slot.end.isoformat(),
        "room_id": slot.room_id,
        "staff": dict(slot.staff),
    }
    return write_visits(course, [new], now)[0]


def _refusal(
    course: Course, places: Places, key: Key, starts_at: datetime, now: datetime
) -> DomainError:
    found = refusals_of_place(course, places, key, starts_at, now=now)
    return (SlotTaken if found.is_taken else SlotRefused)(
        "The visit cannot start then: " + "; ".join(found.reasons) + ".",
        field="starts_at",
        details=[{"change": reason} for reason in found.reasons],
    )
