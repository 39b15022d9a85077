"""From a route through the graph to a draft: exact times, rooms and people; then to a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from scheduling.planner.cost import cost_terms
from scheduling.planner.course import CourseGraph, Key
from scheduling.planner.doses import State
from scheduling.planner.model import Appointment, Placed, Previous, appointment_end
from scheduling.planner.options import Day
from scheduling.planner.tables import IntArray, Seats, Tables
from scheduling.planner.vacancy import Roles, Team
from scheduling.planner.wall import MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Route:
    """A way through the graph: a state per dose, a day per talk."""

    cost: float
    lead: str | None
    doses: tuple[State, ...]
    talks: Mapping[Key, Day]


@dataclass(frozen=True, slots=True)
class Seat:
    """One visit of a draft: when, and with whom."""

    key: Key
    visit: str
    day: Day
    minute: int
    team: Team
    number: int
    """Of the team among those of the visit type."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan of one course in the terms of the tables; what is locked is not in it."""

    course_id: str
    lead: str | None
    seats: tuple[Seat, ...]
    cost: float
    """What the route cost where it was found, prices included."""
    own: int
    """O1 to O9 without O8: what it costs wherever it is put."""
    taken: tuple[Seats, ...]
    rooms: tuple[int, ...]
    """Per seat the row of its room."""


def draft(graph: CourseGraph, route: Route) -> Draft:
    """The draft that a route describes; of equally good people and rooms the first that fit."""
    seats = tuple(_seat(graph, route, (kind, seq), visit) for kind, seq, visit in graph.frame.open)
    kept = [_kept_room(graph, seat) for seat in seats]
    rooms = snug_rooms(graph.tables, seats, kept)
    taken = tuple(_taken(graph.tables, seats, rooms))
    own = round(route.cost - charges(graph.tables, seats))
    return Draft(graph.course.id, route.lead, seats, route.cost, own, taken, tuple(rooms))


def _seat(graph: CourseGraph, route: Route, key: Key, visit: str) -> Seat:
    kind, seq = key
    if kind == "dosing":
        state = route.doses[seq - 1]
        minute = int(graph.axes.minutes[state.start])
        options, number = graph.doses[seq - 1], _dose_team(graph, state, seq, minute)
        return Seat(key, visit, state.day, minute, options.teams[number], number)
    talk = graph.preps[seq - 1] if kind == "prep" else graph.follow_ups[seq]
    day = route.talks[key]
    minute, team = talk.choice(route.lead, graph.weights, day)
    return Seat(key, visit, day, minute, talk.options.teams[team], team)


def _dose_team(graph: CourseGraph, state: State, seq: int, minute: int) -> int:
    """The cheapest team with the state's nurse."""
    options, nurse = graph.doses[seq - 1], graph.axes.nurses[state.nurse]
    first, last = options.day.searchsorted([state.day, state.day + 1])
    column = first + options.minute[first:last].searchsorted(minute)
    prices = options.cost[:, column].tolist()
    return min(
        (price, number)
        for number, (team, price) in enumerate(zip(options.teams, prices, strict=True))
        if team.nurse == nurse
    )[1]


def _kept_room(graph: CourseGraph, seat: Seat) -> int | None:
    """The room that the visit had, where its start has not changed."""
    item = graph.frame.earlier.get(seat.key)
    if item is None or item.start != graph.tables.instant(seat.day, seat.minute):
        return None
    return graph.tables.room_row.get(item.room_id)


def snug_rooms(tables: Tables, seats: Sequence[Seat], kept: Sequence[int | None]) -> list[int]:
    """Per seat a room that is free: the kept one, else the one that loses least.

    Least is lost by a room of few kinds whose use before ends last, so that long free stretches
    and versatile rooms stay for others.
    """
    rooms = [0] * len(seats)
    for visit in dict.fromkeys(seat.visit for seat in seats):
        numbers = [number for number, seat in enumerate(seats) if seat.visit == visit]
        start = starts_of(tables, [seats[number] for number in numbers])
        for number, choice in zip(numbers, ranked_rooms(tables, visit, start), strict=True):
            keep = kept[number]
            rooms[number] = keep if keep in choice else choice[0]
    return rooms


