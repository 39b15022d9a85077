"""Planning every course of a problem, or mending a plan, with a certificate.

`plan_many` places the courses one after the other, each exactly, the tightest first, and then
searches in rounds (see `engine`) until the plan is proven best, the rounds or the seconds are over,
or somebody cancels. With the same problem, seed and number of rounds the plan is the same, in one
process or two; only where seconds run out within a round does it depend on the machine.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from scheduling.planner.arrange import Draft, placed
from scheduling.planner.columns import CellValues
from scheduling.planner.engine import Drafts, Explorer, Finding, Prover, Task, whole
from scheduling.planner.first import first_plan
from scheduling.planner.fixed import dosing_per_day
from scheduling.planner.model import (
    Booking,
    Certificate,
    Course,
    Placed,
    Plan,
    Problem,
    Reason,
    Unplaced,
)
from scheduling.planner.one import reason_unplaced
from scheduling.planner.partner import Apart, Beside, Partner, ideals_of
from scheduling.planner.schedule import Schedule

ROUNDS = 8
"""How long to search when no time is given."""
RESERVE = 0.05
"""The share of the seconds, up to MOST_RESERVE, kept for writing the plan down."""
MOST_RESERVE = 2.0

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come."""

    rounds: int
    objective: int
    bound: int | None
    placed: int
    seconds: float


def never() -> bool:
    """Nobody cancels."""
    return False


def plan_many(
    problem: Problem,
    *,
    seconds: float | None = None,
    rounds: int | None = None,
    seed: int = 1,
    processes: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = never,
    clock: Clock = time.monotonic,
) -> Plan:
    """A plan for every course, with the reason for each that has none, and a certificate.

    Without seconds and rounds it searches ROUNDS rounds. Cancelled, it returns what it has.
    """
    if seconds is None and rounds is None:
        rounds = ROUNDS
    search = _Search(problem, seconds, seed, cancelled, clock)
    search.begin()
    for _ in search.rounds(rounds, processes):
        if on_progress is not None:
            on_progress(search.progress())
    return search.plan()


