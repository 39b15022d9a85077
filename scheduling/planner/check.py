"""Which rules a plan of a course breaks: judged from the plan alone, not from how it was made."""

from collections.abc import Iterator
from dataclasses import dataclass

from scheduling.planner.claims import Claims
from scheduling.planner.fixed import everyone_else, previous_of
from scheduling.planner.model import (
    THERAPIST,
    Appointment,
    Kind,
    Placed,
    Problem,
    appointment_end,
)
from scheduling.planner.rules import Key, Rule, Rulebook, name


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an appointment breaks; no kind or number where it is the course as a whole."""

    kind: Kind | None
    seq: int | None
    rule: Rule
    detail: str


def violations(problem: Problem, placed: Placed) -> list[Violation]:
    """Everything wrong with the plan beside what stands now; a locked appointment is as it is."""
    check = _Check(problem, placed)
    return list(check.structure_faults()) or [
        *check.lead_faults(),
        *check.locked_faults(),
        *check.own_faults(),
        *check.tied_faults(),
    ]


class _Check:
    def __init__(self, problem: Problem, placed: Placed) -> None:
        self.problem, self.placed = problem, placed
        self.course = problem.course(placed.course_id)
        self.book = Rulebook(problem, self.course)
        self.earlier = previous_of(self.course)

    def structure_faults(self) -> Iterator[Violation]:
        """Appointments that the protocol does not have, or has and the plan not."""
        wanted = {(kind, seq): visit for kind, seq, visit in self.book.protocol.chain}
        seen: set[Key] = set()
        for item in self.placed.appointments:
            if key_of(item) in seen or wanted.get(key_of(item)) != item.visit:
                yield Violation(item.kind, item.seq, Rule.STRUCTURE, "not in the protocol")
            seen.add(key_of(item))
        for key in wanted:
            if key not in seen:
                yield Violation(*key, Rule.STRUCTURE, f"{name(key)} is missing")

    def lead_faults(self) -> Iterator[Violation]:
        """A lead who is no therapist, or not the one that the course names."""
        if not self.problem.needs_lead(self.course):
            return
        lead, wanted = self.placed.lead_therapist, self.course.therapist_id
        roles = {person.id: person.roles for person in self.problem.staff}
        if lead is None or THERAPIST not in roles.get(lead, ()):
            yield Violation(None, None, Rule.LEAD, "the lead is no therapist")
        if wanted is not None and lead != wanted:
            yield Violation(None, None, Rule.LEAD, "not the lead that the course names")

    def locked_faults(self) -> Iterator[Violation]:
        """Locked appointments that changed."""
        for item in self.placed.appointments:
            before = self.earlier.get(key_of(item))
            if before is not None and before.locked:
                people = {role: item.staff.get(role) for role in before.staff}
                now = (item.start, item.room_id, people)
                if now != (before.start, before.room_id, dict(before.staff)):
                    yield Violation(item.kind, item.seq, Rule.LOCKED, "is locked, but changed")

    def own_faults(self) -> Iterator[Violation]:
        """Time, room and people of each appointment that is not locked."""
        claims = Claims(self.book, everyone_else(self.problem, self.course.id))
        for item in self.placed.appointments:
            if key_of(item) not in self.book.locked:
                for rule, detail in self._faults_of(item, claims):
                    yield Violation(item.kind, item.seq, rule, detail)
            claims.add(item)

    def _faults_of(self, item: Appointment, claims: Claims) -> Iterator[tuple[Rule, str]]:
        visit = self.problem.visits[item.visit]
        if item.end != appointment_end(visit, item.start):
            yield Rule.STRUCTURE, "does not end when its phases do"
        yield from self.book.time_faults(key_of(item), visit, item.start)
        yield from claims.room_faults(visit, item.start, item.room_id)
        if set(item.staff) != set(visit.roles):
            yield Rule.STAFF_ROLE, f"needs {', '.join(visit.roles) or 'nobody'}"
        for role, detail in claims.team_faults(visit, item.start, item.staff):
            yield Rule.STAFF_ROLE, f"{role}: {detail}"

    def tied_faults(self) -> Iterator[Violation]:
        """Gaps, order and spans; laid at the later appointment unless that is locked."""
        days = {key_of(item): self.book.wall.day(item.start) for item in self.placed.appointments}
        for rule, detail, (first, second) in self.book.tied_faults(days):
            kind, seq = first if second in self.book.locked else second
            yield Violation(kind, seq, rule, detail)


def key_of(item: Appointment) -> Key:
    """The place of the appointment in its course."""
    return item.kind, item.seq
