"""Asking for a forecast, ending it, and the worker's side of counting."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from clinic.models import Membership, Site
from clinic.tenancy import organization_ids, tenant
from courses.models import ProtocolVersion
from scheduling.capacity.models import WEEKS, CapacityForecast
from scheduling.capacity.starting import week_figures
from scheduling.capacity.weeks import ONE_WEEK, next_monday, week_problem
from scheduling.services.proposing import LEASE, MOST_ATTEMPTS, NOTICE

log = structlog.get_logger("courseline.capacity")

Clock = Callable[[], datetime]
Status = CapacityForecast.Status

# How often a worker says that it is alive.
SIGN_OF_LIFE = timedelta(seconds=1)
# About so many plans are made for a week; its progress is told by them.
PLANS_PER_WEEK = 60


def request_forecast(
    *, site: Site, protocol_version: ProtocolVersion, by: Membership, now: datetime
) -> CapacityForecast:
    """Ask for the coming weeks of a protocol at a site; what is being counted already stays."""
    same = {"site": site, "protocol_version": protocol_version}
    try:
        with transaction.atomic():
            made = CapacityForecast.objects.create(
                organization_id=site.organization_id,
                begins_on=next_monday(site, now),
                requested_by=by,
                requested_at=now,
                **same,
            )
            _queue(made.organization_id, made.pk)
            return made
    except IntegrityError:
        waiting = CapacityForecast.objects.waiting().filter(**same).first()
        if waiting is None:
            raise
        return waiting


def cancel_forecast(*, site: Site, protocol_version: ProtocolVersion, now: datetime) -> None:
    """End the counting, if it is under way; the worker stops at its next sign of life."""
    waiting = CapacityForecast.objects.waiting()
    waiting.filter(site=site, protocol_version=protocol_version).update(
        status=Status.CANCELLED, finished_at=now, claimed_until=None
    )


def _queue(organization_id: UUID, forecast_id: UUID) -> None:
    from scheduling.capacity.tasks import count_week

    ids = str(organization_id), str(forecast_id)
    # A lambda, because Django asks a robust callback that fails for its name.
    transaction.on_commit(lambda: count_week.delay(*ids), robust=True)


def resume_waiting_forecasts(*, now: datetime) -> int:
    """Queue again what no worker holds: lost messages, workers that died; the number queued."""
    return sum(_resume(organization_id, now) for organization_id in organization_ids())


def _resume(organization_id: UUID, now: datetime) -> int:
    free = Q(claimed_until=None, requested_at__lt=now - LEASE) | Q(claimed_until__lt=now)
    with tenant(organization_id):
        own = CapacityForecast.objects.waiting().filter(free, organization_id=organization_id)
        waiting = list(own.order_by("requested_at", "pk").values_list("pk", flat=True)[:100])
        for forecast_id in waiting:
            _queue(organization_id, forecast_id)
    return len(waiting)


class _LetGo(Exception):
    """Somebody cancelled, or another worker has taken over."""


@dataclass(slots=True)
class _Claimed:
    """A worker's hold on the next week; writes nothing once that is another's or cancelled."""

    forecast: CapacityForecast
    clock: Clock
    told_at: datetime
    plans: int = 0

    @property
    def rows(self) -> Any:
        """The forecast, while it is this worker's."""
        one = self.forecast
        return CapacityForecast.objects.filter(
            pk=one.pk, status=Status.RUNNING, attempts=one.attempts, weeks_done=one.weeks_done
        )

    def tell(self) -> None:
        """Give a sign of life every now and then; raises _LetGo when nobody wants it."""
        self.plans += 1
        now = self.clock()
        if now - self.told_at < SIGN_OF_LIFE:
            return
        self.told_at = now
        within = min(self.plans / PLANS_PER_WEEK, 0.9)
        progress = round(100 * (self.forecast.weeks_done + within) / WEEKS)
        with tenant(self.forecast.organization_id):
            if not self.rows.update(progress=progress, claimed_until=now + LEASE):
                raise _LetGo

    def finish_week(self, figures: dict[str, Any]) -> None:
        """Keep the week's figures; the next one is any worker's."""
        one = self.forecast
        done = one.weeks_done + 1
        kept: dict[str, Any] = {
            "weeks": [*one.weeks, figures],
            "weeks_done": done,
            "attempts": 0,
            "claimed_until": None,
            "progress": round(100 * done / WEEKS),
        }
        if done == WEEKS:
            kept |= {"status": Status.READY, "finished_at": self.clock()}
        with tenant(one.organization_id):
            if self.rows.update(**kept):
                self._then(is_last=done == WEEKS)

    def _then(self, *, is_last: bool) -> None:
        one = self.forecast
        if not is_last:
            _queue(one.organization_id, one.pk)
            return
        older = CapacityForecast.objects.filter(
            site_id=one.site_id,
            protocol_version_id=one.protocol_version_id,
            requested_at__lt=one.requested_at,
        )
        older.exclude(status__in=CapacityForecast.OPEN).delete()

    def fail(self) -> None:
        """Say that it cannot be counted."""
        with tenant(self.forecast.organization_id):
            self.rows.update(status=Status.FAILED, finished_at=self.clock(), claimed_until=None)


def _claim(forecast_id: UUID, clock: Clock) -> _Claimed | None:
    now = clock()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    mine = CapacityForecast.objects.waiting().filter(free, pk=forecast_id)
    # What its workers died of three times will kill the fourth.
    hopeless = mine.filter(attempts__gte=MOST_ATTEMPTS)
    if hopeless.update(status=Status.FAILED, finished_at=now, claimed_until=None):
        return None
    taken = {"claimed_until": now + LEASE, "attempts": F("attempts") + 1}
    if not mine.update(status=Status.RUNNING, **taken):
        return None
    rows = CapacityForecast.objects.select_related("site", "protocol_version")
    return _Claimed(rows.get(pk=forecast_id), clock, told_at=now)


def count_next_week(
    *, organization_id: UUID, forecast_id: UUID, now: datetime, clock: Clock | None = None
) -> None:
    """Count the forecast's next week, unless it is done or another worker is at it.

    One week at a time, so that proposals need not wait behind a whole forecast. An unexpected
    error leaves the claim to lapse; after the last attempt the forecast is marked as failed.
    """
    with tenant(organization_id):
        claimed = _claim(forecast_id, clock or (lambda: now))
    if claimed is None:
        return
    try:
        claimed.finish_week(_counted(claimed, now + NOTICE))
    except _LetGo:
        log.info("forecast let go", forecast=str(forecast_id))
    except Exception:
        attempts = claimed.forecast.attempts
        log.exception("counting failed", forecast=str(forecast_id), attempt=attempts)
        if attempts >= MOST_ATTEMPTS:
            claimed.fail()


def _counted(claimed: _Claimed, now: datetime) -> dict[str, Any]:
    one = claimed.forecast
    monday = one.begins_on + one.weeks_done * ONE_WEEK
    with tenant(one.organization_id):
        problem = week_problem(one.site, one.protocol_version, monday, now=now)
    most = settings.CAPACITY_MOST_COURSES
    return asdict(week_figures(problem, most=most, tell=claimed.tell))
