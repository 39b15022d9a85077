"""Random lives of a course on the real database never reach a state that breaks a rule."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sessions.models import Session
from sessions.services import keep_dose
from tests.lifecycle.machine import Life, happened

STEPS, LIVES = 15, 9
# A machine in which nothing happens would prove nothing.
LEAST = {"doses": 15, "pauses": 5, "holds": 5, "lapses": 3}


def run(machine: type[Life]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def rolled_back(machine: type[Life]) -> type[Life]:
    """Each life in a transaction of its own that leaves nothing."""

    class Own(machine):  # type: ignore[misc,valid-type]
        def __init__(self) -> None:
            self.block = transaction.atomic()
            self.block.__enter__()
            super().__init__()

        def teardown(self) -> None:
            super().teardown()
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    return Own


@pytest.mark.django_db
def test_no_life_breaks_a_rule() -> None:
    happened.clear()
    run(rolled_back(Life))
    assert all(happened[what] >= least for what, least in LEAST.items()), happened


class Unguarded(Life):
    """The same life where nobody asks whether a dose may begin, nor puts anything right."""

    def put_right(self) -> None:
        self.resume()

    def take_through(self, visit: Session, steps: tuple[str, ...]) -> None:
        visit.begun_at = self.now
        Session.objects.filter(pk=visit.pk).update(status="DONE", begun_at=self.now)
        keep_dose(visit, by=self.clinic.nurse, now=self.now)


@pytest.mark.django_db
def test_control_without_the_guard_a_life_breaks_one() -> None:
    with connection.cursor() as cursor:
        for guard in ("session_dose_may_begin", "begins_when_cleared"):
            cursor.execute(f"ALTER TABLE treatment_sessions_session DISABLE TRIGGER {guard}")
    with pytest.raises(AssertionError):
        run(rolled_back(Unguarded))
