"""When a consent runs out, and in what state it is: pure rules, the clock is an argument."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

# So long before its end a consent is shown as one to renew [dd].
SOON = timedelta(days=30)


class State(StrEnum):
    """How a consent stands at some moment."""

    CURRENT = "CURRENT"
    EXPIRING = "EXPIRING"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    MISSING = "MISSING"


LABELS = {
    State.CURRENT: "Current",
    State.EXPIRING: "Runs out soon",
    State.EXPIRED: "Run out",
    State.WITHDRAWN: "Withdrawn",
    State.MISSING: "Missing",
}


class Dated(Protocol):
    """What the state of a consent goes by."""

    signed_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None


def last_day(signed_on: date, months: int) -> date:
    """The last day on which a consent is good: the same day so many months later, or the last
    of a month that has no such day."""
    years, month = divmod(signed_on.month - 1 + months, 12)
    year, month = signed_on.year + years, month + 1
    return date(year, month, min(signed_on.day, monthrange(year, month)[1]))


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a local day is over."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def last_good_day(expires_at: datetime, zone: ZoneInfo) -> date:
    """The day that a person reads: the last one on which the consent holds."""
    return (expires_at.astimezone(zone) - timedelta(microseconds=1)).date()


def state_of(consent: Dated, now: datetime) -> State:
    """How the consent stands now; withdrawn comes before run out."""
    if consent.withdrawn_at is not None and consent.withdrawn_at <= now:
        return State.WITHDRAWN
    if consent.expires_at is None:
        return State.CURRENT
    if consent.expires_at <= now:
        return State.EXPIRED
    return State.EXPIRING if consent.expires_at - now <= SOON else State.CURRENT


def covers(scope: tuple[str, str], drug: str, route: str) -> bool:
    """Whether a consent to `(drug, route)`, empty for any, is one to this drug by this route."""
    return scope[0] in ("", drug) and scope[1] in ("", route)
