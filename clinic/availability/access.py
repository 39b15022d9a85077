"""The rows that pages and the API of availability are about."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clinic.access import row_for, site_for
from clinic.models import (
    Closure,
    Credential,
    Leave,
    Membership,
    Room,
    RoomBlock,
    ShiftChange,
    Site,
    SpecialHours,
)
from clinic.rights import Right

AtSite = TypeVar("AtSite", Closure, SpecialHours, Room, ShiftChange)


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks about which site, and about whom there."""

    by: Membership
    site: Site
    now: datetime
    member: Membership | None = None
    # The date that the page was asked for, to be filled in.
    on: str = ""

    @property
    def today(self) -> date:
        """The date at the site."""
        return self.now.astimezone(self.site.zone).date()


def place_for(member: Membership, site_id: UUID, right: Right, *, now: datetime) -> Place:
    """The site; 404 where the member has no role, RightMissing where it lacks the right."""
    return Place(member, site_for(member, site_id, right), now)


def colleague_at(place: Place, member_id: UUID) -> Membership:
    """Somebody who works at the site, or 404."""
    people = Membership.objects.filter(
        kind=Membership.Kind.PERSON, assignments__site=place.site
    ).distinct()
    return row_for(place.by, people, member_id)


def row_at(place: Place, rows: "QuerySet[AtSite]", row_id: UUID) -> AtSite:
    """A row of the site, or 404."""
    return row_for(place.by, rows.filter(site=place.site), row_id)


def block_at(place: Place, block_id: UUID) -> RoomBlock:
    """A stretch in which a room of the site is out of use, or 404."""
    return row_for(place.by, RoomBlock.objects.filter(room__site=place.site), block_id)


def leave_of(place: Place, member: Membership, leave_id: UUID) -> Leave:
    """An absence of somebody who works at the site, or 404."""
    return row_for(place.by, Leave.objects.filter(membership=member), leave_id)


def credential_of(place: Place, member: Membership, credential_id: UUID) -> Credential:
    """A credential of somebody who works at the site, or 404."""
    return row_for(place.by, Credential.objects.filter(membership=member), credential_id)
