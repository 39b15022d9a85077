"""Who works at a site on one date: hours, absences, and load against capacity."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.availability.presence import Cell, Line, roster
from clinic.models import Role, Site
from scheduling.crew import PLANNER_ROLES
from scheduling.loads import Carried, Step, Stretch, less, load_steps, peak
from scheduling.models import StaffClaim, overlapping
from scheduling.selectors.opening import bounds_of

# In the order in which they stand on the board.
SERVING = tuple(role for role in Role if role in PLANNER_ROLES)


@dataclass(frozen=True, slots=True)
class BoardPerson:
    """Somebody who serves visits, on one date; `away` says why not at all, or for some hours."""

    id: UUID
    name: str
    roles: tuple[str, ...]
    capacity: int
    shifts: list[Stretch]
    leaves: list[Stretch]
    away: str
    steps: list[Step]

    @property
    def role_words(self) -> str:
        """What they are, in words."""
        return ", ".join(str(Role(role).label) for role in self.roles)

    @property
    def peak(self) -> int:
        """The greatest load at any instant of the day."""
        return peak(self.steps)

    @property
    def is_full(self) -> bool:
        """Whether there is an instant at which nothing more can be carried."""
        return self.peak >= self.capacity

    @property
    def present(self) -> list[Stretch]:
        """When they are there: their shifts, less leave."""
        return [piece for shift in self.shifts for piece in less(shift, self.leaves)]


def people_of(site: Site, day: date, serving: Collection[UUID] = ()) -> list[BoardPerson]:
    """Nurses, therapists and prescribers who work or serve that day, or are away; by role and name.

    A fixed set of queries.
    """
    lines = [line for line in roster(site, [day]) if _is_shown(line, serving)]
    carried = carried_by([line.member.pk for line in lines], bounds_of(site, [day]))
    people = [_person(line, line.cells[0], carried[line.member.pk], site) for line in lines]
    return sorted(people, key=lambda person: (_rank(person.roles), person.name, person.id))


def _is_shown(line: Line, serving: Collection[UUID]) -> bool:
    works = bool(line.cells[0].hours) and not line.cells[0].is_closed
    return line.member.pk in serving or (works and bool({*line.roles} & {*SERVING}))


def _rank(roles: Collection[str]) -> int:
    return min((n for n, role in enumerate(SERVING) if role in roles), default=len(SERVING))


def carried_by(members: Collection[UUID], bounds: Stretch) -> Mapping[UUID, list[Carried]]:
    """What these people carry between two moments, wherever they serve; one query."""
    first, last = bounds
    claims = StaffClaim.objects.filter(
        overlapping("during", "starts_at", first, last), membership__in=list(members)
    )
    found: dict[UUID, list[Carried]] = defaultdict(list)
    for who, during, load in claims.values_list("membership_id", "during", "load"):
        found[who].append(Carried(during.lower, during.upper, load))
    return found


def _person(line: Line, cell: Cell, carried: list[Carried], site: Site) -> BoardPerson:
    return BoardPerson(
        id=line.member.pk,
        name=line.member.name,
        roles=tuple(role for role in SERVING if role in line.roles),
        capacity=line.member.capacity,
        shifts=[] if cell.is_expired or cell.is_closed else _moments(cell, site),
        leaves=[(one.during.lower, one.during.upper) for one in cell.leaves],
        away=_away(cell),
        steps=load_steps(carried),
    )


def _moments(cell: Cell, site: Site) -> list[Stretch]:
    return [
        (
            datetime.combine(cell.on, starts, site.zone),
            datetime.combine(cell.on, ends, site.zone),
        )
        for starts, ends in cell.hours
    ]


def _away(cell: Cell) -> str:
    """In a word that tells no more than colleagues have to know."""
    if cell.is_expired:
        return "Credential expired"
    return "Away" if cell.leaves else ""
