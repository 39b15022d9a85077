"""The ways to meet a wish for one visit: what each does to the rest of the course.

First the course by its rules, with the fewest visits moved; then, where that moves fewer, past a
maximum around that visit, which somebody has to mean (amber) or a clinician to decide (DOMAIN
2.7); and for one that is cancelled or missed, its place left open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from clinic.errors import DomainError
from scheduling.cascade.frame import Frame
from scheduling.cascade.lapsing import Late, late_doses
from scheduling.cascade.least import (
    asked,
    beside_fixed,
    least_change,
    moved_keys,
    place_at,
)
from scheduling.cascade.ties import Grade, Left, left_ties, worst
from scheduling.cascade.wish import Want
from scheduling.planner.check import key_of
from scheduling.planner.model import Appointment
from scheduling.planner.rules import Key, Rule
from scheduling.planner.slots import Refusal, Slot, why_not
from scheduling.relief import reason_of
from scheduling.services.capping import BookedDose, refuse_beyond_caps
from sessions.models import Session


class How(StrEnum):
    """Whether the place is planned now, with the rest of the course, or left open."""

    COURSE = "COURSE"
    OPEN = "OPEN"


@dataclass(frozen=True, slots=True)
class Change:
    """A visit's new place, in the course's numbers; `visit` is None for one booked anew."""

    kind: str
    seq: int
    visit_type: str
    starts_at: datetime
    ends_at: datetime
    room_id: str
    staff: Mapping[str, str]
    visit: Session | None
    # The id of the group in which it is a place.
    group: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to meet the wish: the places that change, and the rules that it leaves."""

    how: How
    grade: Grade = Grade.KEPT
    changes: tuple[Change, ...] = ()
    left: tuple[Left, ...] = ()
    # Doses so late that doses are held for a decision, or the course is interrupted.
    late: tuple[Late, ...] = ()


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way to meet a wish, the best first; where there is none, why."""

    ways: tuple[Way, ...]
    # What refuses the time itself, whatever else moves.
    refusals: tuple[Refusal, ...] = ()
    # Why nothing fits although the time itself would do: a planner's reason.
    reason: str = ""
    # What a cap of the protocol says against it.
    capped: str = ""
    # The dose for whose lateness the course would be interrupted: no way of changing one visit.
    interrupting: Late | None = None


def ways_of(frame: Frame | None, want: Want) -> Ways:
    """Every way to meet the wish; without a place in the course, only to leave it open."""
    left_open = () if want is Want.MOVE else (Way(How.OPEN),)
    if frame is None:
        return Ways(left_open)
    found = _moving(frame) if want is Want.MOVE else _anew(frame)
    kept, interrupting = _uninterrupted(found.ways)
    allowed, capped = _within_caps(frame, kept)
    return Ways((*allowed, *left_open), found.refusals, found.reason, capped, interrupting)


def _moving(frame: Frame) -> Ways:
    slot = _place(frame)
    if slot is None:
        return Ways((), tuple(_refusals(frame)))
    ways = tuple(_graded(frame, slot))
    return Ways(ways, reason="" if ways else _reason(frame, slot))


def _place(frame: Frame) -> Slot | None:
    """Room and people for the time that is wished, or the place in a group; None where refused."""
    if frame.seat is None:
        loose = frame.loose(Grade.CLINICIAN)
        return place_at(loose, frame.course_id, frame.wish, frame.fixed)
    full = frame.seat.refusals(frame.visit, frame.now)
    return None if full or _refusals(frame) else frame.seat.slot


def _refusals(frame: Frame) -> list[Refusal]:
    loose = frame.in_group(frame.loose(Grade.CLINICIAN))
    start = frame.wish.start
    beside = beside_fixed(loose, frame.course_id, frame.wish, frame.fixed)
    found = why_not(beside, frame.course_id, *frame.key, start) if start else []
    return [one for one in found if frame.seat is None or one.rule is not Rule.ROOM]


def _anew(frame: Frame) -> Ways:
    ways = tuple(_graded(frame, None))
    return Ways(ways, reason="" if ways else _reason(frame, None))


def _graded(frame: Frame, slot: Slot | None) -> Iterator[Way]:
    """The plan with the fewest moves by the rules; and past a maximum, where that moves fewer."""
    fewest: int | None = None
    for grade in (Grade.KEPT, Grade.AMBER, Grade.CLINICIAN):
        if fewest == 1:
            return
        placed = least_change(
            frame.loose(grade), frame.course_id, frame.wish, fixed=frame.fixed, slot=slot
        )
        way = _way(frame, placed.appointments) if placed else None
        if way and (fewest is None or len(way.changes) < fewest):
            fewest = len(way.changes)
            yield way


def _way(frame: Frame, appointments: Sequence[Appointment]) -> Way:
    known = {*frame.kept, frame.key}
    appointments = [item for item in appointments if key_of(item) in known]
    left = left_ties(
        frame.problem,
        frame.course_id,
        before=frame.days,
        after=frame.days_of(appointments),
        hard=frame.hard,
    )
    moved = _moved(frame, appointments)
    changes = tuple(_change(frame, item) for item in appointments if key_of(item) in moved)
    way = Way(How.COURSE, worst(left), changes, tuple(left))
    late = late_doses(frame.visit, {one.seq: one.on for one in doses_in(frame.visit, way) if one})
    return replace(way, grade=Grade.CLINICIAN, late=tuple(late)) if late else way


def _moved(frame: Frame, appointments: Sequence[Appointment]) -> set[Key]:
    """The visits that change; an open place is none of them, and stays open."""
    return {*moved_keys(frame.problem, frame.course_id, appointments), frame.key}


def _change(frame: Frame, item: Appointment) -> Change:
    key, is_anew = key_of(item), frame.wish.start is None
    kept = None if is_anew and key == frame.key else frame.kept.get(key)
    return Change(
        kind=item.kind,
        seq=frame.task.places.course_number(*key),
        visit_type=item.visit.rpartition("/")[2],
        starts_at=item.start,
        **{"ends_at": item.end, **_of_group(frame, key)},
        room_id=item.room_id,
        staff=dict(item.staff),
        visit=kept.visit if kept else None,
    )


def _of_group(frame: Frame, key: Key) -> dict[str, Any]:
    """What is the group's where the visit takes a place in it: it may last longer than asked."""
    if frame.seat is None or key != frame.key:
        return {}
    return {"group": str(frame.seat.group.pk), "ends_at": frame.seat.group.ends_at}


