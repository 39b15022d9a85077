"""How many courses could start: numbers that can be checked by hand, and by trying everything."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

from scheduling.capacity.starting import Limit, starts, week_figures
from scheduling.planner.model import (
    Booking,
    Clinic,
    Course,
    DoseRule,
    Phase,
    PrepRule,
    Problem,
    Protocol,
    Room,
    Staff,
    VisitType,
)

MONDAY = date(2026, 1, 5)
WEEKDAYS = range(5)
ALL_WEEK = dict.fromkeys(range(7), ((0, 24 * 60),))


def hours(start: int, end: int) -> dict[int, tuple[tuple[int, int], ...]]:
    return dict.fromkeys(WEEKDAYS, ((start * 60, end * 60),))


INFUSION = VisitType(
    dosing=True,
    room_kind="chair",
    turnover_min=0,
    phases=(
        Phase("infusion", 60, {"rn": 2}, ("prescriber",)),
        Phase("observation", 60, {"rn": 1}),
    ),
)
TALK = VisitType(False, "office", 0, (Phase("talk", 60, {"therapist": 1}),))


def one_dose(*, chairs: int = 1, nurse: int = 2, prescriber: tuple[int, int] = (8, 12)) -> Problem:
    """A clinic that is open from 8 to 12 for courses of one dose of two hours, on one Monday."""
    return Problem(
        id="tiny",
        clinic=Clinic("tiny", "UTC", 60, (MONDAY, MONDAY + timedelta(days=1)), hours(8, 12)),
        rooms=tuple(Room(f"chair-{n}", frozenset({"chair"})) for n in range(chairs)),
        staff=(
            Staff("nurse", frozenset({"rn"}), nurse, hours(8, 12)),
            Staff("prescriber", frozenset({"prescriber"}), 1, hours(*prescriber)),
        ),
        visits={"infusion": INFUSION},
        protocols={"one": Protocol(dosing=(DoseRule("infusion"),))},
        courses=(Course("new", "nobody", "one", MONDAY, MONDAY, ALL_WEEK),),
    )


def figures(problem: Problem, *, most: int = 9):
    return week_figures(problem, most=most, tell=lambda: None)


# Four hours, two per course: one chair takes two courses. A nurse of capacity 2 begins an infusion
# (load 2) only when no other patient is observed (load 1): at 8 and at 10.
BY_HAND = {
    "one chair": (one_dose(nurse=9), 2, {"CHAIRS": 9, "NURSES": 2, "PRESCRIBER": 2}, 2, 4),
    "one nurse": (one_dose(chairs=4), 2, {"CHAIRS": 2, "NURSES": 8, "PRESCRIBER": 2}, 4, 2),
    "a prescriber for an hour": (
        one_dose(nurse=9, prescriber=(8, 9)), 1, {"CHAIRS": 4, "NURSES": 1, "PRESCRIBER": 2}, 1, 2
    ),
}  # fmt: skip


def test_mornings_counted_by_hand() -> None:
    for case, (problem, count, alone, with_nurse, with_chair) in BY_HAND.items():
        found = figures(problem)
        assert (found.count, found.alone, found.together) == (count, alone, None), case
        more = (found.with_nurse, found.nurse_id, found.with_chair)
        assert more == (with_nurse, "nurse", with_chair), case


def test_where_no_single_limit_is_the_bottleneck_all_together_are_tried() -> None:
    found = figures(one_dose())
    assert (found.count, set(found.alone.values()), found.together) == (2, {2}, 9)


def test_counting_ends_at_the_most_that_is_asked_for() -> None:
    found = figures(one_dose(chairs=4, nurse=9), most=3)
    assert (found.count, found.is_capped, found.alone) == (3, True, {})


def test_what_is_booked_is_in_the_way_and_whose_nurse_is_copied() -> None:
    idle = Staff("idle", frozenset({"rn"}), 2, hours(8, 12))
    at_ten = datetime.combine(MONDAY, datetime.min.time(), UTC) + timedelta(hours=10)
    booked = Booking("b", "infusion", at_ten, "chair-0", {"rn": "nurse"})
    clinic = one_dose()
    found = figures(replace(clinic, staff=(idle, *clinic.staff), bookings=(booked,)))
    assert (found.count, found.nurse_id, found.with_chair) == (1, "nurse", 3)


def most_by_trying(chairs: int, capacity: int) -> int:
    """The most courses of `one_dose`, over every way to begin some at 8, 9 and 10."""
    best = 0
    for at in product(range(9), repeat=3):
        infusing, observed = (*at, 0), (0, *at)
        hours_ = list(zip(infusing, observed, strict=True))
        if all(2 * a + b <= capacity and a + b <= chairs for a, b in hours_):
            best = max(best, sum(at))
    return best


def test_one_after_the_other_comes_to_as_many_as_the_best_of_all_ways() -> None:
    for chairs, capacity in product(range(1, 5), range(1, 9)):
        found = starts(one_dose(chairs=chairs, nurse=capacity), most=9, tell=lambda: None)
        assert found == most_by_trying(chairs, capacity), (chairs, capacity)


def test_talks_are_held_back_by_therapists_or_rooms_for_talks() -> None:
    """Preparation the day before: one therapist and one office give four hours of talks."""
    clinic = one_dose(chairs=9, nurse=99)
    course = replace(clinic.courses[0], latest_first=MONDAY + timedelta(days=1))
    protocol = replace(clinic.protocols["one"], prep=(PrepRule("talk", (1, 1)),))
    therapist = Staff("therapist", frozenset({"therapist"}), 1, hours(8, 12))
    found = figures(
        replace(
            clinic,
            clinic=replace(clinic.clinic, horizon=(MONDAY, MONDAY + timedelta(days=2))),
            rooms=(*clinic.rooms, *(Room(f"office-{n}", frozenset({"office"})) for n in range(2))),
            staff=(*clinic.staff, therapist),
            visits={"infusion": INFUSION, "talk": TALK},
            protocols={"one": protocol},
            courses=(course,),
        ),
        most=12,
    )
    assert found.count == 4
    assert {limit: n for limit, n in found.alone.items() if n > 4} == {Limit.THERAPISTS: 8}
