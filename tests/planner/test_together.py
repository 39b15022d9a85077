"""The search over many courses, judged by trying every plan, and what it promises beside."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest

from scheduling.planner import Progress, plan_many, repair, violations
from scheduling.planner.many import beside
from scheduling.planner.model import Course, Placed, Plan, Problem, Room
from tests.planner.clinics import (
    EVERY_DAY,
    INFUSION,
    MONDAY,
    as_previous,
    at,
    clinic,
    course,
    infusions,
    nurse,
    prescriber,
    problem,
    therapist,
    with_talks,
)
from tests.planner.everything import Everything


def tiny(seed: int, size: int = 3) -> Problem:
    """A few courses of two doses who want the same mornings of one room."""
    rng = Random(seed)
    courses = tuple(_patient(rng, number) for number in range(size))
    soft = dict.fromkeys(range(7), rng.choice((0, 1, 9)))
    return problem(
        infusions(2, gap=(1, 2), target2=rng.choice((2, 3))),
        clinic=clinic(soft_dosing_per_day=soft, horizon=(MONDAY, MONDAY + timedelta(days=5))),
        courses=courses,
        staff=(nurse("rn1", 2), nurse("rn2", rng.choice((1, 2))), prescriber()),
    )


def _patient(rng: Random, number: int) -> Course:
    begin = rng.choice((9 * 60, 9 * 60 + 30))
    return course(
        id=f"k{number}",
        patient_id=f"p{number}",
        earliest=MONDAY + timedelta(days=rng.choice((0, 0, 1))),
        latest_first=MONDAY + timedelta(days=1),
        windows=dict.fromkeys(range(7), ((begin, begin + rng.choice((75, 90))),)),
        preferred=rng.choice((None, {0: EVERY_DAY[0]})),
    )


def crowded(size: int = 7) -> Problem:
    """Courses that get in each other's way when they are placed one after the other."""
    rng = Random(3)
    courses = tuple(
        replace(
            _patient(rng, number),
            latest_first=MONDAY + timedelta(days=rng.choice((5, 8, 11))),
            windows=EVERY_DAY,
        )
        for number in range(size)
    )
    rooms = (Room("iv1", frozenset({"iv"})), Room("th1", frozenset({"therapy"})))
    return problem(
        with_talks(3),
        rooms=rooms,
        staff=(nurse(), prescriber(), therapist("t1"), therapist("t2")),
        courses=courses,
    )


def assert_valid(base: Problem, plan: Plan) -> None:
    """Every course's plan keeps every rule beside the plans of all others."""
    plans = [one for one in plan.courses if isinstance(one, Placed)]
    for one in plans:
        others = [other for other in plans if other is not one]
        own = base.course(one.course_id)
        assert violations(beside(base, own, others), one) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_tiny_problem_is_planned_as_trying_every_plan_would(seed: int) -> None:
    base = tiny(seed)
    plan = plan_many(base, rounds=6)
    objective = plan.certificate.objective
    assert Everything(base).cheapest(than=objective) == objective
    assert plan.certificate.bound is not None
    assert plan.certificate.bound <= objective
    assert_valid(base, plan)


def test_the_search_betters_the_first_plan_and_proves_how_good_it_is() -> None:
    first, plan = plan_many(crowded(), rounds=0), plan_many(crowded(), rounds=1)
    assert plan.certificate.objective < first.certificate.objective
    assert first.certificate.bound is not None
    assert plan.certificate.bound is not None
    assert first.certificate.bound <= plan.certificate.bound <= plan.certificate.objective
    assert sum(one.cost.total for one in plan.courses if isinstance(one, Placed)) == (
        plan.certificate.objective
    )
    assert_valid(crowded(), plan)


def test_the_same_seed_gives_the_same_plan_in_one_process_or_two() -> None:
    plans = [plan_many(crowded(), rounds=1, seed=3, processes=n) for n in (1, 1, 2)]
    assert plans[0].courses == plans[1].courses == plans[2].courses
    assert len({plan.certificate.bound for plan in plans}) == 1


def test_it_tells_how_far_it_is_and_stops_when_told() -> None:
    told: list[Progress] = []
    plan = plan_many(crowded(), on_progress=told.append, cancelled=lambda: bool(told))
    assert [one.rounds for one in told] == [1]
    assert plan.certificate.objective == told[0].objective
    asked = count()
    early = plan_many(crowded(), cancelled=lambda: next(asked) > 40)
    assert early.certificate.objective >= told[0].objective
    assert_valid(crowded(), early)


def stood(base: Problem) -> Problem:
    """The same after its plan was accepted."""
    plans = [one for one in plan_many(base, rounds=3).courses if isinstance(one, Placed)]
    held = {one.course_id: as_previous(one) for one in plans}
    return replace(
        base, courses=tuple(replace(one, previous=held.get(one.id, ())) for one in base.courses)
    )


def test_a_repair_of_nothing_changes_nothing() -> None:
    base = stood(tiny(1))
    plan = repair(base, rounds=1)
    assert sum(one.cost.disturbance for one in plan.courses if isinstance(one, Placed)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_repair_disturbs_no_more_than_the_best_of_all_repairs(seed: int) -> None:
    base = stood(tiny(seed))
    day = MONDAY + timedelta(days=1)
    away = replace(base.staff[0], leave=((at(day, 4), at(day, 20)),))
    hit = replace(base, staff=(away, *base.staff[1:]))
    plan = repair(hit, rounds=6)
    objective = plan.certificate.objective
    assert Everything(hit).cheapest(than=objective) == objective
    assert_valid(hit, plan)


def test_a_visit_that_nothing_hit_gives_way_where_that_saves_another() -> None:
    """k0 can only come at nine, where k1 sits; k1 could as well come an hour later."""
    early = dict.fromkeys(range(7), ((9 * 60, 10 * 60),))
    base = problem(
        infusions(1),
        clinic=clinic(horizon=(MONDAY, MONDAY + timedelta(days=2))),
        visits={"iv": replace(INFUSION, turnover_min=0)},
        courses=(
            course(id="k0", patient_id="p0", windows=early, latest_first=MONDAY),
            course(id="k1", patient_id="p1", latest_first=MONDAY),
        ),
    )
    sits = as_previous(
        next(
            one
            for one in plan_many(replace(base, courses=base.courses[1:]), rounds=0).courses
            if isinstance(one, Placed)
        )
    )
    was = replace(sits[0], start=at(MONDAY + timedelta(days=1), 9))
    hit = replace(
        base,
        clinic=replace(base.clinic, closures=frozenset({MONDAY + timedelta(days=1)})),
        courses=(
            replace(base.courses[0], previous=(was,)),
            replace(base.courses[1], previous=sits),
        ),
    )
    plan = repair(hit, rounds=1)
    disturbed = [one.cost.disturbance for one in plan.courses if isinstance(one, Placed)]
    assert disturbed == [hit.weights.moved_day, hit.weights.moved_time]
