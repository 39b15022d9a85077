"""On random small problems the planner finds exactly what trying every plan finds."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduling.planner import plan_course, violations, visit_slots, why_not
from scheduling.planner.model import (
    Booking,
    Clinic,
    Course,
    DoseRule,
    IntegrationRule,
    Period,
    Phase,
    Placed,
    PrepRule,
    Problem,
    Protocol,
    Room,
    SpanRule,
    Staff,
    VisitType,
    Weekly,
    Weights,
)
from tests.planner.brute import Brute
from tests.planner.clinics import as_previous, at, with_course

FIRST = date(2026, 3, 5)  # three days before New York changes its clocks
DAYS = 8
MANY = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def quarter_hours(first: int, last: int) -> st.SearchStrategy[int]:
    return st.integers(first, last).map(lambda quarter: quarter * 15)


@st.composite
def weeks(draw: st.DrawFn) -> Weekly:
    """Mornings, some days left out."""
    week = {}
    closed = draw(st.sets(st.integers(0, 6), max_size=2))
    for weekday in set(range(7)) - closed:
        start = draw(quarter_hours(36, 38))
        week[weekday] = ((start, start + draw(quarter_hours(4, 6))),)
    return week


FULL: Weekly = dict.fromkeys(range(7), ((9 * 60, 11 * 60),))


@st.composite
def dose_visits(draw: st.DrawFn) -> VisitType:
    with_talk = draw(st.sampled_from([False, False, True]))
    phases = (
        Phase("in", 15),
        Phase("give", 15, {"rn": 2, "therapist": int(with_talk)}, ("prescriber",)),
        Phase("watch", 15, {"rn": 1}),
    )
    return VisitType(True, "iv", draw(quarter_hours(0, 1)), phases)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    doses = draw(st.sampled_from([3, 2, 2, 1]))
    gaps = st.tuples(st.integers(1, 2), st.integers(2, 3))
    later = [DoseRule("iv", draw(gaps), draw(st.integers(1, 7))) for _ in range(doses - 1)]
    prep = [PrepRule("talk", (draw(st.integers(0, 1)), 3))] * draw(st.integers(0, 1))
    after = draw(st.sets(st.integers(1, doses), max_size=1))
    spans = (
        [SpanRule(doses, draw(st.integers(doses, 5)))] if doses > 1 and draw(st.booleans()) else []
    )
    return Protocol(
        (DoseRule("iv"), *later),
        tuple(prep),
        tuple(spans),
        tuple(IntegrationRule(n, "talk", (draw(st.integers(0, 1)), 2)) for n in after),
    )


@st.composite
def mornings(draw: st.DrawFn) -> tuple[Period, ...]:
    """At most one morning from some minute on."""
    days = draw(st.sets(st.integers(0, DAYS - 1), max_size=1))
    minute = timedelta(minutes=draw(quarter_hours(0, 6)))
    mornings = (FIRST + timedelta(days=day) for day in days)
    return tuple((at(day, 9) + minute, at(day, 12)) for day in mornings)


@st.composite
def staffs(draw: st.DrawFn) -> tuple[Staff, ...]:
    jobs = [{"rn"}, {"rn", "therapist"}, draw(st.sampled_from([{"therapist"}, {"rn"}]))]
    people = [
        Staff(
            f"s{number}",
            frozenset(roles),
            draw(st.integers(2, 3)),
            draw(weeks()),
            busy=draw(mornings()),
        )
        for number, roles in enumerate(jobs)
    ]
    on_site = draw(st.one_of(st.just(FULL), weeks()))
    return (*people, Staff("md", frozenset({"prescriber"}), 0, on_site))


@st.composite
def bookings(draw: st.DrawFn, people: tuple[Staff, ...]) -> tuple[Booking, ...]:
    made = []
    for number in range(draw(st.integers(0, 8))):
        day = FIRST + timedelta(days=draw(st.integers(0, DAYS - 1)))
        start = at(day, 9) + timedelta(minutes=draw(quarter_hours(0, 5)))
        who = draw(st.sampled_from(people)).id
        room = draw(st.sampled_from(["iv1", "iv2", "elsewhere"]))
        made.append(Booking(f"b{number}", "iv", start, room, {"rn": who}))
    return tuple(made)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    people = draw(staffs())
    earliest = FIRST + timedelta(days=draw(st.integers(0, 2)))
    patient = Course(
        id="k1",
        patient_id="p1",
        protocol="P",
        earliest=earliest,
        latest_first=earliest + timedelta(days=draw(st.integers(0, 3))),
        windows=draw(weeks()),
        preferred=draw(st.one_of(st.none(), weeks())),
        therapist_id=draw(st.sampled_from([None, None, *therapists(people)])),
        barred=draw(mornings()),
        barred_dosing=draw(mornings()),
    )
    return Problem(
        id="random",
        clinic=Clinic(
            id="c1",
            tz="America/New_York",
            grid_min=15,
            horizon=(FIRST, FIRST + timedelta(days=DAYS)),
            hours=FULL,
            closures=frozenset({FIRST + timedelta(days=draw(st.integers(0, 2 * DAYS)))}),
            soft_dosing_per_day={day: draw(st.integers(0, 2)) for day in range(5)},
        ),
        rooms=(Room("iv1", frozenset({"iv"})), Room("iv2", frozenset({"iv", "therapy"}))),
        staff=people,
        visits={
            "iv": draw(dose_visits()),
            "talk": VisitType(False, "therapy", 0, (Phase("talk", 45, {"therapist": 1}),)),
        },
        protocols={"P": draw(protocols())},
        courses=(patient,),
        bookings=draw(bookings(people)),
        weights=Weights(start_day=draw(st.sampled_from([0, 20, 200])), rn_change=30, tod_5min=3),
    )


def therapists(people: tuple[Staff, ...]) -> list[str]:
    return [person.id for person in people if "therapist" in person.roles]


def assert_optimal(problem: Problem) -> Placed | None:
    result, best = plan_course(problem, "k1"), Brute(problem).cheapest()
    if best is None:
        assert not isinstance(result, Placed)
        return None
    assert isinstance(result, Placed), (best, result)
    assert result.cost.total == best
    assert violations(problem, result) == []
    return result


@MANY
@given(problems())
def test_no_plan_is_cheaper(problem: Problem) -> None:
    assert_optimal(problem)


@MANY
@given(st.data())
def test_no_plan_is_cheaper_when_the_world_changed_and_some_visits_are_locked(
    data: st.DataObject,
) -> None:
    problem = data.draw(problems())
    placed = plan_course(problem, "k1")
    assume(isinstance(placed, Placed))
    assert isinstance(placed, Placed)
    keys = [(item.kind, item.seq) for item in placed.appointments]
    locked = data.draw(st.sets(st.sampled_from(keys)))
    day = FIRST + timedelta(days=data.draw(st.integers(0, DAYS - 1)))
    away = data.draw(st.integers(0, len(problem.staff) - 1))
    staff = list(problem.staff)
    staff[away] = replace(staff[away], leave=((at(day, 4), at(day + timedelta(days=2), 4)),))
    changed = replace(problem, staff=tuple(staff))
    later = {"earliest": FIRST + timedelta(days=data.draw(st.integers(0, 4)))}
    assert_optimal(with_course(changed, previous=as_previous(placed, locked), **later))


@MANY
@given(st.data())
def test_slots_are_exactly_the_starts_that_nothing_refuses(data: st.DataObject) -> None:
    problem = data.draw(problems())
    placed = plan_course(problem, "k1")
    assume(isinstance(placed, Placed))
    assert isinstance(placed, Placed)
    moved = data.draw(st.sampled_from(placed.appointments))
    problem = with_course(problem, previous=as_previous(placed))
    slots = visit_slots(problem, "k1", moved.kind, moved.seq)
    offered = {slot.start for slot in slots}
    assert moved.start in offered
    assert [slot.cost for slot in slots] == sorted(slot.cost for slot in slots)
    for day in range(DAYS):
        for quarter in range(36, 44):
            start = at(FIRST + timedelta(days=day), quarter // 4, quarter % 4 * 15)
            refused = why_not(problem, "k1", moved.kind, moved.seq, start)
            assert (start in offered) == (not refused), (start, refused)
