"""Which e-mails a change would cause, told before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from reminders import rules
from reminders.models import Rule


@dataclass(frozen=True, slots=True)
class Foretold:
    """One e-mail that would be written: what, about when, and when it leaves; None for at once."""

    title: str
    starts: list[datetime]
    at: datetime | None


def foretold(
    organization_id: UUID,
    zone: ZoneInfo,
    *,
    moved: Sequence[datetime],
    booked: Sequence[datetime],
    cancelled: Sequence[datetime],
    now: datetime,
) -> list[Foretold]:
    """What `announce_change` and `announce_cancellation` would write, in one query; the one notice
    comes first, then reminders in order of time."""
    active = list(Rule.objects.filter(organization_id=organization_id, is_active=True))
    kinds = {rule.kind for rule in active}
    told = [
        (title, starts)
        for kind, title, starts in (
            (Rule.Kind.MOVED, "New time", moved),
            (Rule.Kind.BOOKED, "New time", booked),
            (Rule.Kind.CANCELLED, "No longer takes place", cancelled),
        )
        if starts and kind in kinds
    ]
    notice = [Foretold("; ".join(dict.fromkeys(title for title, _ in told)),
                       sorted(at for _, starts in told for at in starts), None)]  # fmt: skip
    return (notice if told else []) + _reminders(active, zone, [*moved, *booked], now)


def _reminders(
    active: Sequence[Rule], zone: ZoneInfo, starts: Sequence[datetime], now: datetime
) -> list[Foretold]:
    found = [
        Foretold(f"Reminder {days} day{'' if days == 1 else 's'} before", [start], due)
        for start in starts
        for days in (rule.days_before for rule in active if rule.days_before)
        if (due := rules.reminder_due(starts_at=start, zone=zone, days=days, scheduled_at=now))
    ]
    return sorted(found, key=lambda one: (one.at or now, one.starts))
