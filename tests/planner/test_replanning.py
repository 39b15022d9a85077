"""Planning a course again: what stood before, what is locked, and what others hold."""

from dataclasses import replace
from datetime import date, timedelta

from scheduling.planner import explain, violations
from scheduling.planner.model import Placed, Previous, Problem, Room
from tests.planner.clinics import (
    EVERY_DAY,
    MONDAY,
    as_previous,
    at,
    course,
    dose_days,
    infusions,
    nurse,
    plan,
    prescriber,
    problem,
    reason,
    span,
    with_clinic,
    with_course,
    with_talks,
)

THURSDAY = MONDAY + timedelta(days=3)


def again(base: Problem, locked: tuple[tuple[str, int], ...] = ()) -> Problem:
    """The problem after its plan was accepted."""
    return with_course(base, previous=as_previous(plan(base), locked))


def test_an_unchanged_world_changes_nothing() -> None:
    base = again(problem(with_talks(3)))
    before = plan(with_course(base, previous=()))
    assert plan(base) == before
    assert plan(base).cost.disturbance == 0


def test_the_room_is_kept_though_changing_it_would_be_free() -> None:
    rooms = (*problem().rooms, Room("iv0", frozenset({"iv"})))
    base = again(problem(infusions(1)))
    assert plan(replace(base, rooms=rooms[::-1])).appointments[0].room_id == "iv1"


def test_leave_of_the_nurse_swaps_her_rather_than_moving_the_patient() -> None:
    away = nurse("rn1", leave=((at(THURSDAY, 4), at(THURSDAY, 20)),))
    base = again(problem(infusions(2)))
    changed = replace(base, staff=(away, nurse("rn2"), prescriber()))
    placed = plan(changed)
    assert [item.staff["rn"] for item in placed.appointments] == ["rn1", "rn2"]
    assert placed.cost.disturbance == base.weights.swapped
    assert placed.cost.nurse_changes == base.weights.rn_change


def test_another_hour_is_cheaper_than_another_day() -> None:
    base = again(problem(infusions(1)))
    late = replace(
        base, staff=(nurse(shifts={0: ((10 * 60, 12 * 60),), 1: EVERY_DAY[1]}), prescriber())
    )
    placed = plan(late)
    assert dose_days(placed) == [MONDAY]
    assert placed.cost.disturbance == base.weights.moved_time
    assert explain(late, "k1", placed).visits_moved == 1


def test_what_is_locked_is_not_explained() -> None:
    protocol = infusions(3, gap=(2, 4), target2=8)
    done = tuple(
        Previous("dosing", seq, at(MONDAY + timedelta(days=day), 9), "iv1", {"rn": who}, True)
        for seq, day, who in ((1, 1, "rn8"), (2, 3, "rn9"))
    )
    never = {"preferred": {}, "previous": done}
    base = with_course(problem(protocol), **never)
    told = explain(base, "k1", plan(base))
    assert (told.visits_kept, told.days_after_earliest) == (2, None)
    assert (told.visits_outside_preferred, told.gaps_off_target) == (1, 0)
    assert told.nurse_changes == 1
    fresh = with_course(base, previous=())
    assert explain(fresh, "k1", plan(base)).gaps_off_target == 1


def test_a_closure_moves_the_visit_to_another_day() -> None:
    base = with_clinic(again(problem(infusions(1))), closures=frozenset({MONDAY}))
    assert plan(base).cost.disturbance == base.weights.moved_day


def test_a_locked_visit_stays_though_its_room_is_blocked_and_its_nurse_gone() -> None:
    base = again(problem(infusions(2)), locked=(("dosing", 1),))
    blocked = replace(base.rooms[0], blocked=((at(MONDAY, 4), at(MONDAY, 20)),))
    changed = replace(base, rooms=(blocked,), staff=(nurse("rn2"), prescriber()))
    placed = plan(changed)
    first = placed.appointments[0]
    assert (first.start, first.room_id, first.staff["rn"]) == (at(MONDAY, 9), "iv1", "rn1")
    assert placed.appointments[1].staff["rn"] == "rn2"
    assert violations(changed, placed) == []


def test_a_locked_visit_may_lie_before_the_horizon_and_binds_the_gap() -> None:
    past = Previous("dosing", 1, at(date(2026, 1, 2), 9), "iv1", {"rn": "rn1"}, locked=True)
    base = with_course(problem(infusions(3, gap=(2, 4))), previous=(past,), earliest=MONDAY)
    placed = plan(base)
    assert dose_days(placed) == [date(2026, 1, 2), MONDAY, date(2026, 1, 8)]
    assert violations(base, placed) == []


def test_a_locked_first_dose_starts_the_span() -> None:
    past = Previous("dosing", 1, at(date(2026, 1, 2), 9), "iv1", {"rn": "rn1"}, locked=True)
    protocol = infusions(3, gap=(2, 4), target2=8, spans=(span(3, 6),))
    base = with_course(problem(protocol), previous=(past,))
    assert dose_days(plan(base))[-1] == date(2026, 1, 8)


def test_two_locked_doses_keep_a_gap_that_no_rule_allows() -> None:
    done = tuple(
        Previous("dosing", seq, at(MONDAY + timedelta(days=day), 9), "iv1", {"rn": "rn1"}, True)
        for seq, day in ((1, 0), (2, 9))
    )
    base = with_course(problem(infusions(3, spans=(span(2, 4),))), previous=done)
    placed = plan(base)
    assert dose_days(placed)[2] == MONDAY + timedelta(days=12)
    assert violations(base, placed) == []


def test_a_locked_middle_dose_bends_those_around_it() -> None:
    fixed = Previous("dosing", 2, at(MONDAY + timedelta(days=5), 11), "iv1", {"rn": "rn1"}, True)
    base = with_course(
        problem(infusions(3, gap=(2, 3))), previous=(fixed,), latest_first=date(2026, 1, 8)
    )
    placed = plan(base)
    assert dose_days(placed) == [MONDAY + timedelta(days=n) for n in (2, 5, 8)]
    assert {item.start.hour for item in placed.appointments} == {16}


def test_locked_talks_are_kept_with_their_doses() -> None:
    base = again(problem(with_talks(2)), locked=(("prep", 1), ("integration", 1)))
    closed = with_clinic(base, closures=frozenset({plan(base).appointments[0].start.date()}))
    placed = plan(closed)
    assert [a.start for a in placed.appointments] == [a.start for a in plan(base).appointments]


def test_a_locked_dose_too_far_away_leaves_no_plan() -> None:
    far = Previous("dosing", 2, at(date(2026, 2, 6), 9), "iv1", {"rn": "rn1"}, locked=True)
    base = with_course(problem(infusions(2)), previous=(far,))
    assert reason(with_course(base, latest_first=MONDAY)) == "START_WINDOW"


def test_other_courses_hold_what_they_had() -> None:
    one_hour = dict.fromkeys(range(7), ((9 * 60, 10 * 60),))
    base = with_clinic(problem(infusions(1)), hours=one_hour)
    held = as_previous(plan(base))
    other = course(id="k2", patient_id="p2", previous=held)
    placed = plan(replace(base, courses=(course(), other)))
    assert isinstance(placed, Placed)
    assert dose_days(placed) == [MONDAY + timedelta(days=1)]
