"""Two people change at once: one wins, the other is told; and how it ends without the guards."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction

from clinic.identity.services import lock_person
from clinic.invariants import breaches
from reminders.models import Reminder
from scheduling.cascade.service import ChangeOutdated
from scheduling.invariants import INVARIANTS
from scheduling.models import Reservation
from scheduling.services import cancel_visit, changing
from sessions.models import Session
from tests.assessments.making import asking
from tests.cascade.asking import accept, answer_to, asked, to
from tests.concurrency.guards import without_constraint
from tests.factories import (
    NOW,
    make_course,
    make_patient,
    make_version,
    make_visit,
    small_definition,
)
from tests.race import await_a_queue, race
from tests.scheduling.test_proposing import accepted

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def fresh(visit):
    return Session.objects.select_related("patient", "site", "course").get(pk=visit.pk)


def kinds(outcomes):
    return sorted(type(one).__name__ for one in outcomes)


def test_of_two_answers_for_one_course_one_is_carried_out(clinic, course, dose):
    third = course.visits.get(kind="dosing", seq=3)
    wishes = [(dose, to(dose.starts_at + 4 * DAY)), (third, to(third.starts_at + DAY))]
    answers = [answer_to(clinic, visit, wanted) for visit, wanted in wishes]
    outcomes = race(lambda n: accept(clinic, fresh(wishes[n][0]), answers[n]), rivals=2)
    assert kinds(outcomes) == ["ChangeOutdated", "list"], outcomes
    assert not list(breaches(INVARIANTS))
    told = Reminder.objects.filter(rule__kind="MOVED").values_list("message_id", flat=True)
    assert len(set(told)) == 1


def _behind_one_another(patient, *acts):
    """What acts come to that begin in this order while somebody else has the patient."""
    begun = Event()

    def queueing(number):
        if number == 0:
            with transaction.atomic():
                lock_person(patient.pk)
                begun.set()
                return await_a_queue(rivals=len(acts))
        assert begun.wait(20)
        if number > 1:
            await_a_queue(rivals=number - 1)
        return acts[number - 1]()

    return race(queueing, rivals=len(acts) + 1)[1:]


@pytest.fixture
def rivals(clinic):
    """Somebody cancels the fourth dose of a course, somebody else moves the second."""
    clinic.version = make_version(clinic.organization, asking(doses=4))
    course = accepted(clinic)
    second, fourth = (course.visits.get(kind="dosing", seq=seq) for seq in (2, 4))
    answer = answer_to(clinic, second, to(second.starts_at + 4 * DAY))
    return (
        course.patient,
        lambda: cancel_visit(visit=fresh(fourth), by=clinic.desk, reason="", now=NOW),
        lambda: accept(clinic, fresh(second), answer),
    )


def test_who_changes_a_course_queues_behind_who_cancels_another_visit_of_it(rivals):
    outcomes = _behind_one_another(*rivals)
    assert [type(one).__name__ for one in outcomes] == ["Session", "ChangeOutdated"], outcomes
    assert not list(breaches(INVARIANTS))


def test_control_without_the_course_first_they_wait_for_each_other(rivals, monkeypatch):
    monkeypatch.setattr(changing, "lock_courses", lambda *_ids: None)
    outcomes = _behind_one_another(*rivals)
    assert "OperationalError" in kinds(outcomes), outcomes


@pytest.fixture
def two(clinic):
    """The last doses of two courses, and a time that either could have."""
    clinic.version = make_version(clinic.organization, small_definition(doses=2))
    doses = [accepted(clinic).visits.get(kind="dosing", seq=2) for _ in range(2)]
    base = max(dose.starts_at for dose in doses)
    steps = (base + timedelta(minutes=15 * n) for n in range(4 * 12))
    return doses, next(at for at in steps if all(asked(dose, to(at)).ways for dose in doses))


def test_of_two_visits_moved_into_one_place_one_gets_it(clinic, two):
    doses, start = two
    answers = [answer_to(clinic, dose, to(start)) for dose in doses]
    outcomes = race(lambda n: accept(clinic, fresh(doses[n]), answers[n]), rivals=2)
    assert kinds(outcomes) == ["ChangeOutdated", "list"], outcomes
    (refusal,) = [one for one in outcomes if isinstance(one, ChangeOutdated)]
    assert refusal.details
    assert Reservation.objects.filter(room_during__startswith=start).count() == 1
    assert not list(breaches(INVARIANTS))


def test_control_without_the_constraint_both_get_it(clinic):
    courses = [
        make_course(make_patient(clinic.site), clinic.version, clinic.desk) for _ in range(2)
    ]
    with without_constraint("scheduling_reservation", "reservation_room_free"):
        outcomes = race(lambda n: make_visit(courses[n], clinic.chair, NOW), rivals=2)
        assert kinds(outcomes) == ["Session", "Session"]
        assert list(breaches(INVARIANTS))
