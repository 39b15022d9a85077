"""How a course that waits could use a time that became free, and what it would gain.

Legal is what a move or a proposal would be: the same problem, the same planner, the same caps.
What is gained is the planner's objective before, less that after; what a move costs by itself
counts for nothing, because the patient asked for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from courses.models import Course
from scheduling.cascade.answers import book_of
from scheduling.cascade.frame import frame_of
from scheduling.cascade.wish import Want, Wanted
from scheduling.moving import slots_of
from scheduling.planner.check import key_of
from scheduling.planner.cost import cost_terms
from scheduling.planner.fixed import dosing_per_day, everyone_else, previous_of, standing
from scheduling.planner.model import THERAPIST, Appointment, Placed, Problem, Weights
from scheduling.planner.one import plan_course
from scheduling.planner.slots import Slot
from scheduling.problem import CourseProblem, course_problem
from scheduling.services.capping import BookedDose
from scheduling.services.proposing import schedule_of
from scheduling.waitlist.legal import is_allowed, is_barred
from scheduling.waitlist.models import FreedTime, SlotOffer, WaitlistEntry
from sessions.models import Session

How, Wish = SlotOffer.How, WaitlistEntry.Wish
# So many of a course's visits are tried.
MOST_VISITS = 6
Terms = Mapping[str, int]
# Every appointment of a course, and its lead therapist.
Plan = tuple[Collection[Appointment], str | None]


@dataclass(frozen=True, slots=True)
class Fit:
    """A way for one course into the freed time: what is carried out, and what it gains."""

    entry: WaitlistEntry
    how: str
    starts_at: datetime
    ends_at: datetime
    benefit: int
    plan: dict[str, Any]
    visit: Session | None = None
    # What it gains per term of the objective; a loss is below nothing.
    terms: Terms = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, int, datetime, UUID]:
        """Who comes first: most gained, then priority, then who waits longest."""
        return -self.benefit, self.entry.priority, self.entry.since, self.entry.pk


def fit_of(
    entry: WaitlistEntry, freed: FreedTime, *, now: datetime, soonest: datetime
) -> Fit | None:
    """The best way for the course into the freed time; None where none is legal, or none better.

    No visit moves, or comes to lie, before `soonest`. A course that rests, has ended, or whose
    doses are held gets nothing.
    """
    if is_barred(entry.course):
        return None
    ask = _Ask(entry, freed, now, soonest)
    ahead = _ahead(entry.course, soonest)
    if entry.wish == Wish.ANY_PLACE or not ahead:
        return _booked(ask)
    if entry.wish == Wish.SOONER_START and _has_not_begun(entry.course, now):
        return _replanned(ask)
    later = [visit for visit in ahead if visit.starts_at > freed.starts_at][:MOST_VISITS]
    found = [fit for visit in later if (fit := _moved(ask, visit))]
    return min(found, key=lambda fit: fit.rank, default=None)


@dataclass(frozen=True, slots=True)
class _Ask:
    """A freed time and who waits, as of `now`."""

    entry: WaitlistEntry
    freed: FreedTime
    now: datetime
    soonest: datetime

    def takes(self, start: datetime) -> bool:
        """Whether a visit that starts then comes into the freed time."""
        return self.freed.starts_at <= start < self.freed.ends_at

    def day(self, moment: datetime) -> date:
        """The site's date."""
        return moment.astimezone(self.entry.site.zone).date()

    def problem(self) -> CourseProblem:
        """The course's problem, in which nothing new comes before `soonest`."""
        task = course_problem(self.entry.course, now=self.now)
        course = task.problem.course(task.course_id)
        barred = replace(course, barred=(*course.barred, (self.now, self.soonest)))
        return replace(task, problem=replace(task.problem, courses=(barred,)))


def _ahead(course: Course, soonest: datetime) -> Sequence[Session]:
    # Who has a place in a group keeps it: they are not alone in the time.
    planned = Session.objects.planned().filter(course=course, starts_at__gt=soonest)
    rows = planned.filter(reservation__group__isnull=True)
    related = rows.select_related("course__protocol_version", "course__site", "site", "patient")
    return list(related.order_by("starts_at", "pk"))


