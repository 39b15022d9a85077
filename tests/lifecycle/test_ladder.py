"""On the ladder a lapse is longer than the interval in force allows, not than the longest rung."""

from datetime import timedelta

import pytest

from courses.lapses.rules import row_for, week_of_treatment
from courses.lapses.selectors import lapse_of
from courses.lapses.services import decide_lapse
from courses.models import Course, MaintenanceStep
from courses.protocols.clinical import MissedRow
from courses.readiness import blockers
from courses.response.services import Chosen, choose_interval
from courses.screening.selectors import clearance
from tests.factories import NOW, make_course, make_patient, make_version
from tests.response.conftest import SHIPPED, Treated

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "Travelled."
ROWS = [
    MissedRow(from_days=0, to_days=49, asks="NOTHING"),
    MissedRow(from_days=50, asks="DECISION", options=["CONTINUE"]),
]


@pytest.mark.parametrize(
    ("days", "allowed", "asks"),
    [
        (14, 14, "NOTHING"),
        (15, 14, "DECISION"),
        (49, 49, "NOTHING"),
        (49, None, "NOTHING"),
        (50, None, "DECISION"),
        (60, 14, "DECISION"),
    ],
)
def test_the_table_asks_from_the_interval_in_force_on(days, allowed, asks):
    assert row_for(ROWS, days=days, block="any", allowed=allowed).asks == asks


def test_a_table_that_never_asks_goes_on_asking_nothing():
    assert row_for(ROWS[:1], days=20, block="any", allowed=14).asks == "NOTHING"


@pytest.fixture
def maintained(clinic):
    """A first dose under maintenance, that morning."""
    version = make_version(clinic.organization, SHIPPED["MAINT_IV"])
    patient = make_patient(clinic.site)
    found = Treated(clinic, make_course(patient, version, clinic.prescriber, status="ACTIVE"))
    Course.objects.filter(pk=found.course.pk).update(dose_count=9)
    found.course.refresh_from_db()
    found.score(-1, 20)
    found.dose(1, 0)
    return found


def choose(maintained, days, *, seen=0, move="START"):
    choose_interval(
        course=maintained.course,
        chosen=Chosen(move, days),
        seen=seen,
        reason=WHY,
        by=maintained.by,
        now=NOW + DAY,
    )


def lapse(maintained, days):
    return lapse_of(maintained.course, on=NOW.date() + days * DAY)


@pytest.mark.parametrize("interval", [7, 14, 21, 28, 42])
def test_a_decision_is_asked_for_a_week_after_the_interval(maintained, interval):
    choose(maintained, interval)
    assert not lapse(maintained, interval + 7).awaits_decision
    assert lapse(maintained, interval + 8).awaits_decision


def test_as_needed_and_before_any_interval_the_table_holds_as_it_is(maintained):
    assert not lapse(maintained, 49).awaits_decision
    assert lapse(maintained, 50).awaits_decision
    choose(maintained, None)
    assert not lapse(maintained, 49).awaits_decision


def test_after_forty_days_on_the_weekly_rung_dose_and_screening_wait(maintained):
    choose(maintained, 7)
    on = NOW.date() + 40 * DAY
    assert not clearance(maintained.course, on).is_cleared
    found = {one.code for one in blockers(course=maintained.course, on=on, now=NOW + 40 * DAY)}
    assert {"LAPSE", "SCREENING_LAPSE"} <= found


def test_a_screening_holds_as_long_as_the_interval_and_never_less_than_28_days(maintained):
    choose(maintained, 7)
    assert clearance(maintained.course, NOW.date() + 28 * DAY).is_cleared
    assert not clearance(maintained.course, NOW.date() + 29 * DAY).is_cleared
    choose(maintained, 28, seen=1, move="OUT")
    assert clearance(maintained.course, NOW.date() + 35 * DAY).is_cleared
    assert not clearance(maintained.course, NOW.date() + 36 * DAY).is_cleared


def test_a_decision_that_steps_back_is_not_asked_for_again(maintained):
    choose(maintained, 28)
    maintained.score(39, 12)
    later = NOW + 40 * DAY
    decide_lapse(
        course=maintained.course,
        on=later.date(),
        option="STEP_BACK",
        by=maintained.by,
        reason=WHY,
        now=later,
    )
    steps = MaintenanceStep.objects.filter(course=maintained.course).order_by("number")
    assert [step.interval_days for step in steps] == [28, 21]
    assert not lapse(maintained, 40).awaits_decision


@pytest.mark.parametrize(("after", "week"), [(-1, None), (0, 1), (6, 1), (7, 2), (27, 4), (28, 5)])
def test_the_week_of_treatment_is_counted_from_the_first_dose(after, week):
    first = NOW.date()
    assert week_of_treatment(first + after * DAY, given=[first, first + 3 * DAY]) == week
    assert week_of_treatment(first, given=[]) is None
