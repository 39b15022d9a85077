"""A day board as the calendar in the browser reads it: the site's wall clock, never the browser's.

Times are local strings without an offset, so that the grid shows the same hours everywhere.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.urls import reverse

from scheduling.selectors import BoardVisit, DayBoard

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


def state_counts(board: DayBoard) -> list[StateCount]:
    """The legend: every state with its number of visits."""
    states = [visit.status for visit in board.visits]
    return [StateCount(code, label, states.count(code)) for code, label in STATES.items()]


def grid_data(board: DayBoard, *, now: datetime) -> dict[str, Any]:
    """The board for the grid, with a mark that changes when the board does."""
    here = now.astimezone(board.site.zone)
    first, last = _hours(board)
    data: dict[str, Any] = {
        "day": board.day.isoformat(),
        "from": f"{first:02d}:00",
        "until": f"{last:02d}:00",
        "opens": f"{board.opens:%H:%M}" if board.opens else None,
        "closes": f"{board.closes:%H:%M}" if board.closes else None,
        "rooms": [{"id": str(room.pk), "title": room.name} for room in board.rooms],
        "visits": [_visit(visit, board) for visit in board.visits],
    }
    data["mark"] = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    data["now"] = _wall(now, board) if here.date() == board.day else None
    return data


def _hours(board: DayBoard) -> tuple[int, int]:
    zone = board.site.zone
    starts = [visit.starts_at.astimezone(zone).time() for visit in board.visits]
    ends = [_end_of_day(visit.ends_at.astimezone(zone), board.day) for visit in board.visits]
    first = min([*starts, board.opens or time(FIRST_HOUR)]).hour
    last = max([*ends, board.closes or time(LAST_HOUR)])
    return first, min(24, last.hour + bool(last.minute))


def _end_of_day(ends: datetime, day: date) -> time:
    return ends.time() if ends.date() == day else time(23, 59)


def _wall(moment: datetime, board: DayBoard) -> str:
    return moment.astimezone(board.site.zone).strftime("%Y-%m-%dT%H:%M:%S")


def _visit(visit: BoardVisit, board: DayBoard) -> Mapping[str, Any]:
    return {
        "id": str(visit.id),
        "room": str(visit.room_id),
        "start": _wall(visit.starts_at, board),
        "end": _wall(visit.ends_at, board),
        "url": reverse("scheduling:visit", args=[visit.id]),
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