def ranked_rooms(tables: Tables, visit: str, start: IntArray) -> list[list[int]]:
    """Per start the rooms that are free for the visit, the snuggest first."""
    rows = tables.rooms_for(visit)
    stay, day = tables.stay(visit), MINUTES_PER_DAY // tables.cell
    here = start[:, None] + np.arange(stay)
    before = (start[:, None] - 1 - np.arange(day)).clip(0)
    free = ~tables.room_use[rows[:, None, None], here].any(axis=2)
    used = tables.room_use[rows[:, None, None], before] > 0
    idle = np.where(used.any(axis=2), used.argmax(axis=2), day + 1)
    kinds = np.array([len(tables.kinds(row)) for row in rows])[:, None]
    rank = np.where(free, kinds * (day + 2) + idle, np.iinfo(np.int64).max)
    order = rank.argsort(axis=0, kind="stable")
    count = free.sum(axis=0)
    return [rows[order[: count[n], n]].tolist() for n in range(len(start))]


def charges(tables: Tables, seats: Sequence[Seat]) -> float:
    """The part of a route's cost that depends on what else is in the tables, or on prices."""
    total = 0.0
    for visit in dict.fromkeys(seat.visit for seat in seats):
        alike = [seat for seat in seats if seat.visit == visit]
        days = np.array([seat.day for seat in alike])
        charge = tables.charge(visit, days, starts_of(tables, alike))
        numbers = np.array([seat.number for seat in alike]) % len(charge)
        total += float(charge[numbers, np.arange(len(alike)) % charge.shape[1]].sum())
    return total


def starts_of(tables: Tables, seats: Sequence[Seat]) -> IntArray:
    """The cells in which the visits start."""
    days = np.array([seat.day for seat in seats], np.int64)
    minutes = np.array([seat.minute for seat in seats], np.int64)
    return tables.midnight[days] + minutes // tables.cell


def _taken(tables: Tables, seats: Sequence[Seat], rooms: Sequence[int]) -> list[Seats]:
    """What the seats take, by visit type."""
    taken = []
    for visit in dict.fromkeys(seat.visit for seat in seats):
        numbers = [number for number, seat in enumerate(seats) if seat.visit == visit]
        start = starts_of(tables, [seats[number] for number in numbers])
        served: dict[Roles, list[tuple[int, int]]] = {}
        for number, at in zip(numbers, start.tolist(), strict=True):
            for roles, row in seats[number].team.shares:
                served.setdefault(roles, []).append((at, row))
        people = tuple(
            (roles, *np.array(pairs, np.int64).T.copy()) for roles, pairs in served.items()
        )
        room_rows = np.array([rooms[number] for number in numbers], np.int64)
        taken.append(Seats(visit, start, room_rows, people))
    return taken


def rehoused(tables: Tables, draft: Draft) -> Draft | None:
    """The same visits in rooms that are free; None when a room or a person is not."""
    for part in draft.taken:
        if not tables.vacancy.room(part.visit)[part.start].all():
            return None
        for roles, start, rows in part.people:
            servers = tables.vacancy.servers(part.visit, roles)
            place = [servers.place[row] for row in rows.tolist()]
            if not servers.free[place, start].all():
                return None
    rooms = snug_rooms(tables, draft.seats, draft.rooms)
    taken = tuple(_taken(tables, draft.seats, rooms))
    return replace(draft, taken=taken, rooms=tuple(rooms))


def placed(tables: Tables, draft: Draft, dosing: Mapping[date, int]) -> Placed:
    """The plan that a draft stands for, priced beside so many dosing visits of others."""
    problem = tables.problem
    course = problem.course(draft.course_id)
    visits = {seat.key: (seat, room) for seat, room in zip(draft.seats, draft.rooms, strict=True)}
    earlier = {(item.kind, item.seq): item for item in course.previous}
    appointments = tuple(
        _appointment(tables, *visits[kind, seq])
        if (kind, seq) in visits
        else _as_before(tables, earlier[kind, seq], visit)
        for kind, seq, visit in problem.protocol_of(course).chain
    )
    cost = cost_terms(problem, course, appointments, draft.lead, dosing)
    return Placed(course.id, draft.lead, appointments, cost)


def _appointment(tables: Tables, seat: Seat, room: int) -> Appointment:
    visit = tables.problem.visits[seat.visit]
    start = tables.instant(seat.day, seat.minute)
    end, room_id = appointment_end(visit, start), tables.problem.rooms[room].id
    return Appointment(*seat.key, seat.visit, start, end, room_id, dict(seat.team.people))


def _as_before(tables: Tables, item: Previous, visit: str) -> Appointment:
    end = appointment_end(tables.problem.visits[visit], item.start)
    return Appointment(item.kind, item.seq, visit, item.start, end, item.room_id, item.staff)
