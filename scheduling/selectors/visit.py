"""Where one visit takes place, and with whom."""

from dataclasses import dataclass

from django.db.models import QuerySet

from clinic.models import Role
from scheduling.models import GroupVisit, Override, Reservation
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class VisitPlace:
    """The room and the people that a visit has reserved; empty once it was let go."""

    room_name: str
    staff: list[tuple[str, str]]
    group: GroupVisit | None = None


def visit_place(visit: Session) -> VisitPlace:
    """The visit's room, and its people with their roles, in two queries."""
    rows = Reservation.objects.filter(session=visit)
    held = rows.select_related("room", "group__therapist").first()
    if held is None:
        return VisitPlace("", [])
    if held.group:
        leads = (str(Role.THERAPIST.label), held.group.therapist.name)
        return VisitPlace(held.room.name, [leads], held.group)
    claims = held.claims.select_related("membership").order_by("during", "pk")
    people = {(claim.get_role_display(), claim.membership.name): None for claim in claims}
    return VisitPlace(held.room.name, list(people))


def overrides_of(visit: Session) -> QuerySet[Override]:
    """What prescribers decided against a rule so that the visit is at its present time."""
    rows = Override.objects.filter(visit=visit, starts_at=visit.starts_at)
    return rows.select_related("by").order_by("-at", "-pk")
