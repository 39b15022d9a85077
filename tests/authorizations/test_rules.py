"""What authorisations cover, by the pure rules (DOMAIN 7; 8.60, 8.61)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from courses.authorizations.rules import (
    Gap,
    Grant,
    Spent,
    State,
    Use,
    devices,
    left,
    renewal_from,
    spread,
    state_on,
)

FIRST = date(2026, 1, 5)
DRUG = "esketamine"


def grant(**said: object) -> Grant:
    span = {"starts_on": FIRST, "ends_on": FIRST + timedelta(days=90)}
    return Grant(**{"key": "one", "course": "course", **span, **said})


def use(day: int, units: int | None = None, course: str = "course") -> Use:
    return Use(FIRST + timedelta(days=day), units, course, DRUG)


@pytest.mark.parametrize(("mg", "expected"), [("28", 1), ("56", 2), ("84", 3)])
def test_devices_are_milligrams_by_twenty_eight(mg: str, expected: int) -> None:
    assert devices(Decimal(mg), Decimal(28)) == expected


def test_8_61_twice_56_and_six_times_84_take_22_of_23_devices() -> None:
    amounts = [56, 56, 84, 84, 84, 84, 84, 84]
    uses = [use(3 * n, devices(Decimal(mg), Decimal(28))) for n, mg in enumerate(amounts)]
    found = spread([grant(units=23)], uses)
    assert found.spent["one"] == Spent(visits=8, units=22)
    assert found.gaps == [None] * 8
    assert left(23, 22) == 1
    more = spread([grant(units=23)], [*uses, use(30, 3)])
    assert more.gaps[-1] == Gap.NO_UNITS_LEFT


def test_8_60_a_visit_after_the_last_day_is_outside() -> None:
    one = grant(ends_on=FIRST + timedelta(days=14))
    assert spread([one], [use(14), use(15)]).gaps == [None, Gap.OUTSIDE_DATES]
    assert spread([one], [use(-1)]).gaps == [Gap.OUTSIDE_DATES]


def test_a_renewal_covers_what_comes_after() -> None:
    first = grant(key="first", ends_on=FIRST + timedelta(days=14), visits=4)
    renewed = grant(key="second", starts_on=FIRST + timedelta(days=10), visits=4)
    found = spread([renewed, first], [use(n) for n in (0, 3, 7, 10, 14, 17)])
    assert found.gaps == [None] * 6
    assert (found.spent["first"].visits, found.spent["second"].visits) == (4, 2)


def test_more_visits_than_granted_are_told_one_by_one() -> None:
    found = spread([grant(visits=2)], [use(0), use(3), use(7), use(10)])
    assert found.gaps == [None, None, Gap.NO_VISITS_LEFT, Gap.NO_VISITS_LEFT]
    assert left(2, found.spent["one"].visits) == 0


def test_an_authorisation_for_a_drug_is_for_every_course_of_it() -> None:
    one = grant(course=None, drug=DRUG, visits=2)
    assert spread([one], [use(0), use(3, course="other"), use(7)]).gaps == [
        None,
        None,
        Gap.NO_VISITS_LEFT,
    ]


def test_another_courses_authorisation_covers_nothing() -> None:
    assert spread([grant(course="other")], [use(0)]).gaps == [Gap.OUTSIDE_DATES]


def test_devices_of_an_unknown_amount_are_not_counted() -> None:
    assert spread([grant(units=2)], [use(0), use(3)]).gaps == [None, None]


@pytest.mark.parametrize(
    ("day", "spent", "expected"),
    [
        (-1, Spent(), State.COMING),
        (0, Spent(), State.CURRENT),
        (90, Spent(), State.CURRENT),
        (91, Spent(), State.OVER),
        (10, Spent(visits=8), State.USED_UP),
        (10, Spent(units=23), State.USED_UP),
    ],
)
def test_how_it_stands(day: int, spent: Spent, expected: State) -> None:
    one = grant(visits=8, units=23)
    assert state_on(FIRST + timedelta(days=day), one, spent) == expected
    assert state_on(FIRST, one, spent, is_ended=True) == State.ENDED


def test_renewal_is_due_thirty_days_before_the_end() -> None:
    assert renewal_from(date(2026, 3, 31), 30) == date(2026, 3, 1)
