"""What stands in the book for one of the staff."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from clinic.models import Membership
from sessions.models import Session

SHOWN = 5


@dataclass(frozen=True, slots=True)
class ComingVisits:
    """How many visits count on somebody, and the first of them."""

    count: int
    first: list[Session]

    @property
    def more(self) -> int:
        """How many are not among the first."""
        return self.count - len(self.first)


def visits_counting_on(member: Membership, *, now: datetime) -> QuerySet[Session]:
    """Visits that are not over and have reserved the person."""
    serves = Q(reservation__claims__membership=member) | Q(reservation__group__therapist=member)
    booked = Session.objects.live().filter(serves, ends_at__gt=now)
    return booked.select_related("site").distinct()


def coming_visits(member: Membership, *, now: datetime) -> ComingVisits:
    """The visits that count on somebody from now on, in two queries."""
    booked = visits_counting_on(member, now=now)
    return ComingVisits(booked.count(), list(booked.order_by("starts_at", "pk")[:SHOWN]))
