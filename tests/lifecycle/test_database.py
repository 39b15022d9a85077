"""What PostgreSQL itself refuses about courses, holds and doses, however it is asked."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.identifiers import uuid7
from clinic.invariants import breaches
from courses import rules
from courses.holds.services import open_hold, release_hold
from courses.invariants import INVARIANTS
from courses.models import Course, Dose, Hold
from scheduling.services import halt_course
from sessions.models import Session
from tests.concurrency.guards import without_trigger
from tests.factories import NOW, make_course, make_patient, make_version
from tests.lifecycle.lives import WHY, definition_with_rules, dose_of, give
from tests.race import race

pytestmark = pytest.mark.django_db
RIVALS = 4
REFUSED = r"does not come|keeps its terms"


def in_state(clinic, status):
    version = make_version(clinic.organization, definition_with_rules())
    return make_course(make_patient(clinic.site), version, clinic.desk, status=status, dose_count=6)


def put(course, status):
    with transaction.atomic():
        Course.objects.filter(pk=course.pk).update(
            status=status,
            paused_until=NOW.date() if status == "PAUSED" else None,
            stop_reason="OTHER" if status == "STOPPED" else "",
        )


@pytest.mark.parametrize("before", Course.Status.values)
def test_a_course_comes_into_the_states_of_the_table_alone(clinic, before):
    for after in set(Course.Status.values) - {before}:
        course = in_state(clinic, before)
        if after in rules.NEXT[before]:
            put(course, after)
        else:
            with pytest.raises(IntegrityError, match=REFUSED):
                put(course, after)


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "PAUSED"},
        {"paused_until": NOW.date()},
        {"status": "STOPPED"},
        {"stop_reason": "DEATH"},
        {"relation": "SWITCH"},
    ],
)
def test_a_state_without_its_day_or_reason_is_refused(clinic, odd):
    course = in_state(clinic, "ACTIVE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Course.objects.filter(pk=course.pk).update(**odd)


@pytest.mark.parametrize("status", ["COMPLETED", "STOPPED"])
def test_a_course_that_is_over_keeps_its_terms(clinic, status):
    course = in_state(clinic, status)
    with pytest.raises(IntegrityError, match="keeps its terms"), transaction.atomic():
        Course.objects.filter(pk=course.pk).update(dose_count=9)


@pytest.mark.parametrize("step", ["IN_PROGRESS", "OBSERVING", "DONE"])
@pytest.mark.parametrize("stop", ["held", "paused"])
def test_no_dose_begins_in_a_held_or_halted_course(clinic, course, step, stop):
    if stop == "held":
        open_hold(course=course, kind=Hold.Kind.CLINICIAN, by=clinic.prescriber, now=NOW)
    else:
        put(course, "PAUSED")
    visit = dose_of(course, 1)
    with pytest.raises(IntegrityError, match="does not begin"), transaction.atomic():
        Session.objects.filter(pk=visit.pk).update(status=step)


def test_what_has_begun_is_finished_whatever_happens_meanwhile(clinic, course):
    visit = dose_of(course, 1)
    Session.objects.filter(pk=visit.pk).update(status="IN_PROGRESS", begun_at=NOW)
    open_hold(course=course, kind=Hold.Kind.CLINICIAN, by=clinic.prescriber, now=NOW)
    Session.objects.filter(pk=visit.pk).update(status="OBSERVING")
    visit.refresh_from_db()
    assert visit.status == "OBSERVING"


def test_a_dose_stays_as_it_was_recorded(clinic, course):
    dose = give(dose_of(course, 1), clinic)
    for changed in ({"on": NOW.date()}, {"seq": 3}, {"counts": False}):
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            Dose.objects.filter(pk=dose.pk).update(**changed)


def test_a_dose_given_here_is_not_withdrawn(clinic, course):
    dose = give(dose_of(course, 1), clinic)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        Dose.objects.filter(pk=dose.pk).update(withdrawn_at=NOW)


@pytest.mark.parametrize("ended", ["COMPLETED", "STOPPED"])
def test_no_course_is_born_ended(clinic, course, ended):
    row = Course.objects.get(pk=course.pk)
    row.pk, row.status = uuid7(), ended
    row.stop_reason = "OTHER" if ended == "STOPPED" else ""
    with pytest.raises(IntegrityError, match="does not begin as"), transaction.atomic():
        row.save(force_insert=True)


def test_a_hold_is_released_once(clinic, course):
    hold = open_hold(course=course, kind=Hold.Kind.CLINICIAN, by=clinic.prescriber, now=NOW)
    release_hold(hold=hold, by=clinic.prescriber, reason=WHY, now=NOW)
    with pytest.raises(IntegrityError, match="released once"), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(released_at=None, released_by=None)


def test_a_state_that_nobody_told_is_found(clinic, course):
    assert not list(breaches(INVARIANTS))
    put(course, "COMPLETED")
    (breach,) = breaches(INVARIANTS)
    assert breach.invariant.name == "course_state_is_told"


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_rivals_who_pause_one_wins_and_the_patient_is_told_once(self, clinic, course):
        until = NOW.date() + timedelta(days=9)

        def attempt(number):
            own = Course.objects.select_related("site", "patient").get(pk=course.pk)
            halt_course(course=own, until=until, by=clinic.desk, reason=WHY, now=NOW)

        assert race(attempt, rivals=RIVALS).count(None) == 1
        assert course.events.filter(kind="PAUSED").count() == 1
        assert course.events.filter(kind="CALLED_OFF").count() == 1

    def test_control_without_the_table_a_course_that_is_over_is_revived(self, clinic):
        course = in_state(clinic, "COMPLETED")
        with pytest.raises(IntegrityError):
            put(course, "ACTIVE")
        with without_trigger("courses_course", "course_goes_its_way"):
            put(course, "ACTIVE")
        course.refresh_from_db()
        assert course.status == "ACTIVE"


def test_the_triggers_are_there(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'O'")
        names = {row[0] for row in cursor.fetchall()}
    assert {
        "course_goes_its_way",
        "course_is_over",
        "hold_stays",
        "dose_stays",
        "course_not_born_ended",
        "session_dose_may_begin",
        "reservation_dose_elsewhere",
        "dose_near_a_booked_one",
    } <= names
