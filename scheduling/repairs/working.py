"""Asking for a repair, and the worker's side of finding one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from clinic.errors import Conflict
from clinic.models import Membership, Site
from clinic.tenancy import organization_ids, tenant
from scheduling.planner.fixed import standing
from scheduling.planner.mending import Mended, Name
from scheduling.repairs.hits import Hits, hits_in
from scheduling.repairs.models import Repair, RepairVisit, RepairWay
from scheduling.repairs.parts import Changed, Spot, parts_of
from scheduling.repairs.problem import Mending, mending_problem
from scheduling.repairs.solving import Asking, Found, ways_to_mend
from scheduling.repairs.stretches import Booked

log = structlog.get_logger("courseline.planning")

Clock = Callable[[], datetime]
LEASE = settings.PLANNING_LEASE
MOST_ATTEMPTS = 3
# As many days as one repair mends at a time: a longer absence is mended piece by piece.
LONGEST = timedelta(days=27)
PROGRESS = {"READING": 10, "FEWEST": 30, "HIT_ONLY": 60, "LONGER": 75}


class RepairOver(Conflict):
    """The repair is finished, or somebody else ended it."""

    code = "repair-over"


@transaction.atomic
def request_repair(
    *, site: Site, first_on: date, last_on: date, by: Membership, now: datetime
) -> Repair:
    """Ask a worker to mend these days, at most four weeks of them; an open repair of the same days
    is discarded."""
    Site.objects.select_for_update(of=("self",), no_key=True).get(pk=site.pk)
    last_on = min(last_on, first_on + LONGEST)
    older = Repair.objects.filter(
        site=site, status__in=Repair.OPEN, first_on__lte=last_on, last_on__gte=first_on
    )
    older.update(status=Repair.Status.DISCARDED, finished_at=now, claimed_until=None)
    repair = Repair.objects.create(
        organization_id=site.organization_id,
        site=site,
        first_on=first_on,
        last_on=last_on,
        requested_by=by,
        requested_at=now,
    )
    queue_repair(repair.organization_id, repair.pk)
    return repair


@transaction.atomic
def cancel_repair(*, repair: Repair, now: datetime) -> Repair:
    """End a repair that nobody wants any more; the worker lets go of it. Raises RepairOver."""
    rows = Repair.objects.filter(pk=repair.pk, status__in=Repair.OPEN)
    ended = {"status": Repair.Status.CANCELLED, "finished_at": now, "claimed_until": None}
    if not rows.update(**ended):
        raise RepairOver("This repair is over already.")
    repair.refresh_from_db()
    return repair


def queue_repair(organization_id: UUID, repair_id: UUID) -> None:
    """Hand the repair to a worker as soon as the transaction is over."""
    from scheduling.repairs.tasks import mend

    ids = str(organization_id), str(repair_id)
    # A lambda, because Django asks a robust callback that fails for its name.
    transaction.on_commit(lambda: mend.delay(*ids), robust=True)


def resume_waiting_repairs(*, now: datetime) -> int:
    """Queue again what no worker holds: lost messages, workers that died; the number queued."""
    return sum(_resume(organization_id, now) for organization_id in organization_ids())


def _resume(organization_id: UUID, now: datetime) -> int:
    free = Q(claimed_until=None, requested_at__lt=now - LEASE) | Q(claimed_until__lt=now)
    with tenant(organization_id):
        own = Repair.objects.waiting().filter(free, organization_id=organization_id)
        waiting = list(own.order_by("requested_at", "pk").values_list("pk", flat=True)[:100])
        for repair_id in waiting:
            queue_repair(organization_id, repair_id)
    return len(waiting)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A worker's hold on one repair; it writes nothing once that is lost."""

    organization_id: UUID
    repair_id: UUID
    attempt: int
    clock: Clock

    def rows(self) -> Any:
        return Repair.objects.filter(
            pk=self.repair_id, attempts=self.attempt, status=Repair.Status.RUNNING
        )

    def within(self) -> AbstractContextManager[None]:
        return tenant(self.organization_id)

    def is_lost(self) -> bool:
        """Whether somebody cancelled the repair, or another worker has it; else hold on."""
        with self.within():
            return not self.rows().update(claimed_until=self.clock() + LEASE)

    def report(self, stage: str) -> None:
        """Say how far it is, and hold on for another lease."""
        with self.within():
            self.rows().update(
                stage=stage, progress=PROGRESS[stage], claimed_until=self.clock() + LEASE
            )

    def finish(self, status: Repair.Status) -> None:
        """Write the outcome and let go."""
        with self.within():
            self.rows().update(
                status=status,
                progress=100,
                stage="",
                finished_at=self.clock(),
                claimed_until=None,
            )


