"""Which starts still have a free room and free people, kept right while visits come and go.

A start is a cell. For each visit type one row says where a room is free for the whole stay, and a
row per person where they can serve all of it. Taking a visit or giving it back changes these rows
around that visit alone, so only those windows are worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from scheduling.planner.model import RN, VisitType

if TYPE_CHECKING:
    from scheduling.planner.tables import BoolArray, IntArray, Profile, Tables

Roles = tuple[str, ...]


def lasting(good: BoolArray, cells: int) -> BoolArray:
    """Per cell: whether so many cells from there on are all good (the last few fall away)."""
    known = 1
    while known < cells:
        step = min(known, cells - known)
        good = good[..., :-step] & good[..., step:]
        known += step
    return good


def load_profile(visit: VisitType, roles: Iterable[str]) -> Profile:
    """(from, to, load) in minutes: what one person carries who serves all these roles."""
    stretches: list[tuple[int, int, int]] = []
    roles, at = tuple(roles), 0
    for phase in visit.phases:
        end, load = at + phase.min, sum(phase.load.get(role, 0) for role in roles)
        if load and stretches and stretches[-1][1:] == (at, load):
            stretches[-1] = (stretches[-1][0], end, load)
        elif load:
            stretches.append((at, end, load))
        at = end
    return tuple(stretches)


@dataclass(frozen=True, slots=True)
class Team:
    """One person for each loaded role of a visit; who has several roles serves them together."""

    people: Mapping[str, str]
    rows: Mapping[str, int]
    """Role -> row of the person."""
    shares: tuple[tuple[Roles, int], ...]
    """(roles, row) per person."""

    @property
    def nurse(self) -> str | None:
        """Who of the team is the nurse."""
        return self.people.get(RN)


@dataclass(frozen=True, slots=True)
class Servers:
    """Those who can serve some roles of a visit together, and at which starts."""

    place: Mapping[int, int]
    """Row of a person -> row in `free`."""
    profile: Profile
    """In cells."""
    free: BoolArray


class Vacancy:
    """The free starts of every visit type, asked for once and then kept."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._teams: dict[str, tuple[Team, ...]] = {}
        self._rooms: dict[str, BoolArray] = {}
        self._servers: dict[tuple[str, Roles], Servers] = {}
        self._attended: dict[str, BoolArray] = {}

    # --- What is asked ---

    def teams(self, visit: str) -> tuple[Team, ...]:
        """Every way to give each loaded role of the visit one person."""
        if visit not in self._teams:
            roles = self.tables.problem.visits[visit].roles
            rows = product(*(self.tables.holders(role) for role in roles))
            self._teams[visit] = tuple(self._team(roles, row) for row in rows)
        return self._teams[visit]

    def _team(self, roles: Roles, rows: tuple[int, ...]) -> Team:
        staff, row_of = self.tables.problem.staff, dict(zip(roles, rows, strict=True))
        people = {role: staff[row].id for role, row in row_of.items()}
        shares = tuple(
            (tuple(role for role in roles if row_of[role] == row), row) for row in sorted(set(rows))
        )
        return Team(people, row_of, shares)

    def room(self, visit: str) -> BoolArray:
        """Per start: whether a room of the right kind is free until the turnover is done."""
        if visit not in self._rooms:
            free = lasting(
                self.tables.room_use[self.tables.rooms_for(visit)] == 0, self.tables.stay(visit)
            )
            self._rooms[visit] = self._padded(np.asarray(free.any(axis=0)))
        return self._rooms[visit]

    def attended(self, visit: str) -> BoolArray:
        """Per start: whether in every phase somebody of each required role is on site."""
        if visit not in self._attended:
            holds, at = np.ones(self.tables.size, bool), 0
            for phase in self.tables.problem.visits[visit].phases:
                cells = self.tables.cells(phase.min)
                for role in phase.presence:
                    there = self._padded(lasting(self.tables.attended(role), cells))
                    holds[: len(there) - at] &= there[at:]
                at += cells
            self._attended[visit] = holds
        return self._attended[visit]

    def team_free(self, visit: str, start: IntArray) -> BoolArray:
        """[team, start]: whether everybody of the team can serve the visit from there."""
        teams = self.teams(visit)
        if all(len(team.shares) == 1 for team in teams) and teams:
            servers = self.servers(visit, teams[0].shares[0][0])
            return servers.free[:, start]
        free = np.ones((len(teams), len(start)), bool)
        for team, row in zip(teams, free, strict=True):
            for roles, person in team.shares:
                servers = self.servers(visit, roles)
                row &= servers.free[servers.place[person], start]
        return free

    def servers(self, visit: str, roles: Roles) -> Servers:
        """Everybody who holds all these roles, and when they can serve them in the visit."""
        if (visit, roles) not in self._servers:
            rows = [
                row
                for row, person in enumerate(self.tables.problem.staff)
                if person.roles.issuperset(roles)
            ]
            profile = self.tables.profile(visit, roles)
            free = self._serving(np.array(rows, np.int64)[:, None], profile, slice(None))
            place = {row: number for number, row in enumerate(rows)}
            self._servers[visit, roles] = Servers(place, profile, self._padded(free))
        return self._servers[visit, roles]

    def _padded(self, free: BoolArray) -> BoolArray:
        """No start in the last cells, from which a visit would run past the table."""
        missing = self.tables.size - free.shape[-1]
        return np.pad(free, [(0, 0)] * (free.ndim - 1) + [(0, missing)])

    def _serving(self, rows: IntArray, profile: Profile, cells: slice | IntArray) -> BoolArray:
        """At which of the cells the people of these rows could start; the last fall away."""
        tables = self.tables
        rows = rows[:, 0] if isinstance(cells, slice) else rows
        load, duty = tables.load[rows, cells], tables.on_duty[rows, cells]
        spare = tables.capacity[rows].reshape(-1, *[1] * (load.ndim - 1)) - load
        width = load.shape[-1] - max((end for _, end, _ in profile), default=1) + 1
        free = np.ones((*load.shape[:-1], width), bool)
        for begin, end, units in profile:
            able = lasting((spare >= units) & duty, end - begin)
            free &= able[..., begin : begin + width]
        return free

    # --- What changes ---

    def room_changed(self, visit: str, start: IntArray, rows: IntArray) -> None:
        """Rooms were taken or given back by visits of that type from these starts on."""
        kinds = {kind for row in set(rows.tolist()) for kind in self.tables.kinds(row)}
        for other, free in self._rooms.items():
            if self.tables.problem.visits[other].room_kind in kinds:
                stay = self.tables.stay(other)
                first, width = self._window(start, self.tables.stay(visit), stay)
                cells = self._cells(first, width + stay - 1)
                use = self.tables.room_use[self.tables.rooms_for(other)][:, cells]
                free[cells[:, :width]] = lasting(use == 0, stay).any(axis=0)

    def people_changed(self, visit: str, start: IntArray, rows: IntArray) -> None:
        """People were taken or given back by visits of that type from these starts on."""
        length = self.tables.length(visit)
        for servers in self._servers.values():
            known = np.array([row in servers.place for row in rows.tolist()], bool)
            if known.any():
                span = max((end for _, end, _ in servers.profile), default=1)
                first, width = self._window(start[known], length, span)
                cells = self._cells(first, width + span - 1)
                free = self._serving(rows[known, None], servers.profile, cells)
                place = np.array([servers.place[row] for row in rows[known].tolist()])
                servers.free[place[:, None], cells[:, :width]] = free

    def _window(self, start: IntArray, taken: int, span: int) -> tuple[IntArray, int]:
        """The first starts, and how many from there, whose span meets what was taken."""
        return start - span + 1, taken + span - 1

    def _cells(self, first: IntArray, width: int) -> IntArray:
        return (first[:, None] + np.arange(width)).clip(0, self.tables.size - 1)
