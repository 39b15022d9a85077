"""Asking for a schedule, and the worker's side of finding one."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from clinic.errors import Conflict
from clinic.models import Membership, Patient, Site
from clinic.tenancy import organization_ids, tenant
from courses.models import Course, ProtocolVersion
from courses.selectors import definition_of
from courses.services import check_extension, extend_course, start_course
from courses.services.extending import needs_decision
from courses.services.starting import Terms
from scheduling.models import Proposal
from scheduling.places import places_of
from scheduling.planner.cost import explain
from scheduling.planner.model import Appointment, Placed
from scheduling.planner.one import plan_course
from scheduling.problem import CourseProblem, course_problem
from scheduling.relief import LATER_WEEKS, reason_of, reliefs
from scheduling.services.claiming import lock_courses
from scheduling.services.keeping import hold_times, sweep_holds

log = structlog.get_logger("courseline.planning")

Clock = Callable[[], datetime]

LEASE = settings.PLANNING_LEASE
MOST_ATTEMPTS = 3
# How often a schedule is looked for whose times somebody else holds by the time it is found.
MOST_RACES = 5
# Nothing is proposed sooner: accepting takes a moment, and the patient has to come.
NOTICE = timedelta(hours=1)


class NothingToPlan(Conflict):
    """Every place of the course has its visit."""

    code = "nothing-to-plan"


class NothingToDiscard(Conflict):
    """The proposal was accepted, discarded, or came to nothing."""

    code = "nothing-to-discard"


@transaction.atomic
def plan_new_course(
    *,
    patient: Patient,
    site: Site,
    protocol_version: ProtocolVersion,
    earliest_on: date,
    latest_first_on: date,
    lead_therapist: Membership | None,
    by: Membership,
    now: datetime,
    **terms: Unpack[Terms],
) -> Proposal:
    """Start a course and ask for its schedule; raises what `start_course` refuses."""
    course = start_course(
        patient=patient,
        site=site,
        protocol_version=protocol_version,
        earliest_on=earliest_on,
        latest_first_on=latest_first_on,
        lead_therapist=lead_therapist,
        by=by,
        now=now,
        **terms,
    )
    return request_proposal(course=course, by=by, now=now)


@transaction.atomic
def request_proposal(
    *, course: Course, by: Membership, now: datetime, extra_doses: int = 0
) -> Proposal:
    """Ask for a schedule of every open place; an older open proposal is discarded.

    Raises NothingToPlan when the course is over or has no open place.
    """
    locked = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if locked.status not in (Course.Status.DRAFT, Course.Status.ACTIVE):
        raise NothingToPlan("This course is not under way.")
    today = now.astimezone(course.site.zone).date()
    definition = definition_of(course.protocol_version)
    if not places_of(locked, definition, today=today, extra_doses=extra_doses).open():
        raise NothingToPlan("Every visit of this course is booked.")
    older = Proposal.objects.filter(course=course, status__in=Proposal.OPEN)
    older.update(status=Proposal.Status.DISCARDED, finished_at=now)
    proposal = Proposal.objects.create(
        organization_id=course.organization_id,
        course=course,
        requested_by=by,
        requested_at=now,
        extra_doses=extra_doses,
    )
    queue_proposal(proposal.organization_id, proposal.pk)
    return proposal


@transaction.atomic
def discard_proposal(*, proposal: Proposal, now: datetime) -> None:
    """Throw an open proposal away; its times are free at once. Raises NothingToDiscard."""
    lock_courses(proposal.course_id)
    own = Proposal.objects.filter(pk=proposal.pk, status__in=Proposal.OPEN)
    if not own.update(status=Proposal.Status.DISCARDED, finished_at=now):
        raise NothingToDiscard("This proposal is not open any more.")


@transaction.atomic
def plan_more_doses(
    *, course: Course, doses: int, by: Membership, now: datetime, reason: str = ""
) -> Proposal:
    """Ask for a schedule of so many doses more.

    Where the protocol goes on, the course grows when the schedule is accepted. Where it has a set
    number of doses, a clinician decides on more for a reason, which stands whatever becomes of
    the schedule (DOMAIN 8.42). Raises NothingToPlan, RightMissing, or DomainError (field `doses`)
    past the protocol's last dose.
    """
    if course.status != Course.Status.ACTIVE:
        raise NothingToPlan("Only a course under way is planned further.")
    check_extension(course=course, doses=doses)
    if needs_decision(course):
        extend_course(course=course, doses=doses, by=by, now=now, reason=reason)
        return request_proposal(course=course, by=by, now=now)
    return request_proposal(course=course, by=by, now=now, extra_doses=doses)


def queue_proposal(organization_id: UUID, proposal_id: UUID) -> None:
    """Hand the proposal to a worker as soon as the transaction is over."""
    from scheduling.tasks import plan

    ids = str(organization_id), str(proposal_id)
    # A lambda, because Django asks a robust callback that fails for its name.
    transaction.on_commit(lambda: plan.delay(*ids), robust=True)


def resume_waiting_proposals(*, now: datetime) -> int:
    """Queue again what no worker holds: lost messages, workers that died; the number queued.

    Holds that are over are removed by the way.
    """
    return sum(_resume(organization_id, now) for organization_id in organization_ids())


def _resume(organization_id: UUID, now: datetime) -> int:
    free = Q(claimed_until=None, requested_at__lt=now - LEASE) | Q(claimed_until__lt=now)
    with tenant(organization_id):
        own = Proposal.objects.waiting().filter(free, organization_id=organization_id)
        waiting = list(own.order_by("requested_at", "pk").values_list("pk", flat=True)[:100])
        for proposal_id in waiting:
            queue_proposal(organization_id, proposal_id)
        sweep_holds(now=now)
    return len(waiting)


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is asked to do, and for whom."""

    organization_id: UUID
    proposal_id: UUID