def _reason(frame: Frame, slot: Slot | None) -> str:
    loose = frame.loose(Grade.CLINICIAN)
    problem = asked(loose, frame.course_id, frame.wish, fixed=frame.fixed, slot=slot)
    return reason_of(problem, frame.course_id)


def _uninterrupted(ways: Sequence[Way]) -> tuple[list[Way], Late | None]:
    """The ways that leave the course under way, and the first dose that would not: after so long
    there is a new screening, not another appointment (DOMAIN 2.7)."""
    late = [one for way in ways for one in way.late if one.row.interrupts]
    kept = [way for way in ways if not any(one.row.interrupts for one in way.late)]
    return kept, late[0] if late else None


def _within_caps(frame: Frame, ways: Sequence[Way]) -> tuple[list[Way], str]:
    """The ways whose doses no cap forbids (DOMAIN 2.10), and what a cap says of the others."""
    allowed, said = [], ""
    for way in ways:
        try:
            refuse_beyond_caps(frame.visit.course, doses_in(frame.visit, way))
            allowed.append(way)
        except DomainError as exc:
            said = str(exc)
    return allowed, said


def doses_in(visit: Session, way: Way) -> list[BookedDose | None]:
    """The doses that get another day in the way; one booked anew stands in for `visit`."""
    return [
        BookedDose(one.seq, local_day(visit, one.starts_at), (one.visit or visit).pk)
        for one in way.changes
        if one.kind == Session.Kind.DOSING
    ]


def local_day(visit: Session, moment: datetime) -> date:
    """The date by the clock of the visit's site."""
    return moment.astimezone(visit.site.zone).date()
