"""Groups of a site's days, as its boards show them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from clinic.models import Site
from scheduling.groups.models import GroupVisit

# No group lasts longer, so that whatever overlaps a stretch starts near it.
LONGEST = timedelta(days=1)


class InBook(Protocol):
    """A visit as a board shows it."""

    @property
    def group_id(self) -> UUID | None:
        """The group in which it is a place."""

    @property
    def starts_at(self) -> datetime:
        """When it begins."""


Visit = TypeVar("Visit", bound=InBook)


@dataclass(frozen=True, slots=True)
class BoardGroup:
    """A group as one block of a board, with the visits that have places in it."""

    id: UUID
    kind: str
    label: str
    room_id: UUID
    therapist_id: UUID
    therapist: str
    starts_at: datetime
    ends_at: datetime
    places: int
    members: tuple[InBook, ...] = ()

    @property
    def is_group(self) -> bool:
        """Unlike a visit."""
        return True

    @property
    def taken(self) -> int:
        """How many of its places are taken."""
        return len(self.members)

    @property
    def told(self) -> str:
        """That in words."""
        return f"{self.taken} of {self.places} places"


def groups_between(site: Site, bounds: tuple[datetime, datetime]) -> list[BoardGroup]:
    """The groups that take place at the site between two moments, in order; one query."""
    first, last = bounds
    rows = GroupVisit.objects.planned().filter(
        site=site, starts_at__gt=first - LONGEST, starts_at__lt=last, ends_at__gt=first
    )
    return [
        BoardGroup(
            id=row.pk,
            kind=row.kind,
            label=row.get_kind_display(),
            room_id=row.room_id,
            therapist_id=row.therapist_id,
            therapist=row.therapist.name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            places=row.places,
        )
        for row in rows.select_related("therapist").order_by("starts_at", "pk")
    ]


def blocks_with(
    visits: Collection[Visit], groups: Iterable[BoardGroup]
) -> list["Visit | BoardGroup"]:
    """What stands side by side in order of time: visits of their own, and each group once with its
    members."""
    own: list[Visit | BoardGroup] = [visit for visit in visits if visit.group_id is None]
    together = [
        replace(group, members=tuple(one for one in visits if one.group_id == group.id))
        for group in groups
    ]
    return sorted([*own, *together], key=lambda one: one.starts_at)
