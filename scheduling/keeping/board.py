"""What is held on a site's days, for boards."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.models import Site
from scheduling.keeping.models import SlotHold
from scheduling.keeping.selectors import with_loads
from scheduling.models import LONGEST
from scheduling.selectors.opening import bounds_of


@dataclass(frozen=True, slots=True)
class BoardHold:
    """A time that somebody holds on a site's board; whose it would be is not told."""

    room_id: UUID
    starts_at: datetime
    ends_at: datetime
    by: str
    until: datetime
    staff_ids: list[UUID]


def board_holds(site: Site, days: Collection[date], *, now: datetime) -> list[BoardHold]:
    """What is held at the site on these days, in order of time; two queries at the most."""
    first, last = bounds_of(site, days)
    rows = SlotHold.objects.live(now).filter(
        site=site, starts_at__gt=first - LONGEST, starts_at__lt=last, ends_at__gt=first
    )
    return [
        BoardHold(
            room_id=row.room_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            by=row.held_by.name,
            until=row.held_until,
            staff_ids=list(dict.fromkeys(one.membership_id for one in row.loads.all())),
        )
        for row in with_loads(rows)
    ]