def _claim(organization_id: UUID, repair_id: UUID, clock: Clock) -> _Claimed | None:
    now = clock()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = Repair.objects.waiting().filter(free, pk=repair_id)
    # What its workers died of three times will kill the fourth.
    hopeless = mine.filter(attempts__gte=MOST_ATTEMPTS)
    if hopeless.update(status=Repair.Status.FAILED, finished_at=now, claimed_until=None):
        return None
    taken = mine.update(
        status=Repair.Status.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    attempt = Repair.objects.values_list("attempts", flat=True).get(pk=repair_id)
    # What a worker that died had found is found again.
    RepairWay.objects.filter(repair=repair_id).delete()
    return _Claimed(organization_id, repair_id, attempt, clock)


def work_on_repair(
    *, organization_id: UUID, repair_id: UUID, now: datetime, clock: Clock | None = None
) -> None:
    """Find ways to mend the book as of `now`, unless that is done or another worker is at it.

    Each way can be seen as soon as it is found. An unexpected error leaves the claim to lapse, so
    that it is tried again; after the last attempt the repair is marked as failed.
    """
    with tenant(organization_id):
        claimed = _claim(organization_id, repair_id, clock or (lambda: now))
        if claimed is None:
            return
        repair = Repair.objects.select_related("site__organization").get(pk=repair_id)
    try:
        _mend(repair, claimed, now)
    except Exception:
        log.exception("repair failed", repair=str(repair_id), attempt=claimed.attempt)
        if claimed.attempt >= MOST_ATTEMPTS:
            claimed.finish(Repair.Status.FAILED)


def _mend(repair: Repair, claimed: _Claimed, now: datetime) -> None:
    claimed.report("READING")
    with claimed.within():
        today = now.astimezone(repair.site.zone).date()
        found = hits_in(repair.site, max(repair.first_on, today), repair.last_on, now=now)
        task = mending_problem(found, now=now) if found.hits else None
    if task is None:
        claimed.finish(Repair.Status.NOTHING)
        return
    asking = Asking(
        settings.REPAIR_SECONDS,
        lambda how: claimed.report(how.value),
        claimed.is_lost,
        claimed.within,
    )
    has_way = False
    for way in ways_to_mend(task, asking):
        if claimed.is_lost():
            return
        with claimed.within():
            _write(repair, found, task, way)
        has_way = True
    claimed.finish(Repair.Status.READY if has_way else Repair.Status.FAILED)


def _write(repair: Repair, found: Hits, task: Mending, way: Found) -> None:
    mended = way.mended
    row = RepairWay.objects.create(
        organization_id=repair.organization_id,
        repair=repair,
        how=way.how,
        least=mended.least,
        milliseconds=round(1000 * mended.seconds),
        longer=[
            {"member": member, "on": on.isoformat(), "before": before, "after": after}
            for (member, on), (before, after) in sorted(mended.longer.items())
        ],
    )
    RepairVisit.objects.bulk_create(_rows(repair, row, found, task, mended))


def _rows(
    repair: Repair, way: RepairWay, found: Hits, task: Mending, mended: Mended
) -> Iterator[RepairVisit]:
    causes = {hit.booked.visit.pk: [c.value for c in hit.causes] for hit in found.hits}
    names = [name for name in task.visits if _is_told(task, mended, name)]
    changes = [_changed(task, mended, name) for name in names]
    still = [
        item
        for course in task.problem.courses
        for item in standing(task.problem, course)
        if (course.id, (item.kind, item.seq)) not in set(names)
    ]
    parts = parts_of(task.problem, changes, [*task.problem.bookings, *still])
    for name, change, part in zip(names, changes, parts, strict=True):
        one, after = task.visits[name], change.after
        yield RepairVisit(
            **_before(repair, way, one, part, causes.get(one.visit.pk, [])),
            new_starts_at=after.start if after else None,
            new_room_id=after.room_id if after else None,
            new_staff=dict(after.staff) if after else {},
            reason="" if after else RepairVisit.Reason.NO_PLACE,
        )
    for number, one in enumerate(task.by_hand, max(parts, default=0) + 1):
        before = _before(repair, way, one, number, causes.get(one.visit.pk, []))
        yield RepairVisit(**before, reason=RepairVisit.Reason.BY_HAND)


def _is_told(task: Mending, mended: Mended, name: Name) -> bool:
    """Whether a way does something to the visit, or leaves it without a place."""
    after = mended.places.get(name)
    if after is None:
        return name in task.hit
    one = task.visits[name]
    now = (after.start, after.room_id, dict(after.staff))
    return now != (one.visit.starts_at, one.room_id, dict(one.staff))


def _changed(task: Mending, mended: Mended, name: Name) -> Changed:
    one, after = task.visits[name], mended.places.get(name)
    course = task.problem.course(name[0])
    kinds = {(kind, seq): visit for kind, seq, visit in task.problem.protocol_of(course).chain}
    return Changed(
        person=course.patient_id,
        type=kinds[name[1]],
        before=Spot(one.visit.starts_at, one.room_id, one.staff),
        after=Spot(after.start, after.room_id, after.staff) if after else None,
    )


def _before(
    repair: Repair, way: RepairWay, one: Booked, part: int, causes: list[str]
) -> dict[str, Any]:
    return {
        "organization_id": repair.organization_id,
        "way": way,
        "visit": one.visit,
        "course_id": one.visit.course_id,
        "part": part,
        "causes": causes,
        "version": one.visit.version,
        "starts_at": one.visit.starts_at,
        "room_id": one.room_id,
        "staff": dict(one.staff),
    }
