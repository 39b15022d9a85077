"""Moving one visit: what the desk is offered, and what it is told."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from scheduling.planner import violations, visit_slots, why_not
from scheduling.planner.cost import cost_of
from scheduling.planner.model import Kind, Problem, Room
from scheduling.planner.rules import dates_between
from tests.planner.clinics import (
    EVERY_DAY,
    MONDAY,
    TALK,
    as_previous,
    at,
    booking,
    infusions,
    nurse,
    plan,
    problem,
    span,
    with_clinic,
    with_course,
    with_talks,
)

FRESH = problem(with_talks(3))
PLAN = plan(FRESH)
BASE = with_course(FRESH, previous=as_previous(PLAN))
DAY = {(item.kind, item.seq): item.start.date() for item in PLAN.appointments}
SECOND = DAY["dosing", 2]


def test_the_present_place_is_offered_first_and_keeps_its_room() -> None:
    rooms = (Room("iv0", frozenset({"iv"})), *BASE.rooms)
    best = visit_slots(replace(BASE, rooms=rooms), "k1", "dosing", 2)[0]
    now = next(item for item in PLAN.appointments if (item.kind, item.seq) == ("dosing", 2))
    assert (best.start, best.end, best.room_id, best.staff) == (
        now.start,
        now.end,
        now.room_id,
        now.staff,
    )


@pytest.mark.parametrize("key", DAY, ids=lambda key: f"{key[0]}{key[1]}")
def test_costs_differ_as_the_objective_does_and_every_slot_is_legal(key: tuple[str, int]) -> None:
    slots = visit_slots(BASE, "k1", *key)
    totals = []
    for slot in slots:
        moved = {
            "start": slot.start,
            "end": slot.end,
            "room_id": slot.room_id,
            "staff": slot.staff,
        }
        items = tuple(
            replace(a, **moved) if (a.kind, a.seq) == key else a for a in PLAN.appointments
        )
        assert violations(BASE, replace(PLAN, appointments=items)) == []
        totals.append(cost_of(BASE, "k1", items, PLAN.lead_therapist).total)
    assert len({total - slot.cost for total, slot in zip(totals, slots, strict=True)}) == 1
    assert totals == sorted(totals)


def test_a_locked_visit_has_no_slots_and_says_so() -> None:
    locked = with_course(BASE, previous=as_previous(PLAN, [("dosing", 2)]))
    assert visit_slots(locked, "k1", "dosing", 2) == []
    refused = why_not(locked, "k1", "dosing", 2, at(SECOND, 9))
    assert [refusal.rule for refusal in refused] == ["LOCKED"]


def test_a_missing_visit_is_offered_places_between_its_neighbours() -> None:
    without = tuple(p for p in BASE.courses[0].previous if (p.kind, p.seq) != ("dosing", 2))
    slots = visit_slots(with_course(BASE, previous=without), "k1", "dosing", 2)
    days = {slot.start.date() for slot in slots}
    assert days == {SECOND + timedelta(days=shift) for shift in (-1, 0, 1)}


BUSY = replace(BASE, bookings=(booking("b1", "iv", at(SECOND, 9), "iv9", rn="rn1"),))
REFUSALS: list[tuple[str, Problem, tuple[str, int], datetime]] = [
    ("CLOSED_HOURS", with_clinic(BASE, hours={**EVERY_DAY, 0: ()}), ("dosing", 2), at(SECOND, 7)),
    ("CLOSURE", with_clinic(BASE, closures=frozenset({SECOND})), ("dosing", 2), at(SECOND, 9)),
    ("HORIZON", BASE, ("prep", 1), at(MONDAY - timedelta(days=1), 9)),
    ("TOO_EARLY", BASE, ("prep", 1), at(MONDAY - timedelta(days=1), 9)),
    ("TOO_LATE", BASE, ("dosing", 1), at(date(2026, 1, 19), 9)),
    ("PATIENT_WINDOW", with_course(BASE, windows={}), ("dosing", 2), at(SECOND, 9)),
    (
        "PATIENT_UNAVAILABLE",
        with_course(BASE, unavailable=((at(SECOND, 8), at(SECOND, 20)),)),
        ("dosing", 2),
        at(SECOND, 9),
    ),
    (
        "BARRED",
        with_course(BASE, barred=((at(SECOND, 8), at(SECOND, 20)),)),
        ("dosing", 2),
        at(SECOND, 9),
    ),
    (
        "NEAR_OTHER_DOSE",
        with_course(BASE, barred_dosing=((at(SECOND, 8), at(SECOND, 20)),)),
        ("dosing", 2),
        at(SECOND, 9),
    ),
    ("PATIENT_BUSY", BASE, ("dosing", 2), at(DAY["integration", 1], 9)),
    ("ORDER", BASE, ("dosing", 2), at(DAY["prep", 1], 9)),
    ("GAP", BASE, ("dosing", 2), at(SECOND + timedelta(days=2), 9)),
    (
        "SPAN",
        replace(BASE, protocols={"P": replace(with_talks(3), spans=(span(3, 6),))}),
        ("dosing", 3),
        at(DAY["dosing", 3] + timedelta(days=1), 9),
    ),
    ("INTEGRATION_WINDOW", BASE, ("integration", 1), at(DAY["dosing", 1], 9)),
    ("PREP_WINDOW", BASE, ("dosing", 1), at(MONDAY + timedelta(days=9), 9)),
    ("ROOM", replace(BASE, rooms=BASE.rooms[1:]), ("dosing", 2), at(SECOND, 9)),
    ("STAFF_ROLE", BUSY, ("dosing", 2), at(SECOND, 9)),
    ("PRESENCE", replace(BASE, staff=BASE.staff[::2]), ("dosing", 2), at(SECOND, 9)),
    ("GRID", BASE, ("dosing", 2), at(SECOND, 9, 10)),
]


@pytest.mark.parametrize(
    ("rule", "base", "key", "start"), REFUSALS, ids=[refusal[0] for refusal in REFUSALS]
)
def test_each_rule_refuses_by_name(
    rule: str, base: Problem, key: tuple[str, int], start: datetime
) -> None:
    assert rule in [refusal.rule for refusal in why_not(base, "k1", *key, start)]


def test_a_refusal_for_want_of_people_names_the_role() -> None:
    refused = why_not(BUSY, "k1", "dosing", 2, at(SECOND, 9))
    assert [(refusal.rule, refusal.role) for refusal in refused] == [("STAFF_ROLE", "rn")]
    assert (
        why_not(replace(BUSY, staff=(*BUSY.staff, nurse("rn2"))), "k1", "dosing", 2, at(SECOND, 9))
        == []
    )


def test_one_person_for_two_roles_is_refused_where_the_loads_do_not_add_up() -> None:
    both = replace(TALK, phases=(replace(TALK.phases[0], load={"rn": 2, "therapist": 1}),))
    jack = nurse("jack", capacity=2, roles=frozenset({"rn", "therapist"}))
    base = problem(infusions(1), visits={"iv": replace(both, room_kind="iv")}, staff=(jack,))
    refused = why_not(base, "k1", "dosing", 1, at(MONDAY, 9))
    assert {refusal.role for refusal in refused} == {"rn", "therapist"}


@pytest.mark.parametrize("key", DAY, ids=lambda key: f"{key[0]}{key[1]}")
def test_the_dates_that_the_others_leave_hold_every_slot(key: tuple[Kind, int]) -> None:
    others = {other: day for other, day in DAY.items() if other != key}
    first, last = dates_between(BASE.protocols["P"], others, key)
    horizon = max(first, MONDAY), min(last, date(2026, 2, 8)) + timedelta(days=1)
    assert horizon[1] - horizon[0] < timedelta(days=10)
    narrow = with_clinic(BASE, horizon=horizon)
    assert visit_slots(narrow, "k1", *key) == visit_slots(BASE, "k1", *key) != []
