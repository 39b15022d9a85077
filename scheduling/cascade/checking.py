"""Whether a way that was shown still holds: what changed in the book meanwhile, in words."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import cast

from courses.selectors import definition_of
from scheduling.cascade.frame import Frame
from scheduling.cascade.ways import Change, Way
from scheduling.groups.seats import seat_for
from scheduling.planner.check import Violation
from scheduling.planner.claims import Claims
from scheduling.planner.fixed import everyone_else
from scheduling.planner.model import Appointment, Kind
from scheduling.planner.rules import Key, Rule, Rulebook
from scheduling.wording import place_label, violation_in_words
from sessions.models import Session


def changed_meanwhile(
    book: Mapping[str, int], rows: Collection[Session], visit: Session
) -> list[dict[str, str]]:
    """What became of the course's visits since they were shown: `{"visit": …, "change": …}`."""
    definition = definition_of(visit.course.protocol_version)
    now = {str(row.pk): row for row in rows}
    found = [
        {"visit": place_label(definition, row.kind, row.seq), "change": change}
        for row in rows
        if (change := _became(book.get(str(row.pk)), row))
    ]
    gone = Session.objects.filter(pk__in=book.keys() - now.keys()).order_by("starts_at", "pk")
    return found + [
        {
            "visit": place_label(definition, row.kind, row.seq),
            "change": f"is {row.get_status_display().lower()} now",
        }
        for row in gone
    ]


def _became(version: int | None, row: Session) -> str:
    if version is None:
        return "was booked"
    return "" if version == row.version else "has another time now"


def faults_of(frame: Frame, way: Way) -> list[dict[str, str]]:
    """The rules that the way would break in the book as it is now, in words."""
    problem = frame.loose(way.grade)
    course = replace(problem.course(frame.course_id), previous=())
    changed = {_key(frame, one): _appointment(frame, one) for one in way.changes}
    items = {**frame.standing, **changed}
    book = Rulebook(problem, course)
    stays = [item for key, item in items.items() if key not in changed]
    claims = Claims(book, [*everyone_else(problem, frame.course_id), *stays])
    found = [Violation(*key, rule, "") for key, rule in _own_faults(frame, book, claims, changed)]
    for rule, detail, keys in book.tied_faults(frame.days_of(items.values())):
        if at_fault := next((key for key in reversed(keys) if key in changed), None):
            found.append(Violation(*at_fault, rule, detail))
    faults = [violation_in_words(frame.task, fault) for fault in found]
    return [*faults, *(fault for one in way.changes if one.group for fault in _seat(frame, one))]


def _seat(frame: Frame, change: Change) -> list[dict[str, str]]:
    """What is against the place in a group, as it stands now."""
    label, seat = frame.label(_key(frame, change)), seat_for(frame.visit, change.group)
    said = ["the group is no more"] if seat is None else seat.refusals(frame.visit, frame.now)
    if seat and (seat.group.starts_at, seat.group.ends_at, str(seat.group.room_id)) != (
        change.starts_at, change.ends_at, change.room_id
    ):  # fmt: skip
        said.append("the group is at another time or in another room now")
    return [{"visit": label, "change": one} for one in said]


def _own_faults(
    frame: Frame, book: Rulebook, claims: Claims, changed: Mapping[Key, Appointment]
) -> Iterator[tuple[Key, Rule]]:
    for key, item in changed.items():
        is_seat = frame.seat is not None and key == frame.key
        visit = (frame.in_group(book.problem) if is_seat else book.problem).visits[item.visit]
        for rule, _ in book.time_faults(key, visit, item.start):
            yield key, rule
        if is_seat:
            continue
        if any(claims.room_faults(visit, item.start, item.room_id)):
            yield key, Rule.ROOM
        if any(claims.team_faults(visit, item.start, item.staff)):
            yield key, Rule.STAFF_ROLE
        claims.add(item)


def _key(frame: Frame, change: Change) -> Key:
    number = frame.task.places.planner_number(change.kind, change.seq)
    return cast("Kind", change.kind), number


def _appointment(frame: Frame, change: Change) -> Appointment:
    kind, number = _key(frame, change)
    return Appointment(
        kind,
        number,
        frame.task.visit_key(change.visit_type),
        change.starts_at,
        change.ends_at,
        change.room_id,
        change.staff,
    )
