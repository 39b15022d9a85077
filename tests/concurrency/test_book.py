"""Whatever several people do to the book at once, every promise about it holds after each step."""

from datetime import timedelta

import pytest
from django.core.management import CommandError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from sessions.models import Session
from tests.concurrency.guards import without_constraint
from tests.concurrency.machine import DEEDS, Book, done_in_all, refused_in_all
from tests.factories import NOW, make_course, make_patient, make_visit

STEPS, LIVES = 12, 4
# A machine in which nothing happens would prove nothing.
KINDS, TIMES = 6, 12

pytestmark = pytest.mark.django_db(transaction=True)


def run(machine: type[Book], *, lives: int = LIVES) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_crowd_breaks_a_promise() -> None:
    done_in_all.clear()
    run(Book)
    assert len(done_in_all) >= KINDS, done_in_all
    assert done_in_all.total() >= TIMES, done_in_all
    assert refused_in_all


class Unguarded(Book):
    """Everybody books, writing into the book without asking."""

    deeds = [one for one in DEEDS if one[0] == "book"]
    broken = False

    def book(self, which: int, minutes: int) -> Session:
        course = make_course(make_patient(self.clinic.site), self.clinic.version, self.clinic.desk)
        starts_at = NOW + timedelta(minutes=minutes)
        return make_visit(course, self.clinic.chair, starts_at, kind="prep", seq=1)

    @invariant()
    def every_promise_holds(self) -> None:
        try:
            super().every_promise_holds()
        except CommandError:
            Unguarded.broken = True


def test_control_without_the_constraint_a_crowd_breaks_one() -> None:
    with without_constraint("scheduling_reservation", "reservation_room_free"):
        run(Unguarded, lives=1)
    assert Unguarded.broken
