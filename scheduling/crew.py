"""Who serves: the planner's words for roles, and what people's claims say."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from clinic.models import Role
from scheduling.models import Reservation, StaffClaim
from scheduling.planner.model import RN, THERAPIST

# Roles that carry load or must be on site.
PLANNER_ROLES = {Role.NURSE: RN, Role.THERAPIST: THERAPIST, Role.PRESCRIBER: "prescriber"}
ROLES = {word: role for role, word in PLANNER_ROLES.items()}


def crews(claims: "QuerySet[StaffClaim]") -> dict[UUID, dict[str, str]]:
    """Who serves each reservation: planner's role to membership id."""
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    rows = claims.values_list("reservation_id", "role", "membership_id").distinct()
    for reservation, role, member in rows:
        found[reservation][PLANNER_ROLES[Role(role)]] = str(member)
    return found


def crew_of(row: Reservation, crews: Mapping[UUID, Mapping[str, str]]) -> dict[str, str]:
    """Who serves the visit of a reservation: a place in a group is served by its therapist."""
    if row.group is not None:
        return {THERAPIST: str(row.group.therapist_id)}
    return dict(crews.get(row.pk, {}))
