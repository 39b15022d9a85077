"""A day board as the calendar in the browser reads it: the site's wall clock, never the browser's.

Times are local strings without an offset, so that the grid shows the same hours everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.urls import reverse

from scheduling.groups.selectors import BoardGroup
from scheduling.keeping.board import BoardHold
from scheduling.keeping.selectors import held_words
from scheduling.loads import Step, Stretch
from scheduling.selectors.board import BoardVisit, DayBoard
from scheduling.selectors.people import BoardPerson
from sessions.models import Session

# What the grid shows of a day on which nothing says more.
FIRST_HOUR, LAST_HOUR = 8, 18
# In the order in which a visit goes through them; other states hold no room.
STATES = {
    "PLANNED": "Planned",
    "ARRIVED": "Arrived",
    "IN_PROGRESS": "In progress",
    "OBSERVING": "Observing",
    "DONE": "Done",
}


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many of the day's visits are in one state."""

    state: str
    label: str
    number: int


def state_counts(states: list[str]) -> list[StateCount]:
    """The legend: every state with its number of visits."""
    return [StateCount(code, label, states.count(code)) for code, label in STATES.items()]


def grid_data(
    board: DayBoard,
    people: list[BoardPerson],
    holds: Sequence[BoardHold] = (),
    *,
    now: datetime,
    mark: str = "",
    may_book: bool = False,
) -> dict[str, Any]:
    """The board for the grid, with the mark that changes when the board does."""
    here = now.astimezone(board.site.zone)
    first, last = _hours(board)
    return {
        "day": board.day.isoformat(),
        "from": f"{first:02d}:00",
        "until": f"{last:02d}:00",
        "shut": list(_shut(board, first, last)),
        "rooms": [{"id": str(room.pk), "title": room.name} for room in board.rooms],
        "blocks": [
            {"room": str(block.room_id), "reason": block.reason, **_wide(block, board)}
            for block in board.blocks
        ],
        "people": [_person(person, board, first, last) for person in people],
        "holds": [_hold(hold, board) for hold in holds],
        "visits": [
            _group(one, board) if isinstance(one, BoardGroup) else _visit(one, board, may_book)
            for one in board.entries
        ],
        "grid": board.site.grid_minutes,
        "zone": _offset(board),
        "mark": mark,
        "now": _wall(now, board) if here.date() == board.day else None,
    }


def _hold(hold: BoardHold, board: DayBoard) -> Mapping[str, Any]:
    words = held_words(hold.by, hold.until, board.site.zone)
    return {
        "room": str(hold.room_id),
        "people": [str(who) for who in hold.staff_ids],
        "note": words[0].upper() + words[1:],
        **_wide(hold, board),
    }


def _hours(board: DayBoard) -> tuple[int, int]:
    zone = board.site.zone
    starts = [one.starts_at.astimezone(zone).time() for one in board.entries]
    ends = [_end_of_day(one.ends_at.astimezone(zone), board.day) for one in board.entries]
    first = min([*starts, board.opens or time(FIRST_HOUR)]).hour
    last = max([*ends, board.closes or time(LAST_HOUR)])
    return first, min(24, last.hour + bool(last.minute))


def _end_of_day(ends: datetime, day: date) -> time:
    return ends.time() if ends.date() == day else time(23, 59)


def _offset(board: DayBoard) -> str:
    """The offset of the day's clock, as `-05:00`; it changes at night, when nothing is open."""
    noon = datetime.combine(board.day, time(12), board.site.zone)
    return noon.isoformat()[19:]


def _wall(moment: datetime, board: DayBoard) -> str:
    return moment.astimezone(board.site.zone).strftime("%Y-%m-%dT%H:%M:%S")


def _wide(stretch: Any, board: DayBoard) -> dict[str, str]:
    """A stretch's two ends, kept to the day."""
    return _ends((stretch.starts_at, stretch.ends_at), board)


def _ends(stretch: Stretch, board: DayBoard) -> dict[str, str]:
    begins, ends = (_wall(moment, board) for moment in stretch)
    day = board.day.isoformat()
    return {
        "start": begins if begins[:10] == day else f"{day}T00:00:00",
        "end": ends if ends[:10] == day else f"{day}T23:59:00",
    }


def _shut(board: DayBoard, first: int, last: int) -> Iterator[dict[str, str]]:
    """When the doors are shut, within the hours of the grid."""
    hours = [_ends(one, board) for one in board.open.stretches(board.site)]
    yield from _gaps(hours, board, first, last)


def _gaps(
    taken: list[dict[str, str]], board: DayBoard, first: int, last: int
) -> Iterator[dict[str, str]]:
    """What the stretches leave of the grid's hours."""
    at, end = _hour(board, first), _hour(board, last)
    for one in sorted(taken, key=lambda stretch: stretch["start"]):
        if at < one["start"]:
            yield {"start": at, "end": min(one["start"], end)}
        at = max(at, one["end"])
    if at < end:
        yield {"start": at, "end": end}


def _hour(board: DayBoard, hour: int) -> str:
    clock = f"{hour:02d}:00" if hour < 24 else "23:59"
    return f"{board.day.isoformat()}T{clock}:00"


def _person(person: BoardPerson, board: DayBoard, first: int, last: int) -> Mapping[str, Any]:
    present = [_ends(one, board) for one in person.present]
    return {
        "id": str(person.id),
        "title": person.name,
        "role": person.role_words,
        "capacity": person.capacity,
        "peak": person.peak,
        "away": person.away,
        "absent": list(_gaps(present, board, first, last)),
        "leaves": [_ends(leave, board) for leave in person.leaves],
        "steps": [_step(step, person, board) for step in person.steps],
    }


def _step(step: Step, person: BoardPerson, board: DayBoard) -> Mapping[str, Any]:
    share = min(100, round(100 * step.load / person.capacity)) if person.capacity else 100
    return {**_wide(step, board), "load": step.load, "share": share}


def _group(group: BoardGroup, board: DayBoard) -> Mapping[str, Any]:
    """One block with its places; it moves on its own page, where every member is told of."""
    return {
        "id": str(group.id),
        "room": str(group.room_id),
        "people": [str(group.therapist_id)],
        "start": _wall(group.starts_at, board),
        "end": _wall(group.ends_at, board),
        "url": reverse("scheduling:group", args=[group.id]),
        "moves": False,
        "name": group.label.removeprefix("Group ").capitalize(),
        "label": group.told,
        "kind": group.kind,
        "state": "GROUP",
        "stateLabel": "Group",
        "provisional": False,
        "staff": [group.therapist],
        "phases": [],
    }


def _visit(visit: BoardVisit, board: DayBoard, may_book: bool) -> Mapping[str, Any]:
    is_planned = visit.status == Session.Status.PLANNED
    return {
        "id": str(visit.id),
        "room": str(visit.room_id),
        "people": [str(who) for who in visit.staff_ids],
        "start": _wall(visit.starts_at, board),
        "end": _wall(visit.ends_at, board),
        "url": reverse("scheduling:visit", args=[visit.id]),
        "moves": may_book and visit.is_told and is_planned,
        "name": visit.patient_name,
        "label": visit.label,
        "kind": visit.kind,
        "state": visit.status,
        "stateLabel": visit.status_label,
        "provisional": visit.is_provisional,
        "staff": visit.staff,
        "phases": [
            {
                "label": phase.label,
                "at": _wall(phase.starts_at, board)[11:16],
                "minutes": round((phase.ends_at - phase.starts_at).total_seconds() / 60),
                "main": phase.name == "administration",
            }
            for phase in visit.phases
        ],
    }