def repair(
    problem: Problem,
    *,
    seconds: float | None = None,
    rounds: int | None = None,
    seed: int = 1,
    processes: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> Plan:
    """The plan that disturbs least what `previous` says, as the weights of O9 measure it.

    A visit that nothing hit moves where that saves another more than it costs; a locked one never.
    Where the certificate's bound equals its objective, no repair disturbs less.
    """
    return plan_many(
        problem,
        seconds=seconds,
        rounds=rounds,
        seed=seed,
        processes=processes,
        on_progress=on_progress,
        cancelled=cancelled,
    )


class _Search:
    """One call of `plan_many`."""

    def __init__(
        self,
        problem: Problem,
        seconds: float | None,
        seed: int,
        cancelled: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self.problem, self.seed = problem, seed
        self.cancelled, self.clock = cancelled, clock
        self.started = clock()
        reserve = min(RESERVE * seconds, MOST_RESERVE) if seconds is not None else 0.0
        self.until = None if seconds is None else self.started + seconds - reserve
        self.schedule = Schedule(problem)
        self.tried: set[str] = set()
        self.ideals: dict[str, Draft] = {}
        self.bound: int | None = None
        self.number = 0

    def stopped(self) -> bool:
        """Whether time is up or somebody cancelled."""
        return self.cancelled() or (self.until is not None and self.clock() >= self.until)

    def begin(self) -> None:
        """What each course would cost alone, and the first plan."""
        self.tried = first_plan(self.schedule, self.stopped)
        self.drafts: Drafts = dict(self.schedule.drafts)
        self.value = self.schedule.value()
        self.schedule.restore([])
        if not self.stopped():
            self.ideals = ideals_of(self.schedule)
            self.bound = self._alone()

    def _alone(self) -> int:
        """Alone a course has every choice that it has among others, and no day is emptier then."""
        total = 0
        for course in self.problem.courses:
            unplaced = self.problem.weights.unplaced * course.priority
            ideal = self.ideals.get(course.id)
            total += unplaced if ideal is None else min(round(ideal.cost), unplaced)
        return total

    def is_optimal(self) -> bool:
        """Whether no plan can be better."""
        return self.bound is not None and self.value <= self.bound

    def rounds(self, most: int | None, processes: int) -> Iterator[int]:
        """Search; after each round its number."""
        numbers = count() if most is None else range(most)
        if self.stopped() or self.is_optimal() or not numbers:
            return
        explorer = Explorer(self.schedule, self.ideals, "explorer")
        partner = self._partner(processes)
        values: CellValues | None = None
        try:
            for self.number in numbers:
                if self.stopped() or self.is_optimal():
                    return
                task = Task(self.number, self.seed, self.drafts, values)
                partner.ask(task, None if self.until is None else self.until - self.clock())
                self._keep(explorer.explore(task, self.stopped))
                finding = partner.answer()
                if finding is not None:
                    values = self._learn(finding)
                yield self.number
        finally:
            partner.close()

    def _partner(self, processes: int) -> Partner:
        if processes > 1:
            return Apart(self.problem, self.cancelled)
        return Beside(Prover(Schedule(self.problem), self.ideals), self.stopped)

    def _learn(self, finding: Finding) -> CellValues | None:
        self._keep(finding.drafts)
        bound = whole(finding.bound)
        if bound is not None:
            self.bound = max(bound, self.bound or bound)
        return finding.values

    def _keep(self, drafts: Drafts) -> None:
        """Take a plan over if it is better."""
        homeless = self.schedule.restore(list(drafts.values()))
        if not homeless and self.schedule.value() < self.value:
            self.value, self.drafts = self.schedule.value(), dict(self.schedule.drafts)

    def progress(self) -> Progress:
        """Where the search stands."""
        seconds = self.clock() - self.started
        return Progress(self.number + 1, self.value, self.bound, len(self.drafts), seconds)

    def plan(self) -> Plan:
        """What was found, written down."""
        dosing = dosing_per_day(self.problem, self.problem.bookings)
        done: dict[str, Placed] = {}
        for course in self.problem.courses:
            if course.id in self.drafts:
                one = placed(self.schedule.tables, self.drafts[course.id], dosing)
                done[course.id] = one
                dosing += dosing_per_day(self.problem, one.appointments)
        outcomes = tuple(
            done.get(course.id) or Unplaced(course.id, self._reason(course, done.values()))
            for course in self.problem.courses
        )
        seconds = self.clock() - self.started
        proof = Certificate(objective_of(self.problem, outcomes), self.bound, seconds, self.seed)
        return Plan(self.problem.id, outcomes, proof)

    def _reason(self, course: Course, plans: Iterable[Placed]) -> Reason:
        """By the ladder, all that is placed being bookings."""
        if course.id not in self.tried:
            return Reason.TIME_LIMIT
        return reason_unplaced(beside(self.problem, course, plans), course.id)


def beside(problem: Problem, course: Course, plans: Iterable[Placed]) -> Problem:
    """The problem of that course alone, these plans being bookings."""
    patient_of = {other.id: other.patient_id for other in problem.courses}
    bookings, busy = list(problem.bookings), []
    for plan in plans:
        for item in plan.appointments:
            name = f"{plan.course_id}/{item.kind}{item.seq}"
            bookings.append(Booking(name, item.visit, item.start, item.room_id, item.staff))
            if patient_of[plan.course_id] == course.patient_id:
                busy.append((item.start, item.end))
    alone = replace(course, barred=(*course.barred, *busy))
    return replace(problem, bookings=tuple(bookings), courses=(alone,))


def objective_of(problem: Problem, outcomes: Iterable[Placed | Unplaced]) -> int:
    """The value of a plan as a whole, O0 to O9, where each is priced beside those before it."""
    return sum(
        outcome.cost.total
        if isinstance(outcome, Placed)
        else problem.weights.unplaced * problem.course(outcome.course_id).priority
        for outcome in outcomes
    )
