"""A place in a group for one visit of a course, as changes of the course see it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from clinic.models import Role
from courses.protocols import VisitType
from courses.selectors import definition_of
from scheduling.crew import PLANNER_ROLES
from scheduling.groups.models import GroupVisit
from scheduling.groups.rules import Needed, Offered, refusals
from scheduling.models import Reservation
from scheduling.planner.model import THERAPIST, Phase, Problem
from scheduling.planner.slots import Slot
from scheduling.wording import ROLE_WORDS
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class Seat:
    """A group as one visit sees it: how many places others leave."""

    group: GroupVisit
    free: int
    # Whether the visit has a place in it.
    is_held: bool = False

    @property
    def staff(self) -> Mapping[str, str]:
        """Who serves, in the planner's words."""
        return {THERAPIST: str(self.group.therapist_id)}

    @property
    def slot(self) -> Slot:
        """The place, as the planner gives such."""
        group = self.group
        return Slot(group.starts_at, group.ends_at, str(group.room_id), self.staff, 0)

    def refusals(self, visit: Session, now: datetime) -> list[str]:
        """Why the visit cannot have it, whatever the rest of its course; empty when it can."""
        group = self.group
        offered = Offered(
            serves=group.serves,
            minutes=group.minutes,
            free=self.free,
            is_planned=group.is_planned and group.site_id == visit.site_id,
            has_begun=group.has_begun(now),
        )
        found = list(refusals(offered, needed_by(visit)))
        if self.is_held and group.starts_at == visit.starts_at:
            found.append("the visit has a place in it already")
        return found


def needed_by(visit: Session) -> Needed:
    """What the protocol asks of the visit."""
    rule = definition_of(visit.course.protocol_version).visit_type(visit.visit_type)
    return Needed(visit.kind, sum(phase.minutes for phase in rule.phases), _others(rule))


def _others(rule: VisitType) -> set[str]:
    roles = {PLANNER_ROLES[Role(role)] for phase in rule.phases for role in phase.load}
    return {ROLE_WORDS[role] for role in roles - {THERAPIST}}


def seats_in(groups: Iterable[GroupVisit], visit: Session) -> list[Seat]:
    """The groups, with the places that others than this visit leave free; one query."""
    known = list(groups)
    members = Reservation.objects.filter(group__in=known, session__isnull=False)
    taken: dict[UUID | None, set[UUID | None]] = defaultdict(set)
    for group_id, visit_id in members.values_list("group_id", "session_id") if known else []:
        taken[group_id].add(visit_id)
    return [
        Seat(group, group.places - len(taken[group.pk] - {visit.pk}), visit.pk in taken[group.pk])
        for group in known
    ]


def seat_for(visit: Session, group_id: str) -> Seat | None:
    """The same by the group's id; None where there is no such group."""
    group = GroupVisit.objects.filter(pk=group_id).select_related("site").first()
    return seats_in([group], visit)[0] if group else None


def lock_group(group_id: UUID | str) -> GroupVisit | None:
    """Inside a transaction: after courses, visits and persons, before rooms and people."""
    rows = GroupVisit.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("site", "room", "therapist").filter(pk=group_id).first()


def seated(problem: Problem, visit_key: str, group: GroupVisit) -> Problem:
    """The problem in which visits of that type last as long as the group, and ask for nobody:
    the group has its room and its therapist."""
    together = replace(problem.visits[visit_key], phases=(Phase("group", group.minutes),))
    return replace(problem, visits={**problem.visits, visit_key: together})
