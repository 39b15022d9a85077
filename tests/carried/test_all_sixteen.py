"""Each shipped protocol is planned, screened for, booked and carried through as the clock moves."""

from itertools import pairwise

import pytest

from clinic.invariants import breaches
from courses.assessments.selectors import completeness
from courses.models import AssessmentDue, Course, CourseEvent, Hold, Review
from courses.protocols import read_definition, shipped_definitions
from courses.response.rules import Status
from courses.response.selectors import standing_of
from reminders.invariants import INVARIANTS as OF_REMINDERS
from scheduling.invariants import INVARIANTS as OF_THE_BOOK
from tests.carried.journey import Journey, steady, wide_clinic
from tests.standing import stands

pytestmark = pytest.mark.django_db

DEFINITIONS = {content["code"]: read_definition(content) for content in shipped_definitions()}
SET_LENGTH = sorted(code for code, rule in DEFINITIONS.items() if rule.open_block is None)

# A clinician extends these, by so many doses (DOMAIN 2.8, 8.42).
EXTENDED = {"IV_2W3": 2, "IV_FLEX_6_8": 2, "RETREAT": 1}


@stands
def wide():
    return wide_clinic()


def assert_sound(journey):
    """Whatever was carried through: it is over, nothing waits, and no promise is broken."""
    course, rule = journey.course, journey.definition
    assert course.status == Course.Status.COMPLETED
    assert len(journey.doses) == course.dose_count == course.doses.filter(counts=True).count()
    assert all(gap >= rule.min_gap_days for gap in journey.gaps())
    assert not Hold.objects.open().filter(course=course).exists()
    assert not Review.objects.filter(course=course, decided_at=None).exists()
    assert not list(breaches([*OF_THE_BOOK, *OF_REMINDERS]))
    kinds = list(course.events.order_by("at", "pk").values_list("kind", flat=True))
    assert kinds.count(CourseEvent.Kind.DOSE_GIVEN) == len(journey.doses)
    assert {CourseEvent.Kind.SCREENED, CourseEvent.Kind.BASELINE_SET} <= set(kinds)
    assert kinds[-1] == CourseEvent.Kind.COMPLETED


def test_there_are_sixteen():
    assert len(DEFINITIONS) == 16


@pytest.mark.parametrize("code", SET_LENGTH)
def test_a_protocol_of_a_set_length_is_carried_through(wide, code):
    journey = Journey.of(wide, code)
    journey.begin()
    journey.treat()
    assert len(journey.doses) == journey.definition.planned_doses
    if code in EXTENDED:
        journey.go_on(EXTENDED[code])
        extended = journey.course.events.get(kind=CourseEvent.Kind.EXTENDED)
        assert (extended.by, extended.reason) == (wide.prescriber, "It still helps.")
    journey.complete()
    assert_sound(journey)
    for gap, dose in zip(
        journey.gaps(), journey.definition.doses(len(journey.doses))[1:], strict=True
    ):
        assert dose.gap.min_days <= gap <= dose.gap.max_days
    asked = AssessmentDue.objects.filter(course=journey.course, is_optional=False)
    missed = asked.filter(status=AssessmentDue.Status.MISSED)
    assert not missed.exists(), list(missed.values_list("point", "instrument"))
    done = completeness(journey.course, journey.today)
    assert (done.done, done.late) == (done.asked, 0)


def test_the_esketamine_ladder_goes_on_past_week_nine(wide):
    """Twice a week, weekly, then every second week where the scores keep (DOMAIN 2.1, 2.9)."""
    journey = Journey.of(wide, "ESK_TRD")
    journey.begin()
    journey.treat()
    assert len(journey.doses) == 12
    assert journey.week() == 8
    assert journey.interval() == 7
    journey.go_on(2)
    assert journey.interval() == 14
    for _ in range(3):
        journey.go_on()
    assert journey.gaps()[-2:] == [14, 14]
    assert journey.week() > 12
    assert standing_of([journey.course], journey.at)[journey.course.pk].status == Status.RESPONSE
    journey.complete()
    assert_sound(journey)


def test_esketamine_goes_back_to_weekly_on_relapse(wide):
    """One step back on relapse, and out again only when a clinician says so (DOMAIN 2.7, 2.9)."""
    journey = Journey.of(wide, "ESK_TRD")
    journey.begin()
    journey.treat()
    journey.go_on(2)
    assert journey.interval() == 14
    journey.curve = steady
    journey.go_on()
    assert journey.interval() == 7
    journey.curve = lambda _dose: 0.2
    journey.go_on()
    assert journey.gaps()[-1] <= 8


def test_a_taper_with_relapse_and_a_step_back(wide):
    """Ladder 7, 14, 21, 28, 42 days; one step out after two steady scores (DOMAIN 2.9)."""
    journey = Journey.of(wide, "MAINT_IV", curve=lambda dose: 0.75 if dose < 1 else 0.2)
    journey.begin()
    journey.treat()
    seen = [journey.interval()]
    for _ in range(6):
        journey.go_on()
        seen.append(journey.interval())
    assert seen == [7, 7, 14, 14, 21, 21, 28]
    assert journey.gaps() == [7, 7, 14, 14, 21, 21]
    journey.curve = steady
    journey.go_on()
    assert journey.interval() == 21
    events = journey.course.events.filter(kind=CourseEvent.Kind.RELAPSE_FLAGGED)
    assert events.exists()
    journey.curve = lambda _dose: 0.2
    journey.go_on()
    assert journey.gaps()[-1] <= 28
    journey.complete()
    assert_sound(journey)


def test_steps_of_the_ladder_only_ever_go_one_rung(wide):
    journey = Journey.of(wide, "MAINT_IV", curve=lambda dose: 0.75 if dose < 1 else 0.2)
    journey.begin()
    journey.treat()
    for _ in range(4):
        journey.go_on()
    ladder = journey.definition.maintenance.ladder_days
    steps = list(journey.course.maintenance_steps.order_by("number"))
    rungs = [ladder.index(step.interval_days) for step in steps]
    assert all(abs(b - a) <= 1 for a, b in pairwise(rungs))
