"""Where one visit of a course can go while the others stay, and why not elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import Q

from clinic.errors import Conflict
from clinic.identity.selectors import of_person
from clinic.models import Site
from courses.doses.selectors import doses_of_patient
from courses.models import Course, Dose
from courses.selectors import definition_of
from scheduling.names import NOBODY, Names
from scheduling.places import Key, Places, places_of
from scheduling.planner.model import Kind, Problem
from scheduling.planner.rules import Rule
from scheduling.planner.slots import Refusal, Slot, visit_slots, why_not
from scheduling.problem import course_problem
from scheduling.refusing import Asked, refusals_in_words
from scheduling.wording import place_label
from sessions.models import Session

LEAST_APART = timedelta(hours=24)
WITHIN_A_DAY = "another dose is less than 24 hours away, which nobody can override"
# Rules by which others have what the visit would need: somebody was faster.
TAKEN = (Rule.ROOM, Rule.STAFF_ROLE)
NO_PLACE = "the visit is not planned any more, or its dose was not given"


CAN_BE_BOOKED = (Course.Status.DRAFT, Course.Status.ACTIVE)


class PlaceNotOpen(Conflict):
    """The course does not call for the visit, or it is booked."""

    code = "place-not-open"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a start is refused, in words; whether by nothing but what others have booked."""

    reasons: list[str]
    is_taken: bool


def slots_of(
    visit: Session, *, now: datetime, is_overridden: bool = False, on: date | None = None
) -> list[Slot]:
    """Every legal start of the visit, the best first; with an override inside the minimum gap.

    On that one date, where one is given.
    """
    return named_slots_of(visit, now=now, is_overridden=is_overridden, on=on)[0]


def named_slots_of(
    visit: Session, *, now: datetime, is_overridden: bool = False, on: date | None = None
) -> tuple[list[Slot], Names]:
    """The same, with the names of the site's rooms and people."""
    found = _task(visit, now, is_overridden, is_whole=False, on=on)
    return (_slots(found), found.names) if found else ([], NOBODY)


def open_place(course: Course, place: Key | None, *, now: datetime) -> tuple[Places, Key]:
    """The course's places, and that one or the next that has no visit; PlaceNotOpen."""
    if course.status not in CAN_BE_BOOKED:
        raise PlaceNotOpen(f"This course is {course.get_status_display().lower()}.")
    today = now.astimezone(course.site.zone).date()
    places = places_of(course, definition_of(course.protocol_version), today=today)
    still_open = places.open()
    if place and place not in still_open:
        raise PlaceNotOpen("This visit is booked, or the course does not have it.")
    if not still_open:
        raise PlaceNotOpen("Every visit of this course is booked.")
    return places, place or min(still_open, key=_turn)


def _turn(key: Key) -> tuple[bool, int, bool]:
    """Preparation first, then each dose and the talk after it."""
    kind, seq = key
    return kind != "prep", seq, kind == "integration"


def slots_of_place(
    course: Course, places: Places, key: Key, *, now: datetime, on: date | None = None
) -> tuple[list[Slot], Names]:
    """Every legal start of a place of the course that has no visit yet, the best first; with the
    names of the site's rooms and people."""
    found = _of_place(course, places, key, now, on)
    return _slots(found), found.names


def refusals_of_place(
    course: Course, places: Places, key: Key, starts_at: datetime, *, now: datetime
) -> Refused:
    """Why that place of the course cannot have a visit then."""
    found = _of_place(course, places, key, now, None)
    refusals = why_not(found.problem, found.course_id, found.kind, found.seq, starts_at)
    is_taken = bool(refusals) and all(one.rule in TAKEN for one in refusals)
    return Refused(_in_words(course.site, found, refusals, starts_at), is_taken)


def _slots(found: "_Task") -> list[Slot]:
    first, end = found.problem.clinic.horizon
    if first >= end:
        return []
    return visit_slots(found.problem, found.course_id, found.kind, found.seq)


def slot_at(
    visit: Session, starts_at: datetime, *, now: datetime, is_overridden: bool = False
) -> Slot | None:
    """The best room and people for that start, or None when it is not legal."""
    if is_overridden and is_within_a_day(visit, starts_at):
        return None
    day = starts_at.astimezone(visit.site.zone).date()
    slots = slots_of(visit, now=now, is_overridden=is_overridden, on=day)
    return next((slot for slot in slots if slot.start == starts_at), None)


def refusals_of(
    visit: Session, starts_at: datetime, *, now: datetime, is_overridden: bool = False
) -> list[str]:
    """Why the visit cannot start then, in words; empty when it can."""
    found = _task(visit, now, is_overridden)
    if found is None:
        return [NO_PLACE]
    refusals = why_not(found.problem, found.course_id, found.kind, found.seq, starts_at)
    day = [WITHIN_A_DAY] if is_overridden and is_within_a_day(visit, starts_at) else []
    return [*day, *_in_words(visit.site, found, refusals, starts_at)]


