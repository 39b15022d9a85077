"""Reads for callers who need identifiers: sites, rooms, people."""

from django.db.models import Prefetch, QuerySet

from clinic.models import Membership, RoleAssignment, Room, Site


def rooms_of(site: Site) -> QuerySet[Room]:
    """The site's rooms that can be booked."""
    return Room.objects.in_use().filter(site=site)


def staff_of(site: Site) -> QuerySet[Membership]:
    """Active people who hold a role at the site, with those roles."""
    here = RoleAssignment.objects.filter(site=site).order_by("pk")
    return (
        Membership.objects.active()
        .filter(kind=Membership.Kind.PERSON, assignments__site=site)
        .distinct()
        .prefetch_related(Prefetch("assignments", queryset=here))
    )


def colleagues_of(member: Membership) -> QuerySet[Membership]:
    """Everybody who works for the member's organisation now."""
    return Membership.objects.active().filter(organization_id=member.organization_id)
