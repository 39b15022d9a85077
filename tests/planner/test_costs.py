"""Each term of the objective, each hard rule of the path, and the reasons, on tiny problems."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduling.planner import explain, violations
from scheduling.planner.model import (
    Booking,
    IntegrationRule,
    Phase,
    PrepRule,
    Room,
    Staff,
    VisitType,
    Weights,
)
from tests.planner.clinics import (
    EVERY_DAY,
    MONDAY,
    TALK,
    at,
    booking,
    course,
    dose_days,
    infusions,
    nurse,
    plan,
    prescriber,
    problem,
    reason,
    span,
    therapist,
    with_clinic,
    with_course,
    with_talks,
)

TOGETHER = Phase("both", 60, {"rn": 2, "therapist": 1})


def jack(capacity: int) -> Staff:
    """Somebody of all trades."""
    return Staff("jack", frozenset({"rn", "therapist"}), capacity, EVERY_DAY)


def days_after_monday(base_days: list[date]) -> list[int]:
    return [(day - MONDAY).days for day in base_days]


def test_an_empty_clinic_costs_nothing() -> None:
    base = problem(infusions(3))
    placed = plan(base)
    assert placed.cost.total == 0
    assert placed.lead_therapist is None
    assert days_after_monday(dose_days(placed)) == [0, 3, 6]


def test_a_later_start_costs_by_the_day() -> None:
    base = with_clinic(problem(), closures=frozenset({MONDAY, MONDAY + timedelta(days=1)}))
    assert plan(base).cost.start_day == 2 * base.weights.start_day


def test_a_gap_off_its_target_costs_by_half_days() -> None:
    base = with_clinic(problem(), closures=frozenset({MONDAY + timedelta(days=3)}))
    placed = plan(base)
    assert placed.cost.gaps == 2 * base.weights.gap_halfday
    assert explain(base, "k1", placed).gaps_off_target == 1


def test_a_half_day_target_is_met_by_either_neighbour() -> None:
    base = problem(infusions(2, target2=7))
    placed = plan(base)
    assert placed.cost.gaps == base.weights.gap_halfday
    assert explain(base, "k1", placed).gaps_off_target == 0


def test_visits_outside_the_preferred_times_cost_each() -> None:
    base = with_course(problem(), preferred={0: EVERY_DAY[0]})
    placed = plan(base)
    assert placed.cost.preference == base.weights.pref
    assert explain(base, "k1", placed).visits_outside_preferred == 1


def test_a_change_of_nurse_is_avoided_where_time_allows_and_paid_where_not() -> None:
    mornings = dict.fromkeys(range(7), ((9 * 60, 10 * 60),))
    staff = (
        nurse("early", shifts={0: mornings[0]}),
        nurse("late", shifts={3: mornings[3]}),
        prescriber(),
    )
    placed = plan(problem(staff=staff))
    assert placed.cost.nurse_changes == Weights().rn_change
    assert [a.staff["rn"] for a in placed.appointments] == ["early", "late"]
    assert plan(problem(staff=(*staff, nurse("always")))).cost.nurse_changes == 0


def test_another_time_of_day_costs_per_five_minutes() -> None:
    thursday = MONDAY + timedelta(days=3)
    base = with_course(
        problem(),
        windows={0: ((9 * 60, 10 * 60),), 3: ((10 * 60, 11 * 60),)},
    )
    placed = plan(base)
    assert placed.appointments[1].start == at(thursday, 10)
    assert placed.cost.time_of_day == 12


def test_time_of_day_does_not_count_across_long_gaps() -> None:
    base = with_course(
        problem(infusions(2, gap=(3, 14), target2=6)),
        windows={0: ((9 * 60, 10 * 60),), 3: ((10 * 60, 11 * 60),)},
    )
    assert plan(base).cost.total == 0


def test_a_full_day_costs_balance_and_is_avoided_when_that_is_cheaper() -> None:
    full = with_clinic(
        problem(
            infusions(2, gap=(2, 4), target2=7),
            bookings=(booking("b1", "iv", at(date(2026, 1, 8), 9), "iv1", rn="rn1"),),
        ),
        soft_dosing_per_day={3: 1},
    )
    assert days_after_monday(dose_days(plan(full))) == [0, 4]
    forced = with_course(full, windows={0: EVERY_DAY[0], 3: EVERY_DAY[3]})
    assert plan(forced).cost.balance == full.weights.balance


def test_no_soft_limit_means_no_balance_cost() -> None:
    crowd = tuple(
        booking(f"b{n}", "iv", at(MONDAY, 9), f"other{n}", rn="somebody") for n in range(9)
    )
    assert plan(problem(bookings=crowd)).cost.balance == 0


def test_span_binds_where_gaps_alone_would_not() -> None:
    protocol = infusions(4, gap=(2, 4), target2=8)
    assert days_after_monday(dose_days(plan(problem(protocol)))) == [0, 4, 8, 12]
    short = problem(replace(protocol, spans=(span(4, 10),)))
    placed = plan(short)
    assert dose_days(placed)[3] - dose_days(placed)[0] == timedelta(days=10)
    assert placed.cost.gaps == 2 * 2 * short.weights.gap_halfday


def test_two_spans_bind_together() -> None:
    protocol = infusions(4, gap=(2, 4), target2=8, spans=(span(2, 3), span(4, 8)))
    days = days_after_monday(dose_days(plan(problem(protocol))))
    assert days[1] - days[0] <= 3
    assert days[3] - days[0] == 8


def test_span_too_short_for_the_gaps_is_structural() -> None:
    assert reason(problem(infusions(3, spans=(span(3, 3),)))) == "STRUCTURAL"


def test_the_fixed_lead_is_kept_and_others_serve_at_a_cost() -> None:
    staff = (nurse(), prescriber(), therapist("t1", shifts={}), therapist("t2"))
    base = problem(with_talks(), staff=staff, courses=(course(therapist_id="t1"),))
    placed = plan(base)
    assert placed.lead_therapist == "t1"
    assert placed.cost.therapist_changes == 2 * base.weights.therapist
    assert explain(base, "k1", placed).visits_not_with_lead == 2
    assert violations(base, placed) == []


def test_without_a_fixed_lead_the_one_who_can_serve_leads() -> None:
    staff = (nurse(), prescriber(), therapist("t1", shifts={}), therapist("t2"))
    placed = plan(problem(with_talks(), staff=staff))
    assert placed.lead_therapist == "t2"
    assert placed.cost.therapist_changes == 0


def test_preparation_comes_first_and_integration_between_the_doses() -> None:
    placed = plan(problem(with_talks()))
    assert [(a.kind, a.seq) for a in placed.appointments] == [
        ("prep", 1),
        ("dosing", 1),
        ("integration", 1),
        ("dosing", 2),
    ]
    days = [a.start.date() for a in placed.appointments]
    assert days == sorted(set(days))
    assert placed.cost.start_day == Weights().start_day


def test_two_preparations_keep_their_order_and_windows() -> None:
    protocol = infusions(1, prep=(PrepRule("talk", (3, 5)), PrepRule("talk", (1, 4))))
    base = problem(protocol)
    placed = plan(base)
    days = days_after_monday([a.start.date() for a in placed.appointments])
    assert days[2] == 3
    assert days[0] < days[1] < days[2]
    assert violations(base, placed) == []


def test_a_late_integration_visit_costs_by_the_day() -> None:
    protocol = infusions(1, integration=(IntegrationRule(1, "talk", (1, 3)),))
    base = with_course(problem(protocol), windows={0: EVERY_DAY[0], 3: EVERY_DAY[3]})
    placed = plan(base)
    assert placed.cost.integration_delay == 2 * base.weights.integ_day
    assert explain(base, "k1", placed).integration_days_late == 2


def test_integration_on_the_day_of_the_dose_is_never_planned() -> None:
    protocol = infusions(1, integration=(IntegrationRule(1, "talk", (0, 2)),))
    placed = plan(problem(protocol))
    assert placed.appointments[1].start.date() > placed.appointments[0].start.date()


def test_one_person_may_hold_both_roles_if_the_loads_add_up() -> None:
    both = VisitType(True, "iv", 0, (TOGETHER,))
    base = problem(visits={"iv": both, "talk": TALK}, staff=(jack(3),))
    placed = plan(base)
    assert placed.appointments[0].staff == {"rn": "jack", "therapist": "jack"}
    assert violations(base, placed) == []
    assert reason(replace(base, staff=(jack(2),))) == "STRUCTURAL"


def test_turnover_keeps_the_room_but_not_the_nurse() -> None:
    taken = booking("b1", "iv", at(MONDAY, 9), "iv1", rn="rn1")
    base = with_course(
        problem(infusions(1), bookings=(taken,)), latest_first=MONDAY, windows={0: EVERY_DAY[0]}
    )
    assert plan(base).appointments[0].start == at(MONDAY, 10, 15)
    two_rooms = replace(base, rooms=(*base.rooms, Room("iv2", frozenset({"iv"}))))
    assert plan(two_rooms).appointments[0].start == at(MONDAY, 9, 45)


def test_the_versatile_room_is_left_to_others() -> None:
    rooms = (Room("any", frozenset({"iv", "therapy"})), Room("iv9", frozenset({"iv"})))
    assert plan(problem(infusions(1), rooms=rooms)).appointments[0].room_id == "iv9"


def test_nothing_may_begin_where_nobody_of_a_present_role_is_on_site() -> None:
    staff = (nurse(), prescriber(shifts={0: ((11 * 60, 12 * 60),)}))
    base = with_course(problem(infusions(1), staff=staff), latest_first=MONDAY)
    assert plan(base).appointments[0].start == at(MONDAY, 10, 45)


def busy_all_day(day: date) -> tuple[Booking, ...]:
    return tuple(
        booking(f"{day}{hour}", "iv", at(day, hour), "elsewhere", rn="rn1")
        for hour in (8, 9, 10, 11)
    )


REASONS = [
    ("CAPACITY", {"bookings": busy_all_day(MONDAY)}, {}),
    ("CAPACITY", {"staff": (nurse(busy=((at(MONDAY, 4), at(MONDAY, 20)),)), prescriber())}, {}),
    ("STAFF_LEAVE", {"staff": (nurse(leave=((at(MONDAY, 4), at(MONDAY, 20)),)), prescriber())}, {}),
    (
        "CLOSURE",
        {"rooms": (Room("iv1", frozenset({"iv"}), ((at(MONDAY, 4), at(MONDAY, 20)),)),)},
        {},
    ),
    ("PATIENT_WINDOW", {}, {"unavailable": ((at(MONDAY, 4), at(MONDAY, 20)),)}),
    ("START_WINDOW", {}, {"barred": ((at(MONDAY, 4), at(MONDAY, 20)),)}),
    ("START_WINDOW", {}, {"barred_dosing": ((at(MONDAY, 4), at(MONDAY, 20)),)}),
    ("START_WINDOW", {}, {"earliest": date(2026, 1, 12), "latest_first": MONDAY}),
    ("STRUCTURAL", {"staff": (prescriber(),)}, {}),
]


@pytest.mark.parametrize(("wanted", "world", "patient"), REASONS, ids=[r[0] for r in REASONS])
def test_the_reason_is_the_first_single_change_that_helps(
    wanted: str, world: dict[str, object], patient: dict[str, object]
) -> None:
    base = problem(infusions(1), **world)
    assert reason(with_course(base, **{"latest_first": MONDAY, **patient})) == wanted
