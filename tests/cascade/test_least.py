"""The plan that meets a wish is legal, and no plan moves fewer of the other visits."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduling.cascade.least import Wish, least_change, moved_keys, place_at
from scheduling.cascade.ties import Grade, left_ties, loosened, worst
from scheduling.planner import violations
from scheduling.planner.fixed import previous_of
from scheduling.planner.model import Placed, Previous, Problem, Staff
from scheduling.planner.rules import Rule
from scheduling.planner.wall import Wall
from tests.planner.brute import Brute
from tests.planner.clinics import (
    EVERY_DAY,
    MONDAY,
    NEW_YORK,
    as_previous,
    at,
    clinic,
    course,
    dose_days,
    infusions,
    nurse,
    plan,
    prescriber,
    problem,
    span,
    therapist,
    with_course,
    with_talks,
)

DAY = timedelta(days=1)
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def booked(base: Problem) -> Problem:
    """The problem after its plan was accepted."""
    return with_course(base, previous=as_previous(plan(base)))


def starts(of: Problem) -> dict:
    return {key: item.start for key, item in previous_of(of.courses[0]).items()}


def changed(base: Problem, wish: Wish, fixed=frozenset()) -> Placed | None:
    slot = place_at(base, "k1", wish, fixed) if wish.start else None
    if wish.start and slot is None:
        return None
    return least_change(base, "k1", wish, fixed=fixed, slot=slot)


def days_of(placed_or_problem) -> dict:
    wall = Wall(NEW_YORK)
    if isinstance(placed_or_problem, Placed):
        return {(a.kind, a.seq): wall.day(a.start) for a in placed_or_problem.appointments}
    return {key: wall.day(start) for key, start in starts(placed_or_problem).items()}


def test_what_may_stay_stays_and_what_must_move_moves() -> None:
    base = booked(problem(infusions(3, gap=(2, 4))))
    first, second, _ = dose_days(plan(base))
    later = changed(base, Wish(("dosing", 2), at(second + DAY, 9)))
    assert later is not None
    assert moved_keys(base, "k1", later.appointments) == [("dosing", 2)]
    late = changed(base, Wish(("dosing", 1), at(first + 2 * DAY, 9)))
    assert late is not None
    assert moved_keys(base, "k1", late.appointments) == [("dosing", 1), ("dosing", 2)]


def test_a_cancelled_dose_is_planned_anew_from_the_day_after() -> None:
    base = booked(problem(with_talks(3)))
    day = days_of(base)["dosing", 2]
    placed = changed(base, Wish(("dosing", 2), not_before=day + DAY))
    assert placed is not None
    assert days_of(placed)["dosing", 2] > day
    assert days_of(placed)["dosing", 1] == days_of(base)["dosing", 1]
    assert not violations(with_course(base, previous=()), placed)


def test_what_breaks_a_rule_already_stays_where_it_is() -> None:
    base = booked(problem(infusions(3)))
    third = previous_of(base.courses[0])["dosing", 3]
    leave = ((third.start, third.start + timedelta(hours=2)),)
    away = replace(base, staff=(nurse(leave=leave), nurse("rn2"), prescriber(), therapist()))
    second = starts(base)["dosing", 2]
    placed = changed(away, Wish(("dosing", 2), second + timedelta(minutes=15)))
    assert placed is not None
    assert placed.appointments[2].staff == third.staff


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Problem, Wish]:
    """A small booked course with holes in the week, and a wish for one of its visits."""
    shift = dict.fromkeys(draw(st.sets(st.integers(0, 6), min_size=4)), ((540, 660),))
    base = problem(
        draw(st.sampled_from([infusions(3, gap=(1, 3)), with_talks(2), infusions(3, gap=(2, 3))])),
        clinic=clinic(grid_min=60, horizon=(MONDAY, MONDAY + 10 * DAY), hours=EVERY_DAY),
        staff=(Staff("rn1", frozenset({"rn"}), 2, shift), prescriber(), therapist()),
        courses=(course(latest_first=MONDAY + 4 * DAY),),
    )
    try:
        base = booked(base)
    except AssertionError:
        assume(False)
    key = draw(st.sampled_from(sorted(starts(base))))
    day = draw(st.integers(0, 9))
    if draw(st.booleans()):
        return base, Wish(key, at(MONDAY + day * DAY, draw(st.integers(9, 11))))
    return base, Wish(key, not_before=days_of(base)[key] + DAY)


@FEW
@given(wishes())
def test_no_plan_moves_fewer(drawn: tuple[Problem, Wish]) -> None:
    base, wish = drawn
    placed = changed(base, wish)
    slot = place_at(base, "k1", wish, ()) if wish.start else None
    assume(slot is not None or wish.start is None)
    fewest = _fewest_by_trying_all(base, wish, slot)
    assert (placed is None) == (fewest is None)
    if placed is not None:
        before = starts(base)
        moves = sum(
            a.start != before[a.kind, a.seq]
            for a in placed.appointments
            if (a.kind, a.seq) != wish.key
        )
        assert moves == fewest
        assert not violations(with_course(base, previous=()), placed)


def _fewest_by_trying_all(base: Problem, wish: Wish, slot) -> int | None:
    own = base.courses[0]
    chain = [(kind, seq) for kind, seq, _ in base.protocol_of(own).chain]
    earlier = set(chain[: chain.index(wish.key)]) if slot is None else set()
    kept = [
        replace(item, locked=(item.kind, item.seq) in earlier)
        for item in own.previous
        if (item.kind, item.seq) != wish.key
    ]
    if slot is not None:
        kept.append(Previous(*wish.key, slot.start, slot.room_id, slot.staff, locked=True))
    brute = Brute(with_course(base, previous=tuple(kept)))
    before, wall = starts(base), Wall(NEW_YORK)
    counts = [
        sum(a.start != before[a.kind, a.seq] for a in each if (a.kind, a.seq) != wish.key)
        for each in brute._plans((), {})
        if slot is not None
        or all(wall.day(a.start) >= wish.not_before for a in each if (a.kind, a.seq) == wish.key)
    ]
    return min(counts, default=None)


@pytest.mark.parametrize(
    ("gap", "hard", "grade"),
    [(4, 8, Grade.KEPT), (5, 8, Grade.AMBER), (9, 8, Grade.CLINICIAN), (9, None, Grade.AMBER),
     (1, 8, Grade.NEVER)],
)  # fmt: skip
def test_a_gap_past_the_soft_maximum_is_amber_past_the_hard_one_a_clinicians(
    gap: int, hard: int | None, grade: Grade
) -> None:
    base = problem(infusions(2, gap=(2, 4)))
    before = {("dosing", 1): MONDAY, ("dosing", 2): MONDAY + 3 * DAY}
    after = before | {("dosing", 2): MONDAY + gap * DAY}
    left = left_ties(base, "k1", before=before, after=after, hard={2: hard})
    assert worst(left) is grade
    assert [one.days for one in left] == ([gap] if grade else [])


def test_what_was_left_before_is_not_counted_again() -> None:
    base = problem(infusions(3, gap=(2, 4)))
    before = {("dosing", n): MONDAY + days * DAY for n, days in ((1, 0), (2, 6), (3, 9))}
    after = before | {("dosing", 3): MONDAY + 10 * DAY}
    assert left_ties(base, "k1", before=before, after=after, hard={}) == []


def test_only_the_far_sides_around_the_visit_are_loosened() -> None:
    base = problem(
        replace(with_talks(3), spans=(span(3, 8),)),
        clinic=clinic(horizon=(MONDAY, MONDAY + 60 * DAY)),
    )
    amber = loosened(base, "k1", ("dosing", 2), to=Grade.AMBER, hard={2: 8, 3: None})
    clinician = loosened(base, "k1", ("dosing", 2), to=Grade.CLINICIAN, hard={2: 8, 3: None})
    assert [dose.gap for dose in amber.protocols["P"].dosing] == [None, (2, 8), (2, 60)]
    assert [dose.gap for dose in clinician.protocols["P"].dosing] == [None, (2, 60), (2, 60)]
    assert amber.protocols["P"].spans[0].max_days == 60
    assert amber.protocols["P"].prep == base.protocols["P"].prep
    assert amber.protocols["P"].integration == base.protocols["P"].integration


def test_order_is_never_left() -> None:
    base = problem(with_talks(2))
    before = {
        ("prep", 1): MONDAY,
        ("dosing", 1): MONDAY + DAY,
        ("integration", 1): MONDAY + 2 * DAY,
    }
    after = before | {("integration", 1): MONDAY}
    left = left_ties(base, "k1", before=before, after=after, hard={})
    assert {one.rule for one in left} >= {Rule.PATIENT_BUSY, Rule.ORDER}
    assert worst(left) is Grade.NEVER