class _Claimed:
    """A worker's hold on one proposal; writes nothing once another worker has taken over."""

    def __init__(self, job: Job, attempt: int, clock: Clock) -> None:
        self.job = job
        self.clock = clock
        self.rows = Proposal.objects.filter(
            pk=job.proposal_id, attempts=attempt, status=Proposal.Status.RUNNING
        )

    def report(self, stage: str, progress: int) -> None:
        """Say how far it is, and hold on for another lease."""
        until = self.clock() + LEASE
        with tenant(self.job.organization_id):
            self.rows.update(stage=stage, progress=progress, claimed_until=until)

    def is_still_ours(self) -> bool:
        """Whether no other worker has taken over; then none does within this transaction."""
        return bool(self.rows.select_for_update(no_key=True).values_list("pk"))

    def finish(self, **outcome: Any) -> None:
        """Write the outcome and let go."""
        ended = {"progress": 100, "stage": "", "finished_at": self.clock(), "claimed_until": None}
        with tenant(self.job.organization_id):
            self.rows.update(**outcome, **ended)


def _claim(job: Job, clock: Clock) -> _Claimed | None:
    now = clock()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = Proposal.objects.waiting().filter(free, pk=job.proposal_id)
    # What its workers died of three times will kill the fourth.
    hopeless = mine.filter(attempts__gte=MOST_ATTEMPTS)
    if hopeless.update(status=Proposal.Status.FAILED, finished_at=now, claimed_until=None):
        return None
    taken = mine.update(
        status=Proposal.Status.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    attempts = Proposal.objects.values_list("attempts", flat=True).get(pk=job.proposal_id)
    return _Claimed(job, attempts, clock)


def work_on_proposal(
    *, organization_id: UUID, proposal_id: UUID, now: datetime, clock: Clock | None = None
) -> None:
    """Find the schedule as of `now`, unless that is done or another worker is at it.

    `clock` tells the time while it works. An unexpected error leaves the claim to lapse, so that
    the proposal is tried again; after the last attempt it is marked as failed.
    """
    with tenant(organization_id):
        claimed = _claim(Job(organization_id, proposal_id), clock or (lambda: now))
        if claimed is None:
            return
        proposal = Proposal.objects.select_related(
            "course__site", "course__patient", "course__protocol_version",
            "requested_by__organization",
        ).get(pk=proposal_id)  # fmt: skip
    try:
        _plan(proposal, claimed, now)
    except Exception:
        log.exception("planning failed", proposal=str(proposal_id), attempt=proposal.attempts)
        if proposal.attempts >= MOST_ATTEMPTS:
            claimed.finish(status=Proposal.Status.FAILED)


def _plan(proposal: Proposal, claimed: _Claimed, now: datetime) -> None:
    for attempt in range(1, MOST_RACES + 1):
        task = _problem(proposal, claimed, now)
        claimed.report("planning", 40)
        outcome = plan_course(task.problem, task.course_id)
        if not isinstance(outcome, Placed):
            return _explain(proposal, claimed, now)
        may_hold = attempt < MOST_RACES
        if _offer(proposal, claimed, now, schedule_of(task, outcome), may_hold=may_hold):
            return None
    raise AssertionError("The last plan is offered without a hold.")


def _problem(
    proposal: Proposal, claimed: _Claimed, now: datetime, *, spare_weeks: int = 0
) -> CourseProblem:
    """The course's problem for times from a while from now on, beside what others hold now."""
    if not spare_weeks:
        claimed.report("reading", 10)
    with tenant(proposal.organization_id):
        return course_problem(
            proposal.course,
            now=now + NOTICE,
            asked_at=now,
            extra_doses=proposal.extra_doses,
            spare_weeks=spare_weeks,
        )


def _offer(
    proposal: Proposal, claimed: _Claimed, now: datetime, found: dict[str, Any], *, may_hold: bool
) -> bool:
    """Make the schedule ready and hold its times; False where somebody was faster to hold some.

    One that may not hold is ready without: what is held then, accepting says.
    """
    with tenant(proposal.organization_id):
        lock_courses(proposal.course_id)
        by = proposal.requested_by
        if not claimed.is_still_ours():
            return True
        if may_hold and hold_times(proposal, found["visits"], by=by, now=now):
            return False
        claimed.finish(status=Proposal.Status.READY, **found)
    return True


def _explain(proposal: Proposal, claimed: _Claimed, now: datetime) -> None:
    claimed.report("explaining", 70)
    wider = _problem(proposal, claimed, now, spare_weeks=LATER_WEEKS[-1])
    reason = reason_of(wider.problem, wider.course_id)
    claimed.report("explaining", 80)
    found = reliefs(wider.problem, wider.course_id)
    claimed.finish(
        status=Proposal.Status.IMPOSSIBLE,
        reason=reason,
        relief={"options": [asdict(one) for one in found]},
    )


def schedule_of(task: CourseProblem, placed: Placed) -> dict[str, Any]:
    """What a proposal says of a plan that was found, as columns."""
    return {
        "visits": [_as_json(task, one) for one in placed.appointments],
        "lead_therapist_id": placed.lead_therapist,
        "cost": asdict(placed.cost),
        "explanation": asdict(explain(task.problem, task.course_id, placed)),
    }


def _as_json(task: CourseProblem, one: Appointment) -> dict[str, Any]:
    """An appointment in the course's numbers, as `Proposal.visits` holds it."""
    seq = task.places.course_number(one.kind, one.seq)
    return {
        "kind": one.kind,
        "seq": seq,
        "visit_type": one.visit.rpartition("/")[2],
        "starts_at": one.start.isoformat(),
        "ends_at": one.end.isoformat(),
        "room_id": one.room_id,
        "staff": dict(one.staff),
        "is_kept": (one.kind, seq) in task.places.kept,
    }
