"""The appointments that an offer is about: when they would be, and when they are now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduling.waitlist.models import SlotOffer


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """One appointment; `instead_of` is where it is as long as nobody accepts."""

    starts_at: datetime
    ends_at: datetime
    instead_of: datetime | None


def times_of(offer: SlotOffer) -> list[OfferedTime]:
    """Every appointment that gets a time, or another one, by accepting; in order of time."""
    if offer.how == SlotOffer.How.MOVE:
        return [OfferedTime(offer.starts_at, offer.ends_at, offer.instead_of)]
    listed = offer.plan.get("changes") or offer.plan.get("visits", [])
    times = [_time(one) for one in listed if not one.get("is_kept")]
    return sorted(
        (one for one in times if one.starts_at != one.instead_of), key=lambda one: one.starts_at
    )


def _time(one: dict[str, Any]) -> OfferedTime:
    before = one.get("from")
    return OfferedTime(
        datetime.fromisoformat(one["starts_at"]),
        datetime.fromisoformat(one["ends_at"]),
        datetime.fromisoformat(before) if before else None,
    )