def _has_not_begun(course: Course, now: datetime) -> bool:
    doses = Session.objects.live().filter(course=course, kind=Session.Kind.DOSING)
    return not doses.exclude(status=Session.Status.PLANNED, starts_at__gt=now).exists()


def _moved(ask: _Ask, visit: Session) -> Fit | None:
    """This visit alone, the others as they stand."""
    if visit.is_provisional:
        return None
    there = slots_of(visit, now=ask.now, on=ask.day(ask.freed.starts_at))
    inside = [slot for slot in there if ask.takes(slot.start) and slot.start < visit.starts_at]
    before = _present_price(visit, ask.now) if inside else None
    if before is None:
        return None
    best = min(inside, key=lambda slot: (price_of(visit, slot), slot.start))
    benefit = before - price_of(visit, best)
    is_dose = visit.kind == Session.Kind.DOSING
    doses = [BookedDose(visit.seq, ask.day(best.start), visit.pk)] if is_dose else []
    if benefit < 1 or not is_allowed(visit.course, doses):
        return None
    plan, terms = {"version": visit.version}, _terms_of_move(visit, best, ask.now)
    return Fit(ask.entry, How.MOVE, best.start, best.end, benefit, plan, visit, terms)


def _present_price(visit: Session, now: datetime) -> int | None:
    """What the visit costs where it is; None where the rules would not let it be there now."""
    slots = slots_of(visit, now=now, on=visit.local_date)
    return next((slot.cost for slot in slots if slot.start == visit.starts_at), None)


def price_of(visit: Session, slot: Slot) -> int:
    """What the slot costs, without what it costs to move there."""
    weights, zone = Weights(), visit.site.zone
    if slot.start == visit.starts_at:
        return slot.cost
    is_that_day = slot.start.astimezone(zone).date() == visit.local_date
    return slot.cost - (weights.moved_time if is_that_day else weights.moved_day)


def _terms_of_move(visit: Session, slot: Slot, now: datetime) -> Terms:
    """Of what the gain is made; nothing is said of a course with open places."""
    frame = frame_of(visit, Wanted(Want.MOVE, slot.start), now=now)
    if frame is None:
        return {}
    problem, before = _forgetting(frame.task), frame.standing
    item = replace(
        before[frame.key],
        start=slot.start,
        end=slot.end,
        room_id=slot.room_id,
        staff=dict(slot.staff),
    )
    after = {**before, frame.key: item}
    if not _is_whole(problem, before.values()):
        return {}
    lead = _lead(problem, before.values())
    return _gains(problem, (before.values(), lead), (after.values(), lead))


def _replanned(ask: _Ask) -> Fit | None:
    """The course anew from `soonest` on, no dose of which was given."""
    task = ask.problem()
    before = standing(task.problem, task.problem.course(task.course_id))
    placed = plan_course(_loosened(task, ask.soonest), task.course_id)
    problem = _forgetting(task)
    if not isinstance(placed, Placed) or not _is_whole(problem, before):
        return None
    plans = (before, _lead(problem, before)), (placed.appointments, placed.lead_therapist)
    terms, changed = _gains(problem, *plans), _changed(before, placed)
    inside = [one for one in changed if ask.takes(one.start)]
    live = ask.entry.course.visits.live().select_related("reservation")
    rows = {(row.kind, row.seq): row for row in live}
    stuck = any(row.is_provisional or row.reservation.group_id for row in rows.values())
    if sum(terms.values()) < 1 or not inside or stuck:
        return None
    if _first_dose(placed.appointments) >= _first_dose(before):
        return None
    if not is_allowed(ask.entry.course, _doses(ask, task, changed, rows)):
        return None
    first, places = inside[0], [_place(task, one, rows) for one in changed]
    visit = rows[first.kind, task.places.course_number(*key_of(first))]
    plan, gain = {"changes": places, "book": book_of(visit)}, sum(terms.values())
    return Fit(ask.entry, How.REPLAN, first.start, first.end, gain, plan, visit, terms)


def _first_dose(items: Collection[Appointment]) -> datetime:
    return min(one.start for one in items if one.kind == "dosing")


