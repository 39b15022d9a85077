"""Planning all courses of a problem, and what the certificate says of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

from scheduling.planner import plan_course, plan_many
from scheduling.planner.model import Course, Placed, Plan, Problem, Unplaced
from tests.planner.clinics import (
    MONDAY,
    as_previous,
    clinic,
    course,
    infusions,
    plan,
    problem,
)

ONE_HOUR = dict.fromkeys(range(7), ((9 * 60, 10 * 60),))


def crowd(size: int, **more: object) -> tuple[Course, ...]:
    return tuple(course(id=f"k{n}", patient_id=f"p{n}", **more) for n in range(1, size + 1))


def one_a_day(size: int, days: int) -> Problem:
    """So many courses of one dose in a clinic that can give one a day."""
    last = MONDAY + timedelta(days=days - 1)
    return problem(
        infusions(1), clinic=clinic(hours=ONE_HOUR), courses=crowd(size, latest_first=last)
    )


def placed_ids(result: Plan) -> list[str]:
    return [course.course_id for course in result.courses if isinstance(course, Placed)]


def test_every_course_has_its_outcome_in_the_order_of_the_problem() -> None:
    result = plan_many(one_a_day(3, days=3))
    assert [course.course_id for course in result.courses] == ["k1", "k2", "k3"]
    assert placed_ids(result) == ["k1", "k2", "k3"]
    assert result.certificate.objective == (0 + 1 + 2) * 200


def test_who_finds_no_room_is_unplaced_for_capacity_and_counted() -> None:
    result = plan_many(one_a_day(3, days=2))
    unplaced = [course for course in result.courses if isinstance(course, Unplaced)]
    assert [course.reason for course in unplaced] == ["CAPACITY"]
    assert result.certificate.objective == 1_000_000 + 200


def test_high_priority_goes_first() -> None:
    base = one_a_day(2, days=1)
    urgent = replace(base.courses[1], priority=2)
    assert placed_ids(plan_many(replace(base, courses=(base.courses[0], urgent)))) == ["k2"]


def test_the_tighter_course_goes_first() -> None:
    base = one_a_day(2, days=2)
    tight = replace(base.courses[1], latest_first=MONDAY)
    assert placed_ids(plan_many(replace(base, courses=(base.courses[0], tight)))) == ["k1", "k2"]


def test_the_bound_is_what_each_would_cost_alone() -> None:
    base = one_a_day(3, days=3)
    assert plan_many(base, rounds=0).certificate.bound == 0
    certificate = plan_many(replace(base, courses=base.courses[:1])).certificate
    assert (certificate.bound, certificate.gap) == (certificate.objective, 0)


def test_balance_counts_the_courses_planned_before() -> None:
    soft = clinic(hours=ONE_HOUR, soft_dosing_per_day=dict.fromkeys(range(7), 0))
    result = plan_many(replace(one_a_day(2, days=2), clinic=soft))
    assert result.certificate.objective == 2 * 25 + 200
    costs = [course.cost.total for course in result.courses if isinstance(course, Placed)]
    assert sum(costs) == result.certificate.objective


def test_a_patient_is_never_planned_into_two_places_at_once() -> None:
    rooms = tuple(replace(problem().rooms[0], id=f"iv{n}") for n in (1, 2))
    staff = (*problem().staff, replace(problem().staff[0], id="rn2"))
    base = replace(one_a_day(2, days=1), rooms=rooms, staff=staff)
    assert placed_ids(plan_many(base)) == ["k1", "k2"]
    twice = tuple(replace(item, patient_id="same") for item in base.courses)
    assert len(placed_ids(plan_many(replace(base, courses=twice)))) == 1


def test_courses_that_need_no_change_keep_their_visits_while_others_are_planned() -> None:
    base = one_a_day(2, days=2)
    settled = replace(base.courses[1], previous=as_previous(plan(base)))
    result = plan_many(replace(base, courses=(base.courses[0], settled)))
    assert [c.cost.disturbance for c in result.courses if isinstance(c, Placed)] == [0, 0]


def test_a_course_that_finds_room_only_after_another_moved_is_placed_too() -> None:
    """k2 must leave its place; k1 came before it and wants just that place."""
    base = one_a_day(2, days=2)
    first = replace(base.courses[0], latest_first=MONDAY, priority=2)
    held = as_previous(plan(base))
    moving = replace(base.courses[1], previous=held, earliest=MONDAY + timedelta(days=1))
    assert placed_ids(plan_many(replace(base, courses=(first, moving)))) == ["k1", "k2"]


def ticking() -> Iterator[float]:
    return (float(second) for second in count())


def test_when_time_is_up_the_rest_is_reported_honestly() -> None:
    seconds = ticking()
    result = plan_many(one_a_day(6, days=6), seconds=3, clock=lambda: next(seconds))
    reasons = [course.reason for course in result.courses if isinstance(course, Unplaced)]
    assert placed_ids(result) == ["k1", "k2"]
    assert reasons == ["TIME_LIMIT"] * 4
    assert result.certificate.bound is None


def test_one_course_among_many_is_planned_as_alone_when_nobody_holds_anything() -> None:
    base = one_a_day(2, days=2)
    assert plan_course(base, "k2") == replace(plan(base), course_id="k2")
