"""The proving side of the search, in this process or in one of its own."""

import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Protocol

from scheduling.planner.arrange import Draft
from scheduling.planner.engine import Finding, Prover, Task
from scheduling.planner.model import Problem
from scheduling.planner.schedule import Schedule

GRACE = 1.0
"""Seconds after the end of the time within which the other process may still answer."""


class Partner(Protocol):
    """Whoever takes a task at the start of a round and has a finding at its end."""

    def ask(self, task: Task, seconds: float | None) -> None:
        """Begin."""

    def answer(self) -> Finding | None:
        """The finding; None where it comes too late."""

    def close(self) -> None:
        """No more tasks."""


class Beside:
    """Works in this process, when its answer is wanted."""

    def __init__(self, prover: Prover, stopped: Callable[[], bool]) -> None:
        self.prover, self.stopped = prover, stopped

    def ask(self, task: Task, seconds: float | None) -> None:
        """Remember the task."""
        self.task = task

    def answer(self) -> Finding | None:
        """Do it."""
        return self.prover.work(self.task, self.stopped)

    def close(self) -> None:
        """Nothing is left behind."""


class Apart:
    """Works in a second process, at the same time."""

    def __init__(self, problem: Problem, cancelled: Callable[[], bool]) -> None:
        context = get_context("spawn")
        self.cancelled = cancelled
        self.wire, far_end = context.Pipe()
        self.process = context.Process(target=_serve, args=(far_end, problem), daemon=True)
        self.process.start()
        far_end.close()

    def ask(self, task: Task, seconds: float | None) -> None:
        """Send the task."""
        self.until = None if seconds is None else time.monotonic() + seconds + GRACE
        self.wire.send((task, seconds))

    def answer(self) -> Finding | None:
        """Wait for the finding."""
        while not self.cancelled():
            if self.wire.poll(0.1):
                finding: Finding = self.wire.recv()
                return finding
            if self.until is not None and time.monotonic() > self.until:
                break
        return None

    def close(self) -> None:
        """End the process, whatever it does."""
        self.wire.close()
        self.process.kill()
        self.process.join()


def _serve(wire: Connection, problem: Problem) -> None:
    """Work on tasks until the other end is closed."""
    schedule = Schedule(problem)
    prover = Prover(schedule, ideals_of(schedule))
    while True:
        try:
            task, seconds = wire.recv()
        except EOFError:
            return
        wire.send(prover.work(task, _until(seconds)))


def _until(seconds: float | None) -> Callable[[], bool]:
    """Whether so many seconds from now have passed."""
    end = None if seconds is None else time.monotonic() + seconds
    return lambda: end is not None and time.monotonic() >= end


def ideals_of(schedule: Schedule) -> dict[str, Draft]:
    """The drafts that the courses would have alone, in a schedule without drafts."""
    drafts = ((course_id, schedule.best(course_id)) for course_id in schedule.courses)
    return {course_id: draft for course_id, draft in drafts if draft is not None}
