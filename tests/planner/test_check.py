"""What a changed calendar breaks in a plan that was fine before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.planner import violations
from scheduling.planner.model import Appointment, Placed, Problem
from tests.planner.clinics import (
    EVERY_DAY,
    MONDAY,
    as_previous,
    at,
    booking,
    infusions,
    plan,
    prescriber,
    problem,
    span,
    therapist,
    with_clinic,
    with_course,
    with_talks,
)

BASE = problem(with_talks(3))
PLAN = plan(BASE)
DOSE_1 = next(item for item in PLAN.appointments if (item.kind, item.seq) == ("dosing", 1))
DAY_1 = MONDAY + timedelta(days=1)
ALL_DAY = ((at(DAY_1, 4), at(DAY_1, 20)),)


def rules(base: Problem, placed: Placed = PLAN) -> set[tuple[str | None, int | None, str]]:
    return {(v.kind, v.seq, v.rule.value) for v in violations(base, placed)}


def staff_with(**changes: object) -> Problem:
    return replace(BASE, staff=(replace(BASE.staff[0], **changes), *BASE.staff[1:]))


def test_a_fresh_plan_breaks_nothing() -> None:
    assert rules(BASE) == set()


CHANGES: dict[str, tuple[Callable[[], Problem], set[tuple[str | None, int | None, str]]]] = {
    "closure": (
        lambda: with_clinic(BASE, closures=frozenset({DAY_1})),
        {("dosing", 1, "CLOSURE")},
    ),
    "hours": (
        lambda: with_clinic(BASE, hours={**EVERY_DAY, 1: ((10 * 60, 12 * 60),)}),
        {("dosing", 1, "CLOSED_HOURS")},
    ),
    "horizon": (
        lambda: with_clinic(BASE, horizon=(DAY_1, DAY_1 + timedelta(days=30))),
        {("prep", 1, "HORIZON")},
    ),
    "leave": (lambda: staff_with(leave=ALL_DAY), {("dosing", 1, "STAFF_ROLE")}),
    "at another site": (lambda: staff_with(busy=ALL_DAY), {("dosing", 1, "STAFF_ROLE")}),
    "role": (
        lambda: staff_with(roles=frozenset({"clerk"})),
        {("dosing", seq, "STAFF_ROLE") for seq in (1, 2, 3)},
    ),
    "capacity": (
        lambda: staff_with(capacity=1),
        {("dosing", seq, "STAFF_ROLE") for seq in (1, 2, 3)},
    ),
    "presence": (
        lambda: replace(BASE, staff=(BASE.staff[0], prescriber(leave=ALL_DAY), BASE.staff[2])),
        {("dosing", 1, "PRESENCE")},
    ),
    "lead": (
        lambda: with_course(replace(BASE, staff=(*BASE.staff, therapist("t2"))), therapist_id="t2"),
        {(None, None, "LEAD")},
    ),
    "room blocked": (
        lambda: replace(BASE, rooms=(replace(BASE.rooms[0], blocked=ALL_DAY), BASE.rooms[1])),
        {("dosing", 1, "ROOM")},
    ),
    "room gone": (
        lambda: replace(BASE, rooms=(BASE.rooms[1],)),
        {("dosing", seq, "ROOM") for seq in (1, 2, 3)},
    ),
    "room taken": (
        lambda: replace(BASE, bookings=(booking("b", "iv", DOSE_1.start, "iv1", rn="rn9"),)),
        {("dosing", 1, "ROOM")},
    ),
    "nurse taken": (
        lambda: replace(BASE, bookings=(booking("b", "iv", DOSE_1.start, "iv9", rn="rn1"),)),
        {("dosing", 1, "STAFF_ROLE")},
    ),
    "patient window": (
        lambda: with_course(BASE, windows={**EVERY_DAY, 1: ((10 * 60, 12 * 60),)}),
        {("dosing", 1, "PATIENT_WINDOW")},
    ),
    "patient away": (
        lambda: with_course(BASE, unavailable=ALL_DAY),
        {("dosing", 1, "PATIENT_UNAVAILABLE")},
    ),
    "patient at another visit": (
        lambda: with_course(BASE, barred=ALL_DAY),
        {("dosing", 1, "BARRED")},
    ),
    "dose of another course": (
        lambda: with_course(BASE, barred_dosing=((at(MONDAY, 4), at(DAY_1, 20)),)),
        {("dosing", 1, "NEAR_OTHER_DOSE")},
    ),
    "later start": (lambda: with_course(BASE, earliest=DAY_1), {("prep", 1, "TOO_EARLY")}),
    "earlier deadline": (
        lambda: with_course(BASE, latest_first=MONDAY),
        {("dosing", 1, "TOO_LATE")},
    ),
    "gap": (
        lambda: replace(
            BASE, protocols={"P": replace(with_talks(3), dosing=infusions(3, (4, 5)).dosing)}
        ),
        {("dosing", 2, "GAP"), ("dosing", 3, "GAP")},
    ),
    "span": (
        lambda: replace(BASE, protocols={"P": replace(with_talks(3), spans=(span(3, 5),))}),
        {("dosing", 3, "SPAN")},
    ),
    "grid": (
        lambda: with_clinic(BASE, grid_min=7),
        {
            ("prep", 1, "GRID"),
            ("dosing", 1, "GRID"),
            ("integration", 1, "GRID"),
            ("dosing", 2, "GRID"),
            ("dosing", 3, "GRID"),
        },
    ),
    "protocol": (
        lambda: replace(BASE, protocols={"P": infusions(4)}),
        {
            ("prep", 1, "STRUCTURE"),
            ("integration", 1, "STRUCTURE"),
            ("dosing", 4, "STRUCTURE"),
        },
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_named_at_the_visit_that_it_breaks(name: str) -> None:
    change, broken = CHANGES[name]
    assert rules(change()) == broken


def moved(key: tuple[str, int], **to: object) -> Placed:
    items = (
        replace(item, **to) if (item.kind, item.seq) == key else item for item in PLAN.appointments
    )
    return replace(PLAN, appointments=tuple(items))


def shifted(item: Appointment, days: int) -> dict[str, object]:
    return {
        "start": item.start + timedelta(days=days),
        "end": item.end + timedelta(days=days),
    }


def test_two_visits_on_one_day_and_in_the_wrong_order() -> None:
    talk = next(item for item in PLAN.appointments if item.kind == "integration")
    assert rules(BASE, moved(("integration", 1), **shifted(talk, -1))) == {
        ("integration", 1, "PATIENT_BUSY"),
        ("integration", 1, "INTEGRATION_WINDOW"),
    }
    assert ("dosing", 2, "ORDER") in rules(BASE, moved(("integration", 1), **shifted(talk, 3)))


def test_a_preparation_outside_its_window() -> None:
    prep = PLAN.appointments[0]
    late = rules(BASE, moved(("prep", 1), **shifted(prep, 1)))
    assert late == {("dosing", 1, "PATIENT_BUSY"), ("dosing", 1, "PREP_WINDOW")}


def test_a_locked_visit_is_as_it_is_but_must_not_change() -> None:
    locked = with_course(BASE, previous=as_previous(PLAN, [("dosing", 1)]))
    assert rules(with_clinic(locked, closures=frozenset({DAY_1}))) == set()
    elsewhere = moved(("dosing", 1), room_id="iv2")
    assert rules(locked, elsewhere) == {("dosing", 1, "LOCKED")}
