"""Groups with a free place among the free times of a visit, and why not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from scheduling.groups.models import GroupVisit
from scheduling.groups.rules import ROOM_KINDS
from scheduling.groups.seats import Seat, seats_in
from scheduling.planner.model import THERAPIST, Kind, Phase, Problem, Room, Staff
from scheduling.planner.rules import ONE_DAY
from scheduling.planner.slots import visit_slots
from scheduling.planner.wall import Wall
from scheduling.problem import CourseProblem, course_problem
from sessions.models import Session

ALWAYS = dict.fromkeys(range(7), ((0, 24 * 60),))
WHOLE_GROUP = 1000


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """A group that the visit can join while the course's others stay."""

    seat: Seat
    cost: int
    """The part of the objective in which the visit has a share, as of a time of its own."""

    @property
    def group(self) -> GroupVisit:
        """The group itself."""
        return self.seat.group


def group_offers(visit: Session, *, now: datetime, on: date | None = None) -> list[GroupOffer]:
    """The groups with a free place that are legal for the visit, by the same rules and the same
    objective as its other times; one query where there is no group."""
    if visit.status != Session.Status.PLANNED or visit.kind == Session.Kind.DOSING:
        return []
    seats = seats_in(_groups_for(visit, now, on), visit)
    open_seats = [seat for seat in seats if not seat.refusals(visit, now)]
    if not open_seats:
        return []
    task = course_problem(visit.course, now=now, only=(visit.kind, visit.seq))
    if (visit.kind, visit.seq) not in task.places.kept:
        return []
    priced = ((seat, _cost(task, visit, seat.group)) for seat in open_seats)
    return [GroupOffer(seat, cost) for seat, cost in priced if cost is not None]


def _groups_for(visit: Session, now: datetime, on: date | None) -> Iterator[GroupVisit]:
    kinds = [kind for kind in GroupVisit.Kind if GroupVisit(kind=kind).serves == visit.kind]
    rows = GroupVisit.objects.planned().filter(
        site=visit.site_id, kind__in=kinds, starts_at__gt=now
    )
    for group in rows.select_related("site", "room", "therapist").order_by("starts_at", "pk"):
        if on is None or group.local_date == on:
            yield group


def _cost(task: CourseProblem, visit: Session, group: GroupVisit) -> int | None:
    """What the place costs; None where the rules refuse it."""
    kind, number = cast("Kind", visit.kind), task.places.planner_number(visit.kind, visit.seq)
    problem = _as_group(_unlocked(task, kind, number), task.visit_key(visit.visit_type), group)
    first, end = problem.clinic.horizon
    if not first <= group.local_date < end:
        return None
    slots = visit_slots(problem, task.course_id, kind, number)
    return next((slot.cost for slot in slots if slot.start == group.starts_at), None)


def _unlocked(task: CourseProblem, kind: Kind, number: int) -> Problem:
    course = task.problem.course(task.course_id)
    previous = tuple(
        replace(one, locked=one.locked and (one.kind, one.seq) != (kind, number))
        for one in course.previous
    )
    return replace(task.problem, courses=(replace(course, previous=previous),))


def _as_group(problem: Problem, visit_key: str, group: GroupVisit) -> Problem:
    """The problem on the group's date, in which a visit of that type is one with the group's
    therapist in a room of its own: what it costs there is what the place costs."""
    own_kind = min(ROOM_KINDS) + "-" + str(group.pk)
    together = Phase("group", group.minutes, {THERAPIST: 1})
    visit = replace(
        problem.visits[visit_key], room_kind=own_kind, turnover_min=0, phases=(together,)
    )
    wall, day = Wall(problem.clinic.tz), group.local_date
    first, end = problem.clinic.horizon
    elsewhen = [(wall.instant(first, 0), wall.instant(day, 0)),
                (wall.instant(day + ONE_DAY, 0), wall.instant(end, 0))]  # fmt: skip
    course = problem.courses[0]
    barred = (*course.barred, *(one for one in elsewhen if one[0] < one[1]))
    return replace(
        problem,
        rooms=(*problem.rooms, Room(str(group.pk), frozenset({own_kind}))),
        staff=tuple(_leading(problem, str(group.therapist_id))),
        visits={**problem.visits, visit_key: visit},
        courses=(replace(course, barred=barred),),
    )


def _leading(problem: Problem, leader: str) -> Iterator[Staff]:
    """The staff, of whom nobody but the group's therapist serves as such, free throughout."""
    for person in problem.staff:
        if person.id != leader:
            yield replace(person, roles=person.roles - {THERAPIST})
    yield Staff(leader, frozenset({THERAPIST}), WHOLE_GROUP, ALWAYS)


def full_groups(visit: Session, starts_at: datetime) -> list[str]:
    """What is to be said of groups that begin then and have no place left for the visit."""
    groups = GroupVisit.objects.planned().filter(site=visit.site_id, starts_at=starts_at)
    return [
        f"the group then is full: {seat.group.places} of {seat.group.places} places are taken"
        for seat in seats_in(groups.order_by("pk"), visit)
        if seat.group.serves == visit.kind and seat.free < 1
    ]
