"""Sums over stretches of time: loads, peaks, what is left."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.loads import Carried, less, load_steps, peak, percent, within, work

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(hours):
    return START + timedelta(hours=hours)


CARRIED = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(1, 4)).map(
        lambda drawn: Carried(at(drawn[0]), at(drawn[0] + drawn[1]), drawn[2])
    ),
    max_size=8,
)


@given(CARRIED)
def test_steps_hold_the_same_work_and_never_overlap(carried):
    steps = load_steps(carried)
    assert work(steps) == work(carried)
    for hour in range(20):
        load = sum(one.load for one in carried if one.starts_at <= at(hour) < one.ends_at)
        found = [step.load for step in steps if step.starts_at <= at(hour) < step.ends_at]
        assert found == ([load] if load else [])
    assert peak(steps) == max((step.load for step in steps), default=0)


def test_neighbours_of_one_load_are_one_step():
    steps = load_steps([Carried(at(0), at(1), 2), Carried(at(1), at(3), 2)])
    assert [(step.starts_at, step.ends_at, step.load) for step in steps] == [(at(0), at(3), 2)]


@pytest.mark.parametrize(
    ("away", "left"),
    [
        ([], [(0, 8)]),
        ([(2, 3)], [(0, 2), (3, 8)]),
        ([(-1, 2), (6, 9)], [(2, 6)]),
        ([(0, 8)], []),
        ([(9, 10)], [(0, 8)]),
    ],
)
def test_what_is_left_beside_absences(away, left):
    found = less((at(0), at(8)), [(at(begins), at(ends)) for begins, ends in away])
    assert found == [(at(begins), at(ends)) for begins, ends in left]


def test_shares_are_of_what_there_is():
    hours = [(at(0), at(4)), (at(5), at(9))]
    assert within([(at(3), at(6))], hours) == timedelta(hours=2)
    assert percent(timedelta(hours=2), timedelta(hours=8)) == 25
    assert percent(timedelta(0), timedelta(0)) is None