def _loosened(task: CourseProblem, soonest: datetime) -> Problem:
    """The problem in which visits may move from `soonest` on, and stay where nothing is gained."""
    course = task.problem.course(task.course_id)
    previous = tuple(replace(one, locked=one.start < soonest) for one in course.previous)
    weights = replace(task.problem.weights, moved_day=2, moved_time=1, swapped=1)
    loose = replace(course, previous=previous)
    return replace(task.problem, courses=(loose,), weights=weights)


def _forgetting(task: CourseProblem) -> Problem:
    """The problem as if the course had no visits yet: what a plan costs without the moving."""
    course = replace(task.problem.course(task.course_id), previous=())
    return replace(task.problem, courses=(course,))


def _is_whole(problem: Problem, items: Collection[Appointment]) -> bool:
    """Whether these are every visit that the protocol calls for."""
    chain = problem.protocol_of(problem.courses[0]).chain
    return {key_of(one) for one in items} == {(kind, seq) for kind, seq, _ in chain}


def _lead(problem: Problem, items: Collection[Appointment]) -> str | None:
    """The course's therapist, else who serves most of its talks."""
    talks = [one.staff.get(THERAPIST) for one in items if one.kind != "dosing"]
    return problem.courses[0].therapist_id or max(set(talks), key=talks.count, default=None)


def _gains(problem: Problem, before: Plan, after: Plan) -> Terms:
    """By how much each term of the objective falls."""
    course = problem.courses[0]
    others = dosing_per_day(problem, everyone_else(problem, course.id))
    was, becomes = (
        asdict(cost_terms(problem, course, list(items), lead, others))
        for items, lead in (before, after)
    )
    return {name: was[name] - becomes[name] for name in was if was[name] != becomes[name]}


def _changed(before: Collection[Appointment], placed: Placed) -> list[Appointment]:
    old = {key_of(one): (one.start, one.room_id, dict(one.staff)) for one in before}
    return [
        one for one in placed.appointments
        if old[key_of(one)] != (one.start, one.room_id, dict(one.staff))
    ]  # fmt: skip


def _place(
    task: CourseProblem, one: Appointment, rows: Mapping[tuple[str, int], Session]
) -> dict[str, Any]:
    """An appointment in the course's numbers, as `scheduling.cascade.answers` has it; and where
    its visit is now."""
    seq = task.places.course_number(*key_of(one))
    row = rows[one.kind, seq]
    return {
        "kind": one.kind,
        "seq": seq,
        "visit_type": one.visit.rpartition("/")[2],
        "starts_at": one.start.isoformat(),
        "ends_at": one.end.isoformat(),
        "room_id": one.room_id,
        "staff": dict(one.staff),
        "visit": str(row.pk),
        "group": "",
        "from": row.starts_at.isoformat(),
    }


def _doses(
    ask: _Ask,
    task: CourseProblem,
    items: Collection[Appointment],
    rows: Mapping[tuple[str, int], Session],
) -> list[BookedDose]:
    """The doses among them, with the visits that they are now."""
    found = []
    for one in items:
        if one.kind == "dosing":
            seq = task.places.course_number(*key_of(one))
            row = rows.get((one.kind, seq))
            found.append(BookedDose(seq, ask.day(one.start), row.pk if row else None))
    return found


def _booked(ask: _Ask) -> Fit | None:
    """Every visit that has no place yet, as a proposal would place them."""
    task = ask.problem()
    if not task.places.open():
        return None
    placed = plan_course(task.problem, task.course_id)
    if not isinstance(placed, Placed):
        return None
    kept = previous_of(task.problem.course(task.course_id))
    new = [one for one in placed.appointments if key_of(one) not in kept]
    inside = [one for one in new if ask.takes(one.start)]
    if not inside or not is_allowed(ask.entry.course, _doses(ask, task, new, {})):
        return None
    benefit = max(1, task.problem.weights.unplaced - placed.cost.total)
    first, plan = inside[0], schedule_of(task, placed)
    return Fit(ask.entry, How.BOOK, first.start, first.end, benefit, plan)
