"""Names of rooms and people behind the ids that plans carry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.models import Membership, Room
from scheduling.planner.model import RN, THERAPIST

# People are named in this order of roles.
ROLE_ORDER = (RN, THERAPIST, "prescriber")


@dataclass(frozen=True, slots=True)
class Names:
    """Rooms and people by id."""

    rooms: Mapping[str, str]
    people: Mapping[str, str]

    def crew(self, staff: Mapping[str, str]) -> list[str]:
        """The people who serve, nurse first."""
        return [self.people.get(staff[role], "") for role in ROLE_ORDER if role in staff]


NOBODY = Names(rooms={}, people={})


def names_for(rooms: Iterable[str], people: Iterable[str]) -> Names:
    """The names behind those ids; two queries."""
    return Names(rooms=_by_id(Room, rooms), people=_by_id(Membership, people))


def _by_id(model: Any, ids: Iterable[str]) -> dict[str, str]:
    rows = model.objects.filter(pk__in=set(ids)).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}
