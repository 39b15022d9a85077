"""Which changes of a way hang together, so that each part can be accepted by itself: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.planner.claims import room_period, stretches
from scheduling.planner.fixed import Use
from scheduling.planner.model import Period, Problem, VisitType
from scheduling.planner.wall import overlaps


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a visit is, or will be."""

    start: datetime
    room_id: str
    staff: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A visit that a way changes; the group is the person whose visit it is."""

    person: str
    type: str
    before: Spot
    after: Spot | None


def parts_of(problem: Problem, changed: Sequence[Changed], still: Iterable[Use]) -> list[int]:
    """Per change the number of its part, from 1 on: changes of one person, and those of which one
    may need what the other lets go of, are of one part. `still` is what does not change."""
    ties = _Ties(problem, changed, list(still))
    owner = list(range(len(changed)))

    def root(number: int) -> int:
        while owner[number] != number:
            number = owner[number]
        return number

    for first, second in ties.pairs():
        owner[max(root(first), root(second))] = min(root(first), root(second))
    numbers = {found: n for n, found in enumerate(sorted({root(n) for n in range(len(owner))}), 1)}
    return [numbers[root(number)] for number in range(len(changed))]


class _Ties:
    def __init__(self, problem: Problem, changed: Sequence[Changed], still: list[Use]) -> None:
        self.problem, self.changed, self.still = problem, changed, still
        self.capacity = {person.id: person.capacity for person in problem.staff}

    def pairs(self) -> Iterable[tuple[int, int]]:
        """Those that have to be accepted together."""
        for number, one in enumerate(self.changed):
            for other, rival in enumerate(self.changed):
                if number != other and (one.person == rival.person or self._needs(one, rival)):
                    yield number, other

    def _needs(self, one: Changed, rival: Changed) -> bool:
        """Whether the first may need what the other has now."""
        if one.after is None or rival.after is None:
            return False
        return self._needs_room(one, one.after, rival) or self._needs_people(one, one.after, rival)

    def _needs_room(self, one: Changed, after: Spot, rival: Changed) -> bool:
        if after.room_id != rival.before.room_id:
            return False
        own = room_period(self._type(one), after.start)
        return overlaps(own, [room_period(self._type(rival), rival.before.start)])

    def _needs_people(self, one: Changed, after: Spot, rival: Changed) -> bool:
        for role, person in after.staff.items():
            own = [period for period, _ in stretches(self._type(one), (role,), after.start)]
            if self._serves(rival, rival.before, person, own) and self._is_short(person, own):
                return True
        return False

    def _serves(
        self, change: Changed, spot: Spot | None, person: str, during: list[Period]
    ) -> bool:
        if spot is None:
            return False
        return any(
            overlaps(period, during)
            for role, who in spot.staff.items()
            if who == person
            for period, _ in stretches(self._type(change), (role,), spot.start)
        )

    def _is_short(self, person: str, during: list[Period]) -> bool:
        """Whether the person could not carry everything that was and will be there at once."""
        loads = [
            (period, load)
            for kind, start, staff in self._all()
            for role, who in staff.items()
            if who == person
            for period, load in stretches(kind, (role,), start)
            if overlaps(period, during)
        ]
        edges = {period[0] for period, _ in loads}
        most = max(
            (sum(load for (a, b), load in loads if a <= edge < b) for edge in edges), default=0
        )
        return most > self.capacity.get(person, 0)

    def _all(self) -> Iterable[tuple[VisitType, datetime, Mapping[str, str]]]:
        for use in self.still:
            yield self.problem.visits[use.visit], use.start, use.staff
        for change in self.changed:
            for spot in (change.before, change.after):
                if spot is not None:
                    yield self._type(change), spot.start, spot.staff

    def _type(self, change: Changed) -> VisitType:
        return self.problem.visits[change.type]