def _in_words(
    site: Site, found: "_Task", refusals: Sequence[Refusal], starts_at: datetime
) -> list[str]:
    places = found.places
    asked = Asked(
        found.problem,
        found.course_id,
        (found.kind, found.seq),
        starts_at,
        places.definition.min_gap_days,
    )

    def label(key: tuple[Kind, int]) -> str:
        return place_label(places.definition, key[0], places.course_number(*key))

    return refusals_in_words(asked, refusals, site=site, label=label) if refusals else []


def override_would_do(visit: Session, starts_at: datetime, *, now: datetime) -> bool:
    """Whether nothing but the minimum gap stands against that start of a dose."""
    return visit.kind == Session.Kind.DOSING and not _is_free(visit, starts_at, now) and (
        _is_free(visit, starts_at, now, is_overridden=True)
    )  # fmt: skip


def _is_free(
    visit: Session, starts_at: datetime, now: datetime, *, is_overridden: bool = False
) -> bool:
    """The same as no refusal, without the words."""
    found = _task(visit, now, is_overridden)
    if found is None or (is_overridden and is_within_a_day(visit, starts_at)):
        return False
    return not why_not(found.problem, found.course_id, found.kind, found.seq, starts_at)


def is_within_a_day(visit: Session, starts_at: datetime) -> bool:
    """Whether another dose of the patient is less than 24 hours away; no override allows that."""
    near = (starts_at - LEAST_APART, starts_at + LEAST_APART)
    doses = Session.objects.live().filter(of_person(visit.patient_id), kind=Session.Kind.DOSING)
    near_doses = doses.filter(starts_at__gt=near[0], starts_at__lt=near[1])
    return near_doses.exclude(pk=visit.pk).exists() or _is_day_of_one_elsewhere(visit, starts_at)


def _is_day_of_one_elsewhere(visit: Session, starts_at: datetime) -> bool:
    """Of a dose at another clinic only the date is known."""
    day = starts_at.astimezone(visit.site.zone).date()
    is_elsewhere = Q(source=Dose.Source.OUTSIDE) | ~Q(patient=visit.patient_id)
    return doses_of_patient(visit.patient).filter(is_elsewhere, on=day).exists()


@dataclass(frozen=True, slots=True)
class _Task:
    """The course's problem with one visit unlocked, and that visit's number there."""

    problem: Problem
    course_id: str
    kind: Kind
    seq: int
    places: Places
    names: Names


def _of_place(course: Course, places: Places, key: Key, now: datetime, on: date | None) -> _Task:
    task = course_problem(course, now=now, only=key, on=on, places=places)
    number = places.planner_number(*key)
    return _Task(task.problem, task.course_id, cast("Kind", key[0]), number, places, task.names)


def _task(
    visit: Session,
    now: datetime,
    is_overridden: bool,
    *,
    is_whole: bool = True,
    on: date | None = None,
) -> _Task | None:
    """None when the visit is not planned, or its place in the course has lapsed.

    Not `is_whole`: of the book only the dates that the course's other visits leave this one.
    """
    only = None if is_whole else (visit.kind, visit.seq)
    task = course_problem(visit.course, now=now, only=only, on=on)
    if visit.status != Session.Status.PLANNED or (visit.kind, visit.seq) not in task.places.kept:
        return None
    kind = cast("Kind", visit.kind)
    seq = task.places.planner_number(visit.kind, visit.seq)
    course = task.problem.course(task.course_id)
    previous = tuple(
        replace(one, locked=one.locked and (one.kind, one.seq) != (kind, seq))
        for one in course.previous
    )
    problem = replace(task.problem, courses=(replace(course, previous=previous),))
    if is_overridden and kind == "dosing":
        problem = _without_minimum(problem, seq)
    return _Task(problem, task.course_id, kind, seq, task.places, task.names)


def _without_minimum(problem: Problem, seq: int) -> Problem:
    """The problem in which this dose may be nearer to its neighbours and to other courses'."""
    protocols = {
        name: replace(
            protocol,
            dosing=tuple(
                replace(rule, gap=(1, rule.gap[1])) if rule.gap and n in (seq, seq + 1) else rule
                for n, rule in enumerate(protocol.dosing, 1)
            ),
        )
        for name, protocol in problem.protocols.items()
    }
    courses = tuple(replace(course, barred_dosing=()) for course in problem.courses)
    return replace(problem, protocols=protocols, courses=courses)
