"""All that an e-mail may know of a visit, its patient and its clinic (DOMAIN 6.2).

Letters and calendars are made from these and never from rows, so what must not be said (drug,
diagnosis, kind of visit, room, staff) cannot be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Place:
    """Where to come and whom to call; `sender` is the clinic's neutral name."""

    sender: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """When and where to come, and for how long."""

    id: UUID
    version: int
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    place: Place
    moved_from: datetime | None = None
    is_cancelled: bool = False

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who reads it."""

    given_name: str
    email: str
    language: str
    timezone: str

    def lives_by_another_clock(self, appointments: Sequence[Appointment]) -> bool:
        """Whether the patient's own zone is not the one that the times are in."""
        return bool(self.timezone) and any(self.timezone != a.zone.key for a in appointments)
