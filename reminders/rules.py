"""When patients are told, and when a failed message is tried again: pure rules."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)

# The wait after each failed try; after the last one a person has to look.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
MOST_TRIES = len(BACK_OFF) + 1


def clock_shows(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clock shows that time; one it skips: the next minute.

    DOMAIN 8, case 14.
    """
    while not _exists(local, zone):
        local += MINUTE
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment.astimezone(zone).replace(tzinfo=None) == local


def days_before(starts_at: datetime, zone: ZoneInfo, days: int) -> datetime:
    """The same wall-clock time at the site so many days earlier."""
    return clock_shows(starts_at.astimezone(zone).replace(tzinfo=None) - timedelta(days=days), zone)


def reminder_due(
    *, starts_at: datetime, zone: ZoneInfo, days: int, scheduled_at: datetime
) -> datetime | None:
    """When to remind; None where that was past already when the visit got its time."""
    due = days_before(starts_at, zone, days)
    return due if due > scheduled_at else None


def next_try(*, attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many tries; None when it is time to give up."""
    return None if attempts >= MOST_TRIES else now + BACK_OFF[attempts - 1]
