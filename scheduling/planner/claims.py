"""Who and what is taken when, looked up by room and by person, in plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from scheduling.planner.fixed import Use
from scheduling.planner.model import Period, Staff, VisitType
from scheduling.planner.rules import Fault, Rule, Rulebook, phase_periods
from scheduling.planner.wall import overlaps

Stretch = tuple[Period, int]
"""A load that one person carries for a while."""


class Claims:
    """The rooms and people that visits hold, and whether another visit fits beside them."""

    def __init__(self, book: Rulebook, uses: Iterable[Use]) -> None:
        self.book, self.problem = book, book.problem
        self.rooms = {room.id: room for room in self.problem.rooms}
        self.people = {person.id: person for person in self.problem.staff}
        self._in_room: dict[str, list[Period]] = defaultdict(list)
        self._of_person: dict[str, list[Stretch]] = defaultdict(list)
        for use in uses:
            self.add(use)

    def add(self, use: Use) -> None:
        """Hold what the use needs."""
        visit = self.problem.visits[use.visit]
        self._in_room[use.room_id].append(room_period(visit, use.start))
        for role, person in use.staff.items():
            self._of_person[person].extend(stretches(visit, (role,), use.start))

    def room_faults(self, visit: VisitType, start: datetime, room_id: str) -> Iterator[Fault]:
        """What speaks against the room."""
        room, period = self.rooms.get(room_id), room_period(visit, start)
        if room is None or visit.room_kind not in room.kinds:
            yield Rule.ROOM, f"no {visit.room_kind} room"
            return
        if overlaps(period, room.blocked):
            yield Rule.ROOM, "the room is blocked"
        if overlaps(period, self._in_room[room_id]):
            yield Rule.ROOM, "the room is in use"

    def team_faults(
        self, visit: VisitType, start: datetime, team: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        """(role, what speaks against the person) for each role that the visit loads."""
        for role in visit.roles:
            person = self.people.get(team.get(role, ""))
            served = [other for other in visit.roles if team.get(other) == team.get(role)]
            if person is None or role not in person.roles:
                yield role, f"nobody who is {role}"
            else:
                for problem in self._person_faults(visit, start, person, served):
                    yield role, problem

    def _person_faults(
        self, visit: VisitType, start: datetime, person: Staff, roles: Iterable[str]
    ) -> Iterator[str]:
        own = stretches(visit, tuple(roles), start)
        if not all(self.book.on_duty(person, period) for period, _ in own):
            yield "not on duty throughout"
        if any(self._peak(person.id, period) + load > person.capacity for period, load in own):
            yield "already carries too much"

    def _peak(self, person_id: str, period: Period) -> int:
        """The most that the person carries at any instant of the period."""
        near = [s for s in self._of_person[person_id] if overlaps(period, [s[0]])]
        instants = {period[0], *(begin for (begin, _), _ in near if begin >= period[0])}
        return max(
            sum(load for (begin, end), load in near if begin <= instant < end)
            for instant in instants
        )


def room_period(visit: VisitType, start: datetime) -> Period:
    """How long the visit keeps its room, turnover included."""
    return start, start + timedelta(minutes=visit.minutes + visit.turnover_min)


def stretches(visit: VisitType, roles: tuple[str, ...], start: datetime) -> list[Stretch]:
    """What one person carries, phase by phase, who serves all these roles of the visit."""
    loads = (
        (period, sum(phase.load.get(role, 0) for role in roles))
        for phase, period in phase_periods(visit, start)
    )
    return [(period, load) for period, load in loads if load]
