"""From a route through the graph to appointments: exact times, rooms and people."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scheduling.planner.cost import cost_terms
from scheduling.planner.course import CourseGraph, Key
from scheduling.planner.doses import State
from scheduling.planner.model import RN, Appointment, Placed, VisitType, appointment_end
from scheduling.planner.options import Day, People
from scheduling.planner.tables import Tables
from scheduling.planner.wall import MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Route:
    """A way through the graph: a state per dose, a day per talk."""

    cost: float
    lead: str | None
    doses: tuple[State, ...]
    talks: Mapping[Key, Day]


def arrange(graph: CourseGraph, route: Route) -> Placed:
    """The plan that a route describes; of equally good people and rooms the first that fit."""
    tables, course = graph.tables, graph.course
    appointments = tuple(
        _appointment(graph, route, (kind, seq), visit) for kind, seq, visit in graph.protocol.chain
    )
    dosing = {tables.date_of(day): int(n) for day, n in enumerate(tables.dosing)}
    cost = cost_terms(tables.problem, course, appointments, route.lead, dosing)
    return Placed(course.id, route.lead, appointments, cost)


def _appointment(graph: CourseGraph, route: Route, key: Key, visit_name: str) -> Appointment:
    (kind, seq), visit = key, graph.tables.problem.visits[visit_name]
    item = graph.previous(key)
    if item is not None and item.locked:
        end = appointment_end(visit, item.start)
        return Appointment(kind, seq, visit_name, item.start, end, item.room_id, item.staff)
    if kind == "dosing":
        day, minute, people = _dose_choice(graph, route.doses[seq - 1], seq)
    else:
        talk = graph.preps[seq - 1] if kind == "prep" else graph.follow_ups[seq]
        day = route.talks[key]
        minute, team = talk.choice(route.lead, graph.weights, day)
        people = talk.options.teams[team]
    start = graph.tables.instant(day, minute)
    keep = item.room_id if item is not None and item.start == start else None
    room = snug_room(graph.tables, visit, graph.tables.at(start), keep)
    end = appointment_end(visit, start)
    return Appointment(kind, seq, visit_name, start, end, room, dict(people))


def _dose_choice(graph: CourseGraph, state: State, seq: int) -> tuple[Day, int, People]:
    """The cheapest team with the state's nurse."""
    options = graph.doses[seq - 1].between(state.day, state.day)
    minute = int(graph.axes.minutes[state.start])
    column = int(np.searchsorted(options.minute, minute))
    nurse = graph.axes.nurses[state.nurse]
    prices = [
        price if team.get(RN) == nurse else np.inf
        for team, price in zip(options.teams, options.cost[:, column], strict=True)
    ]
    return state.day, minute, options.teams[int(np.argmin(prices))]


def snug_room(tables: Tables, visit: VisitType, start: int, keep: str | None = None) -> str:
    """A room that is free from that cell on: the kept one, else the one that loses least.

    Least is lost by a room of few kinds whose use before ends last, so that long free stretches
    and versatile rooms stay for others.
    """
    end = start + tables.cells(visit.minutes + visit.turnover_min)
    free = [
        (room.id != keep, len(room.kinds), _idle_cells(tables, row, start), row)
        for row, room in enumerate(tables.problem.rooms)
        if visit.room_kind in room.kinds and not tables.room_use[row, start:end].any()
    ]
    return tables.problem.rooms[min(free)[-1]].id


def _idle_cells(tables: Tables, row: int, start: int) -> int:
    """How long the room has been empty at that cell, at most a day."""
    before = tables.room_use[row, max(0, start - MINUTES_PER_DAY // tables.cell) : start]
    used = np.flatnonzero(before)
    return len(before) - int(used[-1]) if used.size else len(before) + 1
