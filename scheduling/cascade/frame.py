"""One visit in the planning problem of its course: what is wished, what cannot move."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import cast

from courses.lapses.rules import allowed_on_ladder, undecided_days
from courses.lapses.selectors import intervals_in_force
from courses.models import Course
from courses.protocols.format import Dose
from scheduling.cascade.least import Wish
from scheduling.cascade.ties import Days, Grade, loosened
from scheduling.cascade.wish import Want, Wanted
from scheduling.groups.seats import Seat, seat_for, seated
from scheduling.places import Kept
from scheduling.planner.fixed import standing
from scheduling.planner.model import Appointment, Kind, Problem
from scheduling.planner.rules import Key
from scheduling.planner.wall import Wall
from scheduling.problem import CourseProblem, course_problem
from scheduling.wording import place_label
from sessions.models import Session

CAN_BE_PLANNED = (Course.Status.DRAFT, Course.Status.ACTIVE)
# How much longer than asked for the course may get; further away nothing is looked for.
SPARE, MOST = timedelta(weeks=2), timedelta(weeks=26)


@dataclass(frozen=True)
class Frame:
    """A planned visit with a place in its course, as the planner sees it."""

    visit: Session
    wanted: Wanted
    task: CourseProblem
    now: datetime
    # The place in a group that is wished for.
    seat: Seat | None = None

    @property
    def course_id(self) -> str:
        """The course's name in the problem."""
        return self.task.course_id

    @property
    def problem(self) -> Problem:
        """The problem with every visit of the course as it stands."""
        return self.task.problem

    @cached_property
    def kept(self) -> Mapping[Key, Kept]:
        """The course's visits by the planner's numbers."""
        places = self.task.places
        return {
            (cast("Kind", kind), places.planner_number(kind, seq)): one
            for (kind, seq), one in places.kept.items()
        }

    @cached_property
    def key(self) -> Key:
        """The visit's place by the planner's number."""
        number = self.task.places.planner_number(self.visit.kind, self.visit.seq)
        return cast("Kind", self.visit.kind), number

    @cached_property
    def fixed(self) -> frozenset[Key]:
        """What has begun, is over or is due cannot move."""
        return frozenset(
            key
            for key, one in self.kept.items()
            if one.visit.status != Session.Status.PLANNED or one.visit.starts_at <= self.now
        )

    @cached_property
    def hard(self) -> Mapping[int, int | None]:
        """Per dose the most days since the dose before that need no clinician: the protocol's
        hard maximum, and what its table of lapses leaves undecided (DOMAIN 2.1, 2.7)."""
        interval = intervals_in_force([self.visit.course]).get(self.visit.course.pk)
        return {n: self._limit(dose, interval) for n, dose in enumerate(self.task.places.doses, 1)}

    def _limit(self, dose: Dose, interval: int | None) -> int | None:
        definition = self.task.places.definition
        allowed = allowed_on_ladder(definition, dose.block, interval)
        undecided = undecided_days(definition.missed, block=dose.block, allowed=allowed)
        hard = dose.gap.hard_max_days if dose.gap else None
        return min((days for days in (hard, undecided) if days is not None), default=None)

    @cached_property
    def standing(self) -> Mapping[Key, Appointment]:
        """The course's appointments as they are booked."""
        items = standing(self.problem, self.problem.course(self.course_id))
        return {(item.kind, item.seq): item for item in items}

    @cached_property
    def days(self) -> Days:
        """Their local dates."""
        return self.days_of(self.standing.values())

    def days_of(self, items: Iterable[Appointment]) -> Days:
        """The local dates of some appointments."""
        wall = Wall(self.problem.clinic.tz)
        return {(item.kind, item.seq): wall.day(item.start) for item in items}

    def label(self, key: Key) -> str:
        """What staff call a place."""
        places = self.task.places
        return place_label(places.definition, key[0], places.course_number(*key))

    def loose(self, to: Grade) -> Problem:
        """The problem in which the rules around the visit may be left so far."""
        return loosened(self.problem, self.course_id, self.key, to=to, hard=self.hard)

    def in_group(self, problem: Problem) -> Problem:
        """The same problem, in which the visit takes its place in the group that is wished for."""
        if self.seat is None:
            return problem
        return seated(problem, self.task.visit_key(self.visit.visit_type), self.seat.group)

    @property
    def wish(self) -> Wish:
        """The wish in the planner's words."""
        if self.wanted.want is Want.MOVE:
            return Wish(self.key, self.wanted.starts_at)
        return Wish(self.key, not_before=self.wanted.not_before)


def frame_of(visit: Session, wanted: Wanted, *, now: datetime) -> Frame | None:
    """The visit in its course's problem; None when it is not planned, its place has lapsed, or
    the course is not under way."""
    course = visit.course
    if visit.status != Session.Status.PLANNED or course.status not in CAN_BE_PLANNED:
        return None
    spare = _spare(visit, wanted)
    task = course_problem(course, now=now, spare_weeks=-(-spare // timedelta(weeks=1)))
    if (visit.kind, visit.seq) not in task.places.kept:
        return None
    seat = seat_for(visit, wanted.group) if wanted.group else None
    return Frame(visit, wanted, _booked_part(task), now, seat)


def _booked_part(task: CourseProblem) -> CourseProblem:
    """The same without what is not booked: that is planned when somebody asks for it.

    A dose that is open between two others, or the first one where none is booked, keeps its
    place, so that room is left for it.
    """
    places = task.places
    last = max((n for n, dose in enumerate(places.doses) if ("dosing", dose.seq) in places.kept),
               default=0)  # fmt: skip
    booked = replace(
        places,
        preparation=tuple(n for n in places.preparation if ("prep", n) in places.kept),
        doses=places.doses[: last + 1],
        integration=tuple(n for n in places.integration if ("integration", n) in places.kept),
    )
    course = replace(task.problem.course(task.course_id), previous=tuple(booked.previous()))
    protocols = {**task.problem.protocols, course.protocol: booked.protocol(task.visit_key)}
    problem = replace(task.problem, protocols=protocols, courses=(course,))
    return replace(task, problem=problem, places=booked)


def _spare(visit: Session, wanted: Wanted) -> timedelta:
    """By how much the course may get longer."""
    zone = visit.site.zone
    to: date | None = wanted.not_before
    if wanted.starts_at is not None:
        to = wanted.starts_at.astimezone(zone).date()
    later = (to - visit.starts_at.astimezone(zone).date()) if to else timedelta(0)
    return min(max(later, timedelta(0)) + SPARE, MOST)
