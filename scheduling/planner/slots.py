"""Moving one visit while the rest of its course stays: where it can go, and why not elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product

import numpy as np

from scheduling.planner.arrange import ranked_rooms
from scheduling.planner.check import key_of
from scheduling.planner.claims import Claims
from scheduling.planner.fixed import everyone_else, previous_of, standing
from scheduling.planner.model import Kind, Problem, VisitType, appointment_end
from scheduling.planner.options import Day, Options, free_options, with_disturbance
from scheduling.planner.rules import Key, Rule, Rulebook
from scheduling.planner.share import share_of_neighbours
from scheduling.planner.tables import Tables


@dataclass(frozen=True, slots=True)
class Slot:
    """A legal place for the visit, with the room and people that cost least."""

    start: datetime
    end: datetime
    room_id: str
    staff: Mapping[str, str]
    cost: int
    """The part of the objective in which this visit has a share."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that refuses a start; `role` where it is about people."""

    rule: Rule
    detail: str
    role: str | None = None


def visit_slots(problem: Problem, course_id: str, kind: Kind, seq: int) -> list[Slot]:
    """Every legal start of the visit while the course's others stay, the cheapest first."""
    move = _Move(problem, course_id, (kind, seq))
    tables = Tables(problem, [*everyone_else(problem, course_id), *move.others])
    options = move.options(tables)
    if options.none:
        return []
    cheapest = options.cost.min(axis=0)
    order = np.argsort(cheapest, kind="stable")
    numbers = order[np.isfinite(cheapest[order])]
    start = tables.midnight[options.day[numbers]] + options.minute[numbers] // tables.cell
    rooms = ranked_rooms(tables, move.name, start)
    return [
        _slot(tables, move, options, int(number), free)
        for number, free in zip(numbers, rooms, strict=True)
    ]


def _slot(
    tables: Tables, move: "_Move", options: Options, number: int, free: Sequence[int]
) -> Slot:
    """The slot in the room that the visit has, if it keeps its start, else in the snuggest."""
    team = int(options.cost[:, number].argmin())
    start = tables.instant(int(options.day[number]), int(options.minute[number]))
    room_ids = [tables.problem.rooms[room].id for room in free]
    keep = move.item.room_id if move.item is not None and move.item.start == start else ""
    return Slot(
        start=start,
        end=appointment_end(move.visit, start),
        room_id=keep if keep in room_ids else room_ids[0],
        staff=dict(options.teams[team].people),
        cost=int(options.cost[team, number]),
    )


def why_not(
    problem: Problem, course_id: str, kind: Kind, seq: int, start: datetime
) -> list[Refusal]:
    """Each rule that refuses the visit that start; empty where `visit_slots` offers it."""
    move = _Move(problem, course_id, (kind, seq))
    claims = Claims(move.book, [*everyone_else(problem, course_id), *move.others])
    refusals = [Refusal(Rule.LOCKED, "is locked")] if move.locked else []
    for rule, detail in move.book.time_faults(move.key, move.visit, start):
        refusals.append(Refusal(rule, detail))
    refusals += move.tied_refusals(move.book.wall.day(start))
    if all(list(claims.room_faults(move.visit, start, room.id)) for room in problem.rooms):
        refusals.append(Refusal(Rule.ROOM, f"no {move.visit.room_kind} room is free"))
    return refusals + _people_refusals(claims, move.visit, start)


def _people_refusals(claims: Claims, visit: VisitType, start: datetime) -> list[Refusal]:
    """The roles for which nobody is free; all of them where the free ones do not add up."""
    holders = [
        [person.id for person in claims.problem.staff if role in person.roles]
        for role in visit.roles
    ]
    teams = [dict(zip(visit.roles, people, strict=True)) for people in product(*holders)]
    if any(not list(claims.team_faults(visit, start, team)) for team in teams):
        return []
    short = [
        role
        for role, people in zip(visit.roles, holders, strict=True)
        if not any(_alone_fits(claims, visit, start, role, person) for person in people)
    ]
    return [
        Refusal(Rule.STAFF_ROLE, f"no {role} is free throughout", role)
        for role in short or visit.roles
    ]


def _alone_fits(claims: Claims, visit: VisitType, start: datetime, role: str, person: str) -> bool:
    faults = claims.team_faults(visit, start, {role: person})
    return all(faulty != role for faulty, _ in faults)


class _Move:
    """One visit taken out of a course that otherwise stays as it stands."""

    def __init__(self, problem: Problem, course_id: str, key: Key) -> None:
        self.problem, self.key = problem, key
        self.course = problem.course(course_id)
        self.book = Rulebook(problem, self.course)
        visits = {(kind, seq): name for kind, seq, name in self.book.protocol.chain}
        self.name = visits[key]
        self.visit = problem.visits[self.name]
        self.item = previous_of(self.course).get(key)
        self.locked = key in self.book.locked
        self.others = [a for a in standing(problem, self.course) if key_of(a) != key]
        self.days = {key_of(a): self.book.wall.day(a.start) for a in self.others}

    def tied_refusals(self, day: date) -> list[Refusal]:
        """What the other visits of the course have against the day."""
        faults = self.book.tied_faults({**self.days, self.key: day})
        return [Refusal(rule, detail) for rule, detail, keys in faults if self.key in keys]

    def legal_days(self, tables: Tables) -> list[Day]:
        """The days that the course allows, whatever rooms and people."""
        days = [] if self.locked else list(range(tables.days))
        if self.key == ("dosing", 1):
            days = days[: max(0, tables.day_of(self.course.latest_first) + 1)]
        return [day for day in days if not self.tied_refusals(tables.date_of(day))]

    def options(self, tables: Tables) -> Options:
        """Every legal start with every team, priced by the visit's share of the objective."""
        days = self.legal_days(tables) or [-1]
        options = free_options(tables, self.course, self.name, days[0], days[-1])
        if self.item is not None:
            options = with_disturbance(options, self.item, tables)
        tied = share_of_neighbours(tables, self.course, self.key, self.others, options)
        legal = np.isin(options.day, days)
        return replace(options, cost=np.where(legal, options.cost + tied, np.inf))
