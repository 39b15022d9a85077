"""Working longer than the shift: what people could, and what a plan asks of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from scheduling.planner.model import Appointment, Dated, Problem, Staff
from scheduling.planner.tables import BoolArray, Tables, epoch_minute
from scheduling.planner.wall import MINUTES_PER_DAY, merged


def extended(problem: Problem, days: Collection[date], minutes: int, *, role: str) -> Problem:
    """The problem in which holders of the role may work so much longer on these dates."""
    staff = tuple(
        replace(person, dated={**person.dated, **_wider(person, days, minutes)})
        if role in person.roles
        else person
        for person in problem.staff
    )
    return replace(problem, staff=staff)


def _wider(person: Staff, days: Collection[date], minutes: int) -> Dated:
    usual = {on: person.dated.get(on, person.shifts.get(on.weekday(), ())) for on in days}
    return {
        on: merged(
            (max(0, starts - minutes), min(MINUTES_PER_DAY, ends + minutes))
            for starts, ends in merged(spans)
        )
        for on, spans in usual.items()
        if spans
    }


def minutes_longer(
    usual: Tables, wider: Tables, items: Iterable[Appointment]
) -> Mapping[tuple[str, date], tuple[int, int]]:
    """How many minutes before and after their shift these appointments take people, by date."""
    found: dict[tuple[str, date], tuple[int, int]] = {}
    if wider is usual:
        return found
    for item in items:
        start = (epoch_minute(item.start) - usual.origin) // usual.cell
        for role, person in item.staff.items():
            row = usual.staff_row[person]
            cells = loaded_cells(usual, item.visit, (role,), start)
            need = beyond(usual.on_duty[row], wider.on_duty[row], cells)
            if any(need):
                key = person, usual.wall.day(item.start)
                before, after = found.get(key, (0, 0))
                found[key] = (
                    max(before, need[0] * usual.cell),
                    max(after, need[1] * usual.cell),
                )
    return found


def loaded_cells(tables: Tables, visit: str, roles: tuple[str, ...], start: int) -> np.ndarray:
    """The cells in which a visit from that start on loads whoever serves these roles."""
    spans: Iterator[np.ndarray] = (
        np.arange(start + begin, start + end) for begin, end, _ in tables.profile(visit, roles)
    )
    return np.concatenate([np.zeros(0, np.int64), *spans])


def beyond(usual: BoolArray, wider: BoolArray, cells: np.ndarray) -> tuple[int, int]:
    """How many cells before and after the usual duty somebody works to be there in these."""
    before = after = 0
    for cell in cells[~usual[cells] & wider[cells]].tolist():
        left, right = cell, cell
        while left >= 0 and wider[left] and not usual[left]:
            left -= 1
        while right < len(wider) and wider[right] and not usual[right]:
            right += 1
        if left >= 0 and usual[left]:
            after = max(after, cell - left)
        elif right < len(usual) and usual[right]:
            before = max(before, right - cell)
    return before, after
